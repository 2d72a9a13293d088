// Writes the traffic of test/native/hostile.h as captures of at most 65 536 bytes: seeds for the targets that read whole
// captures. usage: seeds FOLDER
#include <cstdio>
#include <fstream>
#include <string>

#include "../native/capture_builder.h"
#include "../native/hostile.h"

namespace {

constexpr size_t kMaxSeed = 65'536;
constexpr size_t kMaxPackets = 64;  // what the first ones do, the others repeat

std::string file_name(const std::string& kind) {
  std::string name = "hostile-";
  for (const char c : kind) {
    if (c != ',') name += c == ' ' ? '-' : c;
  }
  return name;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", words[0]);
    return 2;
  }
  for (const hostile::Kind& kind : hostile::all()) {
    captures::Pcap capture(false);
    uint32_t number = 0;
    for (const bytes::Bytes& frame : kind.frames) {
      if (number == kMaxPackets || capture.out.size() + 16 + frame.size() > kMaxSeed) break;
      capture.record(1'700'000'000, 1000 * number++, frame, static_cast<uint32_t>(frame.size()));
    }
    std::ofstream file(std::string(words[1]) + "/" + file_name(kind.name), std::ios::binary);
    file.write(reinterpret_cast<const char*>(capture.out.data()), static_cast<std::streamsize>(capture.out.size()));
    if (!file.flush()) return 1;
  }
  return 0;
}

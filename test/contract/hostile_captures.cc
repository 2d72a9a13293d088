// Writes every kind of hostile traffic (test/native/hostile.h) as a capture into a folder: for senders that repeat it.
//   hostile_captures FOLDER
#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>

#include "../native/capture_builder.h"
#include "../native/hostile.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: hostile_captures FOLDER\n";
    return 2;
  }
  for (const hostile::Kind& kind : hostile::all()) {
    captures::Pcap pcap(false, 0xa1b2c3d4, 1, 4, 262'144);
    for (const bytes::Bytes& frame : kind.frames) {
      pcap.record(1'700'000'000, 0, frame, static_cast<uint32_t>(frame.size()));
    }
    std::string file = kind.name;
    std::replace_if(
        file.begin(), file.end(), [](char c) { return c == ' ' || c == ','; }, '-');
    std::ofstream(std::string(argv[1]) + "/" + file + ".pcap", std::ios::binary)
        .write(reinterpret_cast<const char*>(pcap.out.data()), static_cast<std::streamsize>(pcap.out.size()));
  }
  return 0;
}

// sources: ../../test/fuzz/fuzz_decoder.cc all
// Whole captures through the whole decoder under the sanitizers, with one worker and with two, which must agree; of
// captures of some kilobytes every prefix too. WIRETALLY_TEST_CAPTURES in the environment names the captures, joined by
// line ends.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Opening two decoders for each prefix is the cost; a capture of this size has every kind of cut in it.
constexpr size_t kPrefixesUpTo = 1500;

void check_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  CHECK_EQ(LLVMFuzzerTestOneInput(data, bytes.size()), 0);
  if (bytes.size() > kPrefixesUpTo) return;
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_EQ(LLVMFuzzerTestOneInput(data, size), 0);
}

}  // namespace

int main() {
  const char* captures = std::getenv("WIRETALLY_TEST_CAPTURES");
  if (CHECK(captures != nullptr)) {
    std::istringstream paths(captures);
    for (std::string path; std::getline(paths, path);) check_file(path);
  }
  return check::report();
}

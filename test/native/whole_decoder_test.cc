// Whole captures through the whole decoder under the sanitizers, and every prefix of small ones.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "captures.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Recordings of a megabyte mostly repeat the content of these; .ci/run reads them too.
constexpr size_t kLargestCapture = 450'000;
// Opening a decoder for each prefix is the cost; the beginning of a capture has every kind of cut in it.
constexpr size_t kPrefixesUpTo = 1'400;

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<uint8_t>((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

size_t largest_capture() {
  const char* wanted = std::getenv("WIRETALLY_LARGEST_CAPTURE");
  return wanted == nullptr ? kLargestCapture : std::strtoull(wanted, nullptr, 10);
}

TEST_CASE("the whole decoder reads every capture cleanly") {
  const std::vector<std::string> paths = captures::all_up_to(largest_capture());
  CHECK(paths.size() > 50);
  for (const std::string& path : paths) {
    const std::vector<uint8_t> bytes = read_file(path);
    INFO(path);
    CHECK_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }
}

TEST_CASE("the whole decoder reads every prefix of a capture cleanly") {
  for (const char* name : {"claude-code-2.1.328-connect-proxy.pcap", "base-chromium-quic-claude.ai.pcap"}) {
    const std::vector<uint8_t> bytes = read_file(std::string(WIRETALLY_RECORDINGS "/") + name);
    CHECK(bytes.size() >= kPrefixesUpTo);
    for (size_t size = 0; size < std::min(bytes.size(), kPrefixesUpTo); ++size) {
      CHECK_EQ(LLVMFuzzerTestOneInput(bytes.data(), size), 0);
    }
  }
}

}  // namespace

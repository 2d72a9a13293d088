// Captures for tests: the recordings of captures/recordings, which the Makefile unpacks, and the content of the
// folder in WIRETALLY_TEST_CAPTURES.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace captures {

inline void add_captures_of(const std::filesystem::path& folder, uintmax_t most_bytes, std::vector<std::string>* out) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string kind = entry.path().extension().string();
    const bool is_capture = kind == ".pcap" || kind == ".pcapng";
    if (is_capture && entry.file_size() <= most_bytes) out->push_back(entry.path().string());
  }
}

// No larger than `most_bytes`, in the order of their names.
inline std::vector<std::string> all_up_to(uintmax_t most_bytes) {
  std::vector<std::string> out;
  add_captures_of(WIRETALLY_RECORDINGS, most_bytes, &out);
  if (const char* more = std::getenv("WIRETALLY_TEST_CAPTURES")) add_captures_of(more, most_bytes, &out);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace captures

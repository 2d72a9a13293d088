// The search for a record amid the bytes of a capture: a place from which headers that may be true follow each
// other.
#pragma once

#include <algorithm>
#include <cstddef>

namespace wiretally {

// Over so many bytes they follow each other: longer than a jumbo frame, so that the records in a packet's payload
// are told from those around it.
constexpr size_t kLikelyBytes = 10 * 1024;
// What a search may cost: places looked at, and headers in all. Of longer packets there are few, and to walk
// them costs little where they are known to begin.
constexpr size_t kLikelyPlaces = 16 * 1024;
constexpr size_t kLikelyHeaders = 2 * kLikelyPlaces;

// `length_at` gives the bytes of the record that may begin at a place, 0 when none can; what is cut off may.
template <typename LengthAt>
size_t find_likely_record(size_t size, size_t none, const LengthAt& length_at) {
  size_t headers = kLikelyHeaders;
  for (size_t place = 0; place < std::min(size, kLikelyPlaces); ++place) {
    const size_t limit = std::min(size, place + kLikelyBytes);
    size_t at = place;
    while (at < limit) {
      if (headers-- == 0) return none;
      const size_t length = length_at(at);
      if (length == 0) break;
      at += length;
    }
    if (at >= limit) return place;
  }
  return none;
}

}  // namespace wiretally

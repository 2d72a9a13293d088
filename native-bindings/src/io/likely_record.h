// The search for a record amid the bytes of a capture: a place from which headers that may be true follow each
// other.
#pragma once

#include <algorithm>
#include <cstddef>

namespace wiretally {

// Records must be consecutive over this many bytes: longer than a jumbo frame, so that records in the payload of a packet
// are distinguished from real ones.
constexpr size_t kLikelyBytes = 10 * 1024;
// Limits of a search: offsets, and headers in total. Longer packets are rare, and walking
// them is cheap where their start is known.
constexpr size_t kLikelyPlaces = 16 * 1024;
constexpr size_t kLikelyHeaders = 2 * kLikelyPlaces;

// `length_at` returns the length of a record at an offset, 0 when there is none; a truncated record counts.
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

// Measures the bytes in names of DNS queries beyond those that ordinary names need. A tunnel queries new names below
// one zone with each message, or gets new texts; names of hosts and services are short, and clients query the same ones
// again.
#pragma once

#include <cstdint>

#include "../io/mapped_memory.h"
#include "dns.h"

namespace wiretally {

struct DnsNeed {
  uint64_t zone;        // hash of the name of the zone
  uint64_t content;     // hash of the name and of the texts in the answer
  uint32_t name_bytes;  // Bytes of the name below the zone, minus those that names of hosts need.
  uint32_t text_bytes;  // Bytes of TXT, NULL and private records in the answer.
};

// `message` is the result of parse_dns for `bytes`.
DnsNeed need_of(const DnsMessage& message, Span bytes);

// Remembers numbers, the latest in each of a fixed number of places: the same input has the same result, and forgotten
// numbers count as new ones.
class RecentNumbers {
 public:
  // Returns false if the number came before.
  bool add(uint64_t number) {
    uint64_t& place = places_[number % kPlaces];
    if (place == number) return false;
    place = number;
    return true;
  }

 private:
  static constexpr size_t kPlaces = 65'536;
  MappedArray<uint64_t> places_ = map_array<uint64_t>(kPlaces, map_zeroed);
};

// Mixes two numbers into one that is hard to produce from other numbers.
uint64_t mix_numbers(uint64_t a, uint64_t b);

}  // namespace wiretally

// Hashes by which rows of logs are joined: the same as in JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

constexpr uint32_t kFirstMix = 0x9e3779b1;
constexpr uint32_t kSecondMix = 0x85ebca6b;

inline uint32_t fnv1a_of(Span bytes) {
  uint32_t hash = 0x811c9dc5;
  for (size_t i = 0; i < bytes.size; ++i) hash = (hash ^ bytes.data[i]) * 0x01000193;
  return hash;
}

// One number of two, all of whose bits depend on both: src/reading/logs/join-table.ts and src/reading/logs/gateways/connection.ts.
inline uint32_t mix(uint32_t one, uint32_t other) {
  const uint32_t hash = (one ^ (other * kFirstMix)) * kSecondMix;
  return hash ^ (hash >> 15);
}

// A set of hashes with two bits for each: SeenHashes in src/reading/logs/join-table.ts.
constexpr uint32_t first_bit(uint32_t hash) { return (hash * kFirstMix) >> 12; }
constexpr uint32_t second_bit(uint32_t hash) { return ((hash ^ (hash >> 15)) * kSecondMix) >> 12; }

inline bool is_set(const int32_t* bits, uint32_t place) {
  return ((static_cast<uint32_t>(bits[place >> 5]) >> (place & 31)) & 1) != 0;
}

inline bool may_have(const int32_t* bits, uint32_t hash) {
  return is_set(bits, first_bit(hash)) && is_set(bits, second_bit(hash));
}

inline void set_bits(int32_t* bits, uint32_t hash) {
  for (const uint32_t place : {first_bit(hash), second_bit(hash)}) {
    bits[place >> 5] |= static_cast<int32_t>(1U << (place & 31));
  }
}

}  // namespace wiretally

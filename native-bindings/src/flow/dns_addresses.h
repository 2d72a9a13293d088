// DnsAddresses: addresses from DNS answers for watched names. False positives are possible, false negatives only after
// more addresses than any network has, so it may only decide which flows need no close inspection. One writer at a
// time; readers on any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../io/mapped_memory.h"
#include "key.h"

namespace wiretally {

class DnsAddresses {
 public:
  // `address`: as in Endpoints, 16 bytes, IPv4 in the first four.
  void add(const uint8_t* address) {
    if (has(*young_, address)) return;
    if (++count_ > kMaxAddresses) forget_oldest();
    for (const uint64_t bit : bits_of(address)) {
      std::atomic<uint64_t>& word = (*young_)[word_of(bit)];
      const uint64_t before = word.load(std::memory_order_relaxed);
      word.store(before | (uint64_t{1} << (bit % 64)), std::memory_order_relaxed);
    }
  }

  // From now on, every address counts as answered.
  void add_all() { has_all_.store(true, std::memory_order_relaxed); }

  bool contains(const uint8_t* address) const {
    if (has_all_.load(std::memory_order_relaxed)) return true;
    return has(sets_[0], address) || has(sets_[1], address);
  }

 private:
  static constexpr size_t kBits = size_t{1} << 21;
  // Maximum addresses per generation. At this size, one unrelated address in four hundred is a false positive; networks
  // have hundreds. Forged answers may add any number. Then the previous generation is dropped, but answered and
  // unanswered addresses remain distinct.
  static constexpr uint32_t kMaxAddresses = 100'000;

  using Words = std::array<std::atomic<uint64_t>, kBits / 64>;

  static size_t word_of(uint64_t bit) { return static_cast<size_t>(bit / 64); }

  static bool has(const Words& words, const uint8_t* address) {
    for (const uint64_t bit : bits_of(address)) {
      if ((words[word_of(bit)].load(std::memory_order_relaxed) >> (bit % 64) & 1) == 0) return false;
    }
    return true;
  }

  void forget_oldest() {
    young_ = young_ == &sets_[0] ? &sets_[1] : &sets_[0];
    for (std::atomic<uint64_t>& word : *young_) word.store(0, std::memory_order_relaxed);
    count_ = 1;
  }

  static std::array<uint64_t, 3> bits_of(const uint8_t* address) {
    uint64_t hash = (load_u64(address) ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 32) ^ load_u64(address + 8)) * 0xc4ceb9fe1a85ec53;
    hash ^= hash >> 29;
    return {hash % kBits, (hash >> 21) % kBits, (hash >> 42) % kBits};
  }

  // Zeroed by the system, page by page when they are used.
  MappedArray<Words> sets_ = map_array<Words>(2, map_zeroed);
  Words* young_ = &sets_[0];  // writer only
  std::atomic<bool> has_all_{false};
  uint32_t count_ = 0;
};

}  // namespace wiretally

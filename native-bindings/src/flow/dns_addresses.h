// DnsAddresses: which addresses DNS answers gave for names of interest. It may name one too many, never one
// too few, so whoever asks it only decides what need not be looked at closely. One writer at a time; readers
// on any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "key.h"

namespace wiretally {

class DnsAddresses {
 public:
  // `address` as in Endpoints: 16 bytes, IPv4 in the first four.
  void add(const uint8_t* address) {
    if (contains(address)) return;
    if (++count_ > kMaxAddresses) add_all();
    for (const size_t bit : bits_of(address)) {
      std::atomic<uint64_t>& word = (*words_)[bit / 64];
      const uint64_t before = word.load(std::memory_order_relaxed);
      word.store(before | (uint64_t{1} << (bit % 64)), std::memory_order_relaxed);
    }
  }

  // From now on every address may have been answered.
  void add_all() { has_all_.store(true, std::memory_order_relaxed); }

  bool contains(const uint8_t* address) const {
    if (has_all_.load(std::memory_order_relaxed)) return true;
    for (const size_t bit : bits_of(address)) {
      if (((*words_)[bit / 64].load(std::memory_order_relaxed) >> (bit % 64) & 1) == 0) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kBits = size_t{1} << 21;
  // At this many, one stranger in four hundred is taken for one of them; networks have hundreds.
  static constexpr uint32_t kMaxAddresses = 100'000;

  static std::array<size_t, 3> bits_of(const uint8_t* address) {
    uint64_t hash = (load_u64(address) ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 32) ^ load_u64(address + 8)) * 0xc4ceb9fe1a85ec53;
    hash ^= hash >> 29;
    return {hash % kBits, (hash >> 21) % kBits, (hash >> 42) % kBits};
  }

  using Words = std::array<std::atomic<uint64_t>, kBits / 64>;
  std::unique_ptr<Words> words_ = std::make_unique<Words>();
  std::atomic<bool> has_all_{false};
  uint32_t count_ = 0;
};

}  // namespace wiretally

// SumTable: sums by key in bounded memory. When it is full, its owner emits all of them as records and clears it:
// readers add records with the same key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wiretally {

template <typename Entry, size_t kSlots>
class SumTable {
 public:
  bool is_full() const { return entries_.size() == kSlots / 2; }
  const std::vector<Entry>& entries() const { return entries_; }

  // Returns the entry with this hash for which `is_same` is true; null without one.
  template <typename IsSame>
  Entry* find(uint64_t hash, IsSame is_same) {
    for (size_t at = hash % kSlots; slots_[at] != 0; at = (at + 1) % kSlots) {
      Entry& entry = entries_[slots_[at] - 1u];
      if (is_same(entry)) return &entry;
    }
    return nullptr;
  }

  // Adds a key that the table lacks. The table must not be full.
  Entry& add(uint64_t hash, const Entry& entry) {
    size_t at = hash % kSlots;
    while (slots_[at] != 0) at = (at + 1) % kSlots;
    entries_.push_back(entry);
    slots_[at] = static_cast<uint16_t>(entries_.size());
    return entries_.back();
  }

  void clear() {
    entries_.clear();
    std::fill(slots_.begin(), slots_.end(), uint16_t{0});
  }

 private:
  std::vector<Entry> entries_;
  std::vector<uint16_t> slots_ = std::vector<uint16_t>(kSlots);  // number of an entry plus one, 0: empty
};

}  // namespace wiretally

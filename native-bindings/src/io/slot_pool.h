// SlotPool: elements that never move, in blocks of memory in pages of the system.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "mapped_memory.h"

namespace wiretally {

template <typename Element>
class SlotPool {
 public:
  SlotPool() = default;
  ~SlotPool() {
    for (size_t i = 0; i < size_; ++i) (*this)[i].~Element();
  }
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  size_t size() const { return size_; }
  Element& operator[](size_t index) { return blocks_[index / kBlockSlots][index % kBlockSlots]; }

  // Adds one behind the others.
  Element& add() {
    if (size_ == blocks_.size() * kBlockSlots) blocks_.push_back(map_array<Element>(kBlockSlots));
    Element* slot = &(*this)[size_++];
    return *new (slot) Element();
  }

 private:
  static constexpr size_t kBlockSlots = 65'536;

  std::vector<MappedArray<Element>> blocks_;
  size_t size_ = 0;
};

}  // namespace wiretally

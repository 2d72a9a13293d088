// SlotPool: elements that never move, in blocks of memory in pages of the system.
#pragma once

#include <algorithm>
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
    for (size_t block = 0; block < blocks_.size(); ++block) release(block);
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
  size_t blocks() const { return blocks_.size(); }
  // The block of the element that was added last.
  size_t last_block() const { return (size_ - 1) / kBlockSlots; }
  // The elements of this block end; the next one that is added begins another block, if this was the last.
  void release(size_t block) {
    if (blocks_[block].get() == nullptr) return;
    end_elements(block);
    blocks_[block] = MappedArray<Element>();
    if (block + 1 == blocks_.size()) size_ = blocks_.size() * kBlockSlots;
  }
  // The elements of the last block end, and the next ones use its memory.
  void rewind() {
    end_elements(blocks_.size() - 1);
    size_ = (blocks_.size() - 1) * kBlockSlots;
  }

 private:
  void end_elements(size_t block) {
    const size_t end = std::min(size_, (block + 1) * kBlockSlots);
    for (size_t i = block * kBlockSlots; i < end; ++i) (*this)[i].~Element();
  }

  static constexpr size_t kBlockSlots = 65'536;

  std::vector<MappedArray<Element>> blocks_;
  size_t size_ = 0;
};

}  // namespace wiretally

// Maps memory for tables and pools, in huge pages where the system has them, except at the start. The first use of a page
// takes microseconds, longer than the write itself; a huge page has one first use per 2 MiB instead of one per 4 KiB.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace wiretally {

// Returns zeroed memory; null if the system refuses it.
void* map_zeroed(size_t bytes);
// Returns memory that need not be zeroed; null if the system refuses it.
void* map_unwritten(size_t bytes);
// Releases memory of these functions; ignores null.
void unmap(void* memory, size_t bytes);

// An array of mapped memory, or none. No element is constructed or destroyed, and unused pages stay untouched. A smart
// pointer of the standard library would add checks to each access on the hot path.
template <typename Element>
class MappedArray {
 public:
  MappedArray() = default;
  // Takes ownership of `bytes` of map_zeroed or map_unwritten.
  MappedArray(void* memory, size_t bytes) : elements_(static_cast<Element*>(memory)), bytes_(bytes) {}
  MappedArray(MappedArray&& other) noexcept
      : elements_(std::exchange(other.elements_, nullptr)), bytes_(other.bytes_) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedArray() { unmap(elements_, bytes_); }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  Element* get() const { return elements_; }
  Element& operator[](size_t index) const { return elements_[index]; }

 private:
  Element* elements_ = nullptr;
  size_t bytes_ = 0;
};

// Ends the process if the system refuses the memory, as `new` does in a program without exceptions.
template <typename Element>
MappedArray<Element> map_array(size_t count, void* (*map)(size_t) = map_unwritten) {
  const size_t bytes = count * sizeof(Element);
  void* memory = map(bytes);
  if (memory == nullptr) std::abort();
  return MappedArray<Element>(memory, bytes);
}

}  // namespace wiretally

// Memory in pages of the system, for tables and pools: in huge pages where the system has them, but for the beginning. The
// first use of a page of 4 KiB costs microseconds, more than what is written to it; with huge pages that is once in 2 MiB.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace wiretally {

// Zeroed; null when the system refuses it.
void* map_zeroed(size_t bytes);
// The same, but zeroed only where that costs nothing.
void* map_unwritten(size_t bytes);
// Takes the result of these, or null.
void unmap(void* memory, size_t bytes);

// An array of mapped memory, or none. No element is constructed or destroyed; pages that no element needs stay untouched.
// No smart pointer of the standard library: its checks and its deleter cost steps at each access, on the hot path.
template <typename Element>
class MappedArray {
 public:
  MappedArray() = default;
  // Takes what map_zeroed or map_unwritten gave for as many bytes.
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

// Ends the process when the system refuses it, as `new` does in a program without exceptions.
template <typename Element>
MappedArray<Element> map_array(size_t count, void* (*map)(size_t) = map_unwritten) {
  const size_t bytes = count * sizeof(Element);
  void* memory = map(bytes);
  if (memory == nullptr) std::abort();
  return MappedArray<Element>(memory, bytes);
}

}  // namespace wiretally

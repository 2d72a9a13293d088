// Memory in pages of the system, for tables and pools: in huge pages where the system has them. The first use of a page of
// 4 KiB costs microseconds, more than what is written to it; with huge pages that is once in 2 MiB.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace wiretally {

// Zeroed; null when the system refuses it.
void* map_zeroed(size_t bytes);
// The same, but zeroed only where that costs nothing.
void* map_unwritten(size_t bytes);
// What these gave, or null.
void unmap(void* memory, size_t bytes);

struct Unmap {
  size_t bytes = 0;
  void operator()(void* memory) const { unmap(memory, bytes); }
};

// Memory of elements, none of which is constructed or destroyed; pages that no element needs stay untouched.
template <typename Element>
using MappedArray = std::unique_ptr<Element[], Unmap>;

// Ends the process when the system refuses it, as `new` does in a program without exceptions.
template <typename Element>
MappedArray<Element> map_array(size_t count) {
  const size_t bytes = count * sizeof(Element);
  void* memory = map_unwritten(bytes);
  if (memory == nullptr) std::abort();
  return MappedArray<Element>(static_cast<Element*>(memory), Unmap{bytes});
}

}  // namespace wiretally

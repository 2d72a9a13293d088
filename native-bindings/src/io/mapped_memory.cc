#include "mapped_memory.h"

#ifdef __EMSCRIPTEN__
#include <cstdlib>
#include <cstring>
#else
#include <sys/mman.h>

#include <cstdint>
#endif

namespace wiretally {

#ifdef __EMSCRIPTEN__

// A line of the cache, as elements may be aligned to it.
void* map_unwritten(size_t bytes) { return std::aligned_alloc(64, (bytes + 63) & ~size_t{63}); }
void* map_zeroed(size_t bytes) {
  void* memory = map_unwritten(bytes);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return memory;
}
void unmap(void* memory, size_t) { std::free(memory); }

#else

namespace {

constexpr size_t kHugePage = 2u << 20;

size_t whole_pages(size_t bytes) { return (bytes + kHugePage - 1) & ~(kHugePage - 1); }

void* map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

// Whole huge pages, at an address that is one: more is asked for, and what lies around it is given back.
void* map_zeroed(size_t bytes) {
  if (bytes < kHugePage) return map(bytes);
  const size_t length = whole_pages(bytes);
  auto* memory = static_cast<std::byte*>(map(length + kHugePage));
  if (memory == nullptr) return nullptr;
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(memory) % kHugePage) % kHugePage;
  if (before > 0) munmap(memory, before);
  if (before < kHugePage) munmap(memory + before + length, kHugePage - before);
  memory += before;
#ifdef MADV_HUGEPAGE
  madvise(memory, length, MADV_HUGEPAGE);
#endif
  return memory;
}

void* map_unwritten(size_t bytes) { return map_zeroed(bytes); }

void unmap(void* memory, size_t bytes) {
  if (memory != nullptr) munmap(memory, bytes < kHugePage ? bytes : whole_pages(bytes));
}

#endif

}  // namespace wiretally

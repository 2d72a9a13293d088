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
// Clearing a huge page takes as long as a hundred small ones: what holds little at first begins in those.
constexpr size_t kSmallBytes = 256u << 10;

// Small pages, then whole huge ones.
size_t length_of(size_t bytes) { return kSmallBytes + ((bytes - kSmallBytes + kHugePage - 1) & ~(kHugePage - 1)); }

void* map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

// The huge pages begin at an address that is one: more is asked for, and what lies around it is given back.
void* map_zeroed(size_t bytes) {
  if (bytes < kHugePage) return map(bytes);
  const size_t length = length_of(bytes);
  auto* memory = static_cast<std::byte*>(map(length + kHugePage));
  if (memory == nullptr) return nullptr;
  const size_t past = (reinterpret_cast<uintptr_t>(memory) + kSmallBytes) % kHugePage;
  const size_t before = (kHugePage - past) % kHugePage;
  if (before > 0) munmap(memory, before);
  if (before < kHugePage) munmap(memory + before + length, kHugePage - before);
  memory += before;
#ifdef MADV_HUGEPAGE
  madvise(memory + kSmallBytes, length - kSmallBytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void* map_unwritten(size_t bytes) { return map_zeroed(bytes); }

void unmap(void* memory, size_t bytes) {
  if (memory != nullptr) munmap(memory, bytes < kHugePage ? bytes : length_of(bytes));
}

#endif

}  // namespace wiretally

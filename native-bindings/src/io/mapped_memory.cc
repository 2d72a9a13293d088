#include "mapped_memory.h"

#include <sys/mman.h>

namespace wiretally {

namespace {

// Above this, huge pages save more TLB misses than their zeroing costs.
constexpr size_t kHugePageWorth = 4u << 20;

}  // namespace

void* map_zeroed(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugePageWorth) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void unmap(void* memory, size_t bytes) {
  if (memory != nullptr) munmap(memory, bytes);
}

}  // namespace wiretally

#include "cost.h"

#include <cstdio>
#include <cstdlib>

namespace {

uint64_t counted = 0;

}  // namespace

// The linker gives the calls of the core to this function instead of the sanitizer's (--wrap).
extern "C" void __wrap___sanitizer_cov_trace_pc() { ++counted; }

namespace cost {

uint64_t steps() { return counted; }

Ceiling::Ceiling(size_t bytes, uint64_t per_byte, uint64_t allowance)
    : bytes_(bytes), most_(allowance + per_byte * bytes), began_(counted) {}

Ceiling::~Ceiling() {
  const uint64_t took = counted - began_;
  if (took <= most_) return;
  std::fprintf(stderr, "%zu bytes took %llu steps, at most %llu are allowed\n", bytes_,
               static_cast<unsigned long long>(took), static_cast<unsigned long long>(most_));
  std::abort();
}

}  // namespace cost

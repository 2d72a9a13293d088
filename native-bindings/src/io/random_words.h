// Fills memory with random numbers from the operating system, for keys that are unpredictable.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

void fill_random(uint64_t* words, size_t count);

}  // namespace wiretally

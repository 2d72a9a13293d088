// Unpredictable random numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

void fill_random(uint64_t* words, size_t count);

}  // namespace wiretally

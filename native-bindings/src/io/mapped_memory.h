// Memory in pages of the system, zeroed: for tables of fixed size.
#pragma once

#include <cstddef>

namespace wiretally {

// Null when the system refuses it.
void* map_zeroed(size_t bytes);
// What map_zeroed gave, or null.
void unmap(void* memory, size_t bytes);

}  // namespace wiretally

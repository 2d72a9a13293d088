// Arrays whose bytes are written before they are read. They replace std::make_unique_for_overwrite, which the standard
// library of emscripten lacks.
#pragma once

#include <cstddef>
#include <memory>

namespace wiretally {

template <typename Element>
std::unique_ptr<Element[]> make_uninitialized(size_t count) {
  return std::unique_ptr<Element[]>(new Element[count]);
}

}  // namespace wiretally

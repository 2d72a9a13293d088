// Inflates the beginning of a text in DEFLATE (RFC 1951), with the frame of gzip (RFC 1952) or zlib (RFC 1950), as HTTP
// sends it (RFC 9110 §8.4.1). The input is one piece of bounded size, so no window is stored between two calls.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct Inflated {
  size_t size = 0;         // bytes of the text
  bool is_broken = false;  // not DEFLATE; an input that ends early is not broken
};

// Writes at most `capacity` bytes of the text to `out`.
Inflated inflate(Span input, uint8_t* out, size_t capacity);

}  // namespace wiretally

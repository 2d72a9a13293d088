// Converts bytes to text without an encoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "cursor.h"

namespace wiretally {

inline std::string_view text_of(Span bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

// Reads a zero-padded field, such as JA4 in records. A full field has no zero.
template <size_t kSize>
std::string_view padded_text(const char (&field)[kSize]) {
  return {field, strnlen(field, kSize)};
}

// Formats lower-case hex.
inline std::string hex_text(const uint8_t* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 15]);
  }
  return text;
}

}  // namespace wiretally

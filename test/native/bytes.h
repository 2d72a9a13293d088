// Bytes for tests: from and to hexadecimal, numbers in network order, and spans that end where their memory ends, so
// that a sanitizer sees a read beyond them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../native-bindings/src/base/cursor.h"

namespace bytes {

using Bytes = std::vector<uint8_t>;

inline Bytes hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

inline std::string to_hex(const uint8_t* data, size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += "0123456789abcdef"[data[i] >> 4];
    out += "0123456789abcdef"[data[i] & 15];
  }
  return out;
}

inline void add(Bytes* out, const Bytes& more) { out->insert(out->end(), more.begin(), more.end()); }
inline void add_text(Bytes* out, std::string_view text) { out->insert(out->end(), text.begin(), text.end()); }
inline void add_number(Bytes* out, uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out->push_back(static_cast<uint8_t>(value >> (8 * i)));
}
// `body` with its length in front.
inline void add_counted(Bytes* out, const Bytes& body, int length_size) {
  add_number(out, body.size(), length_size);
  add(out, body);
}

inline wiretally::Span span(const Bytes& of) { return wiretally::Span{of.data(), of.size()}; }
inline std::string text(wiretally::Span of) {
  return of.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(of.data), of.size);
}

// The first `size` bytes in memory of exactly that size.
class Prefix {
 public:
  Prefix(const Bytes& of, size_t size) : memory_(new uint8_t[size]), size_(size) {
    if (size != 0) std::memcpy(memory_.get(), of.data(), size);
  }
  wiretally::Span span() const { return wiretally::Span{memory_.get(), size_}; }

 private:
  std::unique_ptr<uint8_t[]> memory_;
  size_t size_;
};

}  // namespace bytes

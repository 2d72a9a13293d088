#include "http_status.h"

#include <cstring>

namespace wiretally {

uint16_t read_http_status(Span bytes) {
  Cursor cursor(bytes);
  const Span version = cursor.take(7);
  if (!cursor.ok() || std::memcmp(version.data, "HTTP/1.", 7) != 0) return 0;
  cursor.skip(1);
  if (cursor.u8() != ' ') return 0;
  unsigned code = 0;
  for (unsigned i = 0; i < 3; ++i) {
    const unsigned digit = cursor.u8() - unsigned{'0'};
    if (!cursor.ok() || digit > 9) return 0;
    code = code * 10 + digit;
  }
  return code >= 100 && code <= 599 ? static_cast<uint16_t>(code) : uint16_t{0};
}

}  // namespace wiretally

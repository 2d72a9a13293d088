// Status line of an HTTP/1 response (RFC 9112 §4): the code alone.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

// 100 to 599; 0 when the bytes do not begin with a status line.
uint16_t read_http_status(Span bytes);

}  // namespace wiretally

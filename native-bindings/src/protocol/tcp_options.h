// Reads options of a TCP header (RFC 9293 §3.1).
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

// Returns the bytes behind kind and length of the first option of this kind; empty without one. `segment` is a TCP
// header and what follows it, as far as captured.
Span find_tcp_option(Span segment, uint8_t kind);

}  // namespace wiretally

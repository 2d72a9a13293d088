// Reads selective acknowledgements of TCP (RFC 2018 §3), which report data behind a hole.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct SackBlock {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool is_present = false;
};

// Returns the first block of the option; `segment` is a TCP header and the bytes behind it, as far as captured.
SackBlock read_sack(Span segment);

}  // namespace wiretally

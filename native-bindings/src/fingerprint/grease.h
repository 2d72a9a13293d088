// GREASE values (RFC 8701 §2): sixteen reserved numbers that clients sprinkle into their lists; fingerprints leave them out.
#pragma once

#include <cstdint>

namespace wiretally {

// 0x0a0a, 0x1a1a, … 0xfafa: both bytes equal and the low nibble a. The mask 0x0f0f on its own would also match 0x0a1a.
constexpr bool is_grease(uint16_t value) { return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff); }

}  // namespace wiretally

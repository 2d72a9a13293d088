// Computes checksums of IP, TCP and UDP (RFC 1071) over header and payload. They distinguish packets that hosts accept
// from others.
#pragma once

#include <cstdint>

#include "packet.h"

namespace wiretally {

// Returns the sum of 16-bit words in network order with end-around carry, starting with `sum`. An odd last byte is
// padded with a zero byte. A header with a correct checksum sums to 0xffff.
uint16_t ones_complement_sum(Span bytes, uint32_t sum);

enum class Checksum : uint8_t {
  kRight,
  // TCP or UDP: the sum of the pseudo-header only. Stacks pass packets with it to cards with checksum offload,
  // and receive offload (GRO) leaves it on merged packets. On a wire it is wrong.
  kPartial,
  kWrong,
  kUnknown,  // not all bytes were captured, or UDP without a checksum (RFC 768)
};

// Checks the innermost IPv4 header (RFC 791 §3.1); true for IPv6, which has none.
bool has_right_ip_checksum(const Packet& packet);

// Checks the IPv4 header and the TCP or UDP segment of a packet. Reads every byte of the segment.
Checksum verify_checksum(const Packet& packet);

}  // namespace wiretally

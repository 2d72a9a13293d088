// Parses ICMP and ICMPv6 messages "destination unreachable" (RFC 792, RFC 4443 §3.1), and the header of the packet that
// they quote.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "../packet/packet.h"

namespace wiretally {

struct IcmpQuote {
  uint8_t type = 0;
  uint8_t code = 0;
  Endpoints ends{};       // Ends of the quoted packet, source first.
  uint32_t sequence = 0;  // TCP
};

// `body` is the ICMP message, as far as captured. Returns false for other messages, and if TCP or UDP ports are not in
// the quote.
bool read_icmp_quote(Span body, uint8_t ip_version, IcmpQuote* quote);

}  // namespace wiretally

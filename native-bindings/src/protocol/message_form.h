// Checks whether a datagram is a whole message of the protocol of its port. A port proves nothing: tunnels use those of
// DNS, NTP and mDNS.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

enum class MessageForm : uint8_t {
  kOther,       // not the protocol, or damaged
  kSound,       // parses to its last byte
  kTunnelLike,  // parses, and carries more than names need: a tunnel in DNS looks like this
};

// Checks header, question and records to the last byte (RFC 1035 §4). `is_cut`: only the beginning was captured.
MessageForm dns_form(Span message, bool is_cut);

// Ports of protocols that resolve names, assign addresses or set clocks: DHCP, NTP, NetBIOS, mDNS, LLMNR, DHCPv6.
bool is_naming_port(uint16_t port);
// Returns the form of a datagram from or to that port.
bool is_naming_message(uint16_t port, Span datagram, bool is_cut);

}  // namespace wiretally

// Reads ARP over Ethernet (RFC 826), which claims a MAC for an IPv4 address.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads the body behind ether type 0x0806. Only the pair of the sender is used; probes (RFC 5227 §2.1.1: sender
// 0.0.0.0) have none.
bool parse_arp(Span body, HostObservations* out);

}  // namespace wiretally

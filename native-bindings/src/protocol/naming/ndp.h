// Reads neighbor discovery (RFC 4861 §4), which claims a MAC for an IPv6 address.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads an ICMPv6 message. `source` is the 16-byte IPv6 source address of the packet. Solicitations (router and
// neighbor) pair the source with the source link-layer option, advertisements the target with the target link-layer
// option.
bool parse_ndp(Span icmp6, const uint8_t* source, HostObservations* out);

}  // namespace wiretally

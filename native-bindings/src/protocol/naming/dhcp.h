// DHCP for IPv4 (RFC 2131, RFC 2132; names of RFC 2132 §3.14 and RFC 4702): which client has which address and name.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads a UDP payload to or from port 67. Returns false if it is malformed, and true with a count of 0 if it has no
// observations. The MAC is the client's hardware address; the address is the acknowledged, current or requested one.
bool parse_dhcp4(Span payload, HostObservations* out);

}  // namespace wiretally

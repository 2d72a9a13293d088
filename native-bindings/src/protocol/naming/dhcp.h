// DHCP for IPv4 (RFC 2131, RFC 2132; names of RFC 2132 §3.14 and RFC 4702): which client has which address and name.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// A UDP payload to or from port 67. False when it is malformed; true with a count of 0 without observations. The
// MAC is the client's hardware address; the address is the acknowledged, current or requested one.
bool parse_dhcp4(Span payload, HostObservations* out);

}  // namespace wiretally

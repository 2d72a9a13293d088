// DHCP for IPv6 (RFC 8415; names of RFC 4704): which client has which address and name.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads a UDP payload to or from port 546 or 547, including relayed messages (RFC 8415 §9). The MAC is that of a
// DUID-LLT or DUID-LL (RFC 8415 §11), or of the client link-layer address option (RFC 6939).
bool parse_dhcp6(Span payload, HostObservations* out);

}  // namespace wiretally

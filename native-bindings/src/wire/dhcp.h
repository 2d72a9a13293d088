// DHCP for IPv4 (RFC 2131, RFC 2132, host name of RFC 4702) and IPv6 (RFC 8415, RFC 4704): which client has which
// address and which name.
#pragma once

#include "cursor.h"
#include "sighting.h"

namespace wiretally {

// A UDP payload to or from port 67. False when it is malformed; true with a count of 0 when it teaches nothing. The
// MAC is the client's hardware address; the address is the one acknowledged, or the one that the client has or asks for.
bool parse_dhcp4(Span payload, Sightings* out);

// A UDP payload to or from port 546 or 547, relayed messages (RFC 8415 §9) included. The MAC is that of a DUID-LLT or
// DUID-LL (RFC 8415 §11), or of the client link-layer address option (RFC 6939).
bool parse_dhcp6(Span payload, Sightings* out);

}  // namespace wiretally

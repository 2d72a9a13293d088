// Multicast DNS (RFC 6762): answers that give a host name its addresses.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads a UDP payload from port 5353. Each A or AAAA record of a response is one observation; the message has no MAC.
bool parse_mdns(Span payload, HostObservations* out);

}  // namespace wiretally

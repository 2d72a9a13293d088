// Multicast DNS (RFC 6762): answers that give a host name its addresses.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// A UDP payload from port 5353. One observation per A or AAAA record of a response; the MAC is not in the message.
bool parse_mdns(Span payload, HostObservations* out);

}  // namespace wiretally

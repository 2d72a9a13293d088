// Multicast DNS (RFC 6762): answers that give a host name its addresses.
#pragma once

#include "../base/cursor.h"
#include "sighting.h"

namespace wiretally {

// A UDP payload from port 5353. One sighting per A or AAAA record of a response; the MAC is not in the message.
bool parse_mdns(Span payload, Sightings* out);

}  // namespace wiretally

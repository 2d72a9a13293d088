// Records of sightings, which join an address, a MAC and a name.
#pragma once

#include <cstdint>

#include "../base/event_sink.h"
#include "../protocol/sighting.h"

namespace wiretally {

// `vlan`: innermost tag of the packet, 0 without one.
void emit_sighting(const Sighting& sighting, int64_t ts_ns, uint16_t vlan, EventSink* sink);
void emit_sightings(const Sightings& sightings, int64_t ts_ns, uint16_t vlan, EventSink* sink);

}  // namespace wiretally

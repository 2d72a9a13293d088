// Records of observations, which join an address, a MAC and a name.
#pragma once

#include <cstdint>

#include "../../base/event_sink.h"
#include "../../protocol/naming/host_observation.h"

namespace wiretally {

// `vlan`: innermost tag of the packet, 0 without one.
void emit_observation(const HostObservation& observation, int64_t ts_ns, uint16_t vlan, EventSink* sink);
void emit_observations(const HostObservations& observations, int64_t ts_ns, uint16_t vlan, EventSink* sink);

}  // namespace wiretally

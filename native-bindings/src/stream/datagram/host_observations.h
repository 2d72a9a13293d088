// Records of observations, which link an address, a MAC and a name, and whether the machine itself sent them.
#pragma once

#include <cstdint>

#include "../../base/event_sink.h"
#include "../../packet/network_list.h"
#include "../../packet/packet.h"
#include "../../protocol/naming/host_observation.h"

namespace wiretally {

// `packet` is the one that contains the message.
uint16_t observation_flags(const HostObservation& observation, const Packet& packet);
HostObservationRecord observation_record(const HostObservation& observation, const Packet& packet, int64_t ts_ns);
// Addresses in `exclusion` (null: none) are never emitted, from any sender.
void emit_observations(const HostObservations& observations, const Packet& packet, const NetworkList* exclusion,
                       EventSink* sink);

}  // namespace wiretally

#include "host_observations.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

uint16_t observation_flags(const HostObservation& observation, const Packet& packet) {
  if (observation.is_relayed) return kObservationByOwner;
  if (packet.source_mac == nullptr) return 0;
  // Names of multicast DNS and NetBIOS are claims of the sender: the frame identifies it.
  const bool is_own = !observation.has_mac || std::memcmp(observation.mac, packet.source_mac, 6) == 0;
  return is_own ? static_cast<uint16_t>(kObservationByOwner) : uint16_t{0};
}

HostObservationRecord observation_record(const HostObservation& observation, const Packet& packet, int64_t ts_ns) {
  HostObservationRecord record{};
  record.ts_ns = ts_ns;
  std::memcpy(record.address, observation.address, sizeof record.address);
  if (observation.has_mac) {
    std::memcpy(record.mac, observation.mac, sizeof record.mac);
  } else if (packet.source_mac != nullptr) {
    std::memcpy(record.mac, packet.source_mac, sizeof record.mac);
  }
  record.ip_version = observation.ip_version;
  record.source = static_cast<uint8_t>(observation.source);
  record.lease_seconds = observation.lease_seconds;
  record.vlan = packet.vlan_count == 0 ? uint16_t{0}
                                       : packet.vlans[std::min<unsigned>(packet.vlan_count, kMaxVlans) - 1];
  record.name_length = observation.name_length;
  return record;
}

void emit_observations(const HostObservations& observations, const Packet& packet, const NetworkList* exclusion,
                       EventSink* sink) {
  for (size_t i = 0; i < observations.count && i < kMaxObservations; ++i) {
    const HostObservation& observation = observations.list[i];
    if (exclusion != nullptr && exclusion->contains(observation.address, observation.ip_version)) continue;
    const HostObservationRecord record = observation_record(observation, packet, packet.ts_ns);
    const Span name{reinterpret_cast<const uint8_t*>(observation.name), observation.name_length};
    sink->emit(RecordType::kHostObservation, observation_flags(observation, packet), &record, sizeof record, &name, 1);
  }
}

}  // namespace wiretally

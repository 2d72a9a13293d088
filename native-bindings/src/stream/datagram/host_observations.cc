#include "host_observations.h"

#include <cstring>

namespace wiretally {

void emit_observation(const HostObservation& observation, int64_t ts_ns, uint16_t vlan, EventSink* sink) {
  HostObservationRecord record{};
  record.ts_ns = ts_ns;
  memcpy(record.address, observation.address, sizeof record.address);
  if (observation.has_mac) memcpy(record.mac, observation.mac, sizeof record.mac);
  record.ip_version = observation.ip_version;
  record.source = static_cast<uint8_t>(observation.source);
  record.lease_seconds = observation.lease_seconds;
  record.vlan = vlan;
  record.name_length = observation.name_length;
  const Span name{reinterpret_cast<const uint8_t*>(observation.name), observation.name_length};
  sink->emit(RecordType::kHostObservation, 0, &record, sizeof record, &name, 1);
}

void emit_observations(const HostObservations& observations, int64_t ts_ns, uint16_t vlan, EventSink* sink) {
  for (size_t i = 0; i < observations.count && i < kMaxObservations; ++i) {
    emit_observation(observations.list[i], ts_ns, vlan, sink);
  }
}

}  // namespace wiretally

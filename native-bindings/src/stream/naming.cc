#include "naming.h"

#include <cstring>

namespace wiretally {

void emit_sighting(const Sighting& sighting, int64_t ts_ns, uint16_t vlan, EventSink* sink) {
  SightingRecord record{};
  record.ts_ns = ts_ns;
  memcpy(record.address, sighting.address, sizeof record.address);
  if (sighting.has_mac) memcpy(record.mac, sighting.mac, sizeof record.mac);
  record.ip_version = sighting.ip_version;
  record.source = static_cast<uint8_t>(sighting.source);
  record.lease_seconds = sighting.lease_seconds;
  record.vlan = vlan;
  record.name_length = sighting.name_length;
  const Span name{reinterpret_cast<const uint8_t*>(sighting.name), sighting.name_length};
  sink->emit(RecordType::kSighting, 0, &record, sizeof record, &name, 1);
}

void emit_sightings(const Sightings& sightings, int64_t ts_ns, uint16_t vlan, EventSink* sink) {
  for (size_t i = 0; i < sightings.count && i < kMaxSightings; ++i) {
    emit_sighting(sightings.list[i], ts_ns, vlan, sink);
  }
}

}  // namespace wiretally

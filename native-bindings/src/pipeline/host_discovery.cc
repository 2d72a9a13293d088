// HostDiscovery converts ARP and NDP messages to observation records.
#include "host_discovery.h"

#include <cstring>

#include "../flow/key.h"
#include "../protocol/naming/arp.h"
#include "../protocol/naming/ndp.h"
#include "../stream/datagram/host_observations.h"
#include "frame_stage.h"

namespace wiretally {

void HostDiscovery::see(const Frame& frame, const Packet& packet, const NonPortInfo& other, EventSink* sink) {
  HostObservations observations;
  const bool is_arp = other.ether_type == FrameStage::kEtherTypeArp;
  const bool is_sound = is_arp ? parse_arp(other.body, &observations)
                               : parse_ndp(other.body, packet.ends.source, &observations);
  if (!is_sound) return;
  for (size_t i = 0; i < observations.count; ++i) {
    const HostObservation& observation = observations.list[i];
    if (exclusion_.contains(observation.address, observation.ip_version)) continue;
    const HostObservationRecord record = observation_record(observation, packet, frame.ts_ns);
    const uint16_t flags = observation_flags(observation, packet);
    if (!is_repeated(record, flags))
      sink->emit(RecordType::kHostObservation, flags, &record, sizeof record, nullptr, 0);
  }
}

bool HostDiscovery::is_repeated(const HostObservationRecord& record, uint16_t flags) {
  // FNV-1a over the record except its time. Attackers can produce collisions here: the only
  // effect is that an observation is reported up to kRepeatNs later.
  uint64_t pair = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&record);
  for (size_t i = offsetof(HostObservationRecord, address); i < offsetof(HostObservationRecord, lease_seconds); ++i) {
    // Every byte was zero before it was set. NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
    pair = (pair ^ bytes[i]) * 0x100000001b3;
  }
  pair = (pair ^ record.vlan) * 0x100000001b3;
  pair = (pair ^ flags) * 0x100000001b3;
  if (recent_.empty()) recent_.resize(kRecent);
  Recent& recent = recent_[(pair >> 32) % kRecent];
  const int64_t age_ns = record.ts_ns - recent.ts_ns;
  if (recent.pair == pair && age_ns >= 0 && age_ns < kRepeatNs) return true;
  recent = {pair, record.ts_ns};
  return false;
}

}  // namespace wiretally

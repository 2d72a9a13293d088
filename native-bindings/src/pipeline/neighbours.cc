// Neighbours: from ARP and NDP messages to sighting records.
#include "neighbours.h"

#include <cstring>

#include "../flow/key.h"
#include "../protocol/arp.h"
#include "../protocol/ndp.h"
#include "frame_stage.h"

namespace wiretally {

void Neighbours::see(const Frame& frame, const Packet& packet, const NonPortInfo& other, EventSink* sink) {
  Sightings sightings;
  const bool is_arp = other.ether_type == FrameStage::kEtherTypeArp;
  const bool is_sound = is_arp ? parse_arp(other.body, &sightings)
                               : parse_ndp(other.body, packet.ends.source, &sightings);
  if (!is_sound) return;
  for (size_t i = 0; i < sightings.count; ++i) {
    const Sighting& sighting = sightings.list[i];
    if (exclusion_.contains(sighting.address, sighting.ip_version)) continue;
    SightingRecord record{};
    record.ts_ns = frame.ts_ns;
    std::memcpy(record.address, sighting.address, sizeof record.address);
    if (sighting.has_mac) std::memcpy(record.mac, sighting.mac, sizeof record.mac);
    record.ip_version = sighting.ip_version;
    record.source = static_cast<uint8_t>(sighting.source);
    record.vlan = packet.vlan_count > 0 ? packet.vlans[packet.vlan_count - 1] : uint16_t{0};
    if (!is_repeated(record)) sink->emit(RecordType::kSighting, 0, &record, sizeof record, nullptr, 0);
  }
}

bool Neighbours::is_repeated(const SightingRecord& record) {
  // FNV-1a over what the record says beside its time. Strangers may aim at collisions here: all they could
  // win is that a sighting is reported a minute late.
  uint64_t pair = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&record);
  for (size_t i = offsetof(SightingRecord, address); i < offsetof(SightingRecord, lease_seconds); ++i) {
    pair = (pair ^ bytes[i]) * 0x100000001b3;
  }
  pair = (pair ^ record.vlan) * 0x100000001b3;
  if (recent_.empty()) recent_.resize(kRecent);
  Recent& recent = recent_[(pair >> 32) % kRecent];
  const int64_t age_ns = record.ts_ns - recent.ts_ns;
  if (recent.pair == pair && age_ns >= 0 && age_ns < kRepeatNs) return true;
  recent = {pair, record.ts_ns};
  return false;
}

}  // namespace wiretally

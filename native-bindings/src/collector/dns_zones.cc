// DnsZones: adds queries by host, zone and quarter hour.
#include "dns_zones.h"

#include <algorithm>
#include <utility>

#include "batch.h"
#include "window.h"

namespace wiretally {

DnsZones::Zone* DnsZones::zone_of(const Key& key) {
  if (Zone* known = zones_.find(key)) return known;
  Key wanted = key;
  if (zones_.size() >= kMaxZones) {
    wanted.zone = 0;
    if (Zone* rest = zones_.find(wanted)) return rest;
    ++overflow;
    if (zones_.size() >= kMaxZones + kMaxHosts) return nullptr;
  }
  next_end_us_ = std::min(next_end_us_, wanted.quarter_us + kQuarterUs);
  return zones_.put(wanted, {});
}

void DnsZones::add(const DnsNeedRecord& record, int64_t window_us) {
  const Address client = Address::of(record.client_address, record.ip_version);
  const uint64_t host = mix_numbers(client.words[0], client.words[1]);
  // Threads of interfaces each see the host and its names again.
  if (!known_.add(mix_numbers(host, record.content))) return;
  const int64_t us = micros(record.ts_ns);
  Zone* zone = zone_of(Key{client, record.zone, window_start_of(us, kQuarterUs)});
  if (zone == nullptr) return;
  zone->content += record.name_bytes + uint64_t{record.text_bytes};
  const Address server = Address::of(record.server_address, record.ip_version);
  const int64_t start_us = window_start_of(us, window_us);
  const auto is_same = [&](const ZoneBytes& part) { return part.window_us == start_us && part.server == server; };
  auto part = std::find_if(zone->parts.begin(), zone->parts.end(), is_same);
  if (part == zone->parts.end() && zone->parts.size() < kMaxParts) {
    part = zone->parts.insert(part, ZoneBytes{client, server, start_us, us, us, 0});
  } else if (part == zone->parts.end()) {
    --part;
  }
  part->first_us = std::min(part->first_us, us);
  part->last_us = std::max(part->last_us, us);
  part->bytes += record.bytes;
}

std::vector<ZoneBytes> DnsZones::take(int64_t settled_us, int64_t closed_us) {
  std::vector<ZoneBytes> taken;
  if (next_end_us_ > settled_us && closed_us == kNoneClosed) return taken;
  next_end_us_ = INT64_MAX;
  zones_.for_each([&](const Key& key, Zone& zone) {
    const bool is_over = key.quarter_us + kQuarterUs <= settled_us;
    const auto ends = [&](const ZoneBytes& part) { return is_over || part.window_us < closed_us; };
    const auto rest = std::stable_partition(zone.parts.begin(), zone.parts.end(), ends);
    if (zone.content > kMaxContent) taken.insert(taken.end(), zone.parts.begin(), rest);
    zone.parts.erase(zone.parts.begin(), rest);
    if (is_over) {
      zones_.erase(Key(key));
    } else {
      next_end_us_ = std::min(next_end_us_, key.quarter_us + kQuarterUs);
    }
  });
  return taken;
}

}  // namespace wiretally

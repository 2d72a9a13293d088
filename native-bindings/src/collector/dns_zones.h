// DnsZones: counts the content of names below one zone in the queries of one host in a quarter hour. More content than
// names need indicates a tunnel, through the local resolver or another server, independent of the number of flows and
// messages.
#pragma once

#include <vector>

#include "../protocol/dns_need.h"
#include "flow.h"
#include "ordered_map.h"

namespace wiretally {

// Messages of a tunnel from one host to one server in one window.
struct ZoneBytes {
  Address client;
  Address server;
  int64_t window_us;
  int64_t first_us;
  int64_t last_us;
  uint64_t bytes;  // frame bytes on the wire
};

class DnsZones {
 public:
  void add(const DnsNeedRecord& record, int64_t window_us);
  // Returns quarter hours that end at `settled_us` or before, and windows that begin before `closed_us`. Each is
  // returned once.
  std::vector<ZoneBytes> take(int64_t settled_us, int64_t closed_us);

  uint64_t overflow = 0;

 private:
  // A flow with this many bytes is no longer small (kUnknownUdpBytes of unseen.cc).
  static constexpr uint64_t kMaxContent = 4096;
  static constexpr int64_t kQuarterUs = 900 * kSecondUs;
  // Maximum zones and hosts, about 30 MB. Further zones of a host count as one.
  static constexpr size_t kMaxZones = 131'072, kMaxHosts = 16'384;
  // Maximum windows and servers of one zone in a quarter hour. Further bytes count with the last one.
  static constexpr size_t kMaxParts = 64;

  struct Key {
    Address client;
    uint64_t zone;  // 0: those beyond the limit
    int64_t quarter_us;
    bool operator==(const Key& other) const {
      return client == other.client && zone == other.zone && quarter_us == other.quarter_us;
    }
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return hash_words(AddressHash()(key.client) ^ key.zone, static_cast<uint64_t>(key.quarter_us));
    }
  };
  struct Zone {
    uint64_t content = 0;
    std::vector<ZoneBytes> parts;
  };

  Zone* zone_of(const Key& key);

  RecentNumbers known_;
  OrderedMap<Zone, Key, KeyHash> zones_;
  int64_t next_end_us_ = INT64_MAX;  // End of the quarter hour that ends first.
};

}  // namespace wiretally

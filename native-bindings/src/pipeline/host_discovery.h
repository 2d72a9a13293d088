// HostDiscovery reports addresses and MACs from ARP and neighbor discovery. Hosts repeat themselves every few seconds;
// a pair is reported again only after a minute of capture time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../io/capture_reader.h"
#include "../packet/decode.h"
#include "../packet/network_list.h"
#include "../packet/packet.h"
#include "../stream/tracker.h"

namespace wiretally {

class HostDiscovery {
 public:
  explicit HostDiscovery(const NetworkList& exclusion) : exclusion_(exclusion) {}

  void see(const Frame& frame, const Packet& packet, const NonPortInfo& other, EventSink* sink);

 private:
  // The number of remembered pairs; an evicted pair is only reported again earlier.
  static constexpr size_t kRecent = 4096;
  static constexpr int64_t kRepeatNs = 60ll * 1'000'000'000;

  struct Recent {
    uint64_t pair = 0;
    int64_t ts_ns = 0;
  };
  bool is_repeated(const HostObservationRecord& record, uint16_t flags);

  const NetworkList& exclusion_;
  std::vector<Recent> recent_;  // empty before the first observation
};

}  // namespace wiretally

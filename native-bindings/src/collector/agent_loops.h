// AgentLoops: buffers flows of AI runtimes to unlisted names until the requests to one name look like an agent loop.
// Names without such a loop stay in memory and never reach a window.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "names.h"
#include "ordered_map.h"
#include "tracked_flow.h"

namespace wiretally {

class AgentLoops {
 public:
  explicit AgentLoops(Names* names) : names_(names) {}

  // Returns flows whose name may enter a window now: none before there is a loop, then all that waited for it. `shape`:
  // shape of the exchange; `is_socket`: the connection may keep the conversation.
  std::vector<TrackedPtr> add(const RowIdentity& destination, const TrackedPtr& flow, const Exchange& exchange,
                              uint8_t shape, bool is_socket);
  // Evicts data that a call at `until_us` or later cannot match.
  void expire(int64_t until_us);

  uint64_t overflow = 0;

 private:
  struct Destination {
    // Machine and name; empty if frames show no MAC.
    std::string pair_key;
    std::vector<Call> calls;
    // Messages of connections that keep the conversation.
    std::vector<Call> messages;
    // Flows with at least one call, including ended flows; empty once there is a loop.
    std::vector<TrackedPtr> flows;
    // Flows with a large request of another shape. They count once there is a loop, but are no evidence for it.
    std::vector<TrackedPtr> other_flows;
    bool is_loop = false;
    int64_t last_us = INT64_MIN / 2;
  };
  using DestinationPtr = std::shared_ptr<Destination>;
  // Destinations that one machine calls by its IPv4 and its IPv6 address.
  struct Pair {
    DestinationPtr by_family[2];
    // Several hosts show the MAC, which belongs to a router.
    bool is_shared = false;
  };

  DestinationPtr destination_of(const std::string& key, int64_t start_us, const std::string& pair_key);
  DestinationPtr other_address(const DestinationPtr& destination, bool is_ip6);
  bool looks_like_agent(const std::vector<DestinationPtr>& together);
  void leave(const std::string& key);
  void forget_pair(const DestinationPtr& destination);
  void limit(Destination* destination);

  Names* names_;
  // Destinations by host and name, least recently used first.
  OrderedMap<DestinationPtr, std::string, TextHash> destinations_;
  std::unordered_map<std::string, Pair, TextHash, std::equal_to<>> pairs_;
};

}  // namespace wiretally

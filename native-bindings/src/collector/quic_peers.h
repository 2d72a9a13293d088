// QuicPeers: recognizes QUIC whose start was not captured. Its packets look like any datagrams. It is recognized by
// another connection of the same client to the same port of the server, before or after, whose hello was read.
#pragma once

#include <deque>
#include <vector>

#include "flow.h"
#include "ordered_map.h"

namespace wiretally {

class QuicPeers {
 public:
  // Maximum distance of the other connection in time.
  static constexpr int64_t kNearUs = 300 * kSecondUs;

  // True for a slice that may be QUIC without its start.
  static bool may_lack_start(const Flow& flow);

  // Records a connection with a name.
  void note(const Address& client, const Address& server, uint16_t port, int64_t first_us, int64_t last_us);
  // Holds a slice that waits for later connections. Returns the slice that was evicted for it, or null.
  FlowPtr hold(const FlowPtr& slice);
  // Returns slices whose later connections are all recorded, up to `settled_us`, and those that begin before
  // `closed_us`, in the order in which they came.
  std::vector<FlowPtr> take(int64_t settled_us, int64_t closed_us);
  // True if a connection with a name is near.
  bool knows(const Flow& slice);
  // Removes connections that ended before `us`.
  void expire(int64_t us);

  uint64_t overflow = 0;

 private:
  // Maximum clients and servers, about 40 MB.
  static constexpr size_t kMaxPeers = 131'072;
  // Maximum held slices, about 30 MB. The one that waits longest is decided by the known connections when it is
  // evicted.
  static constexpr size_t kMaxHeld = 65'536;

  static constexpr int64_t kNoSlice = INT64_MAX / 2;

  struct Key {
    Address client;
    Address server;
    uint16_t port;
    bool operator==(const Key& other) const {
      return client == other.client && server == other.server && port == other.port;
    }
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return hash_words(AddressHash()(key.client), AddressHash()(key.server) ^ key.port);
    }
  };
  struct Span {
    int64_t first_us;
    int64_t last_us;
  };

  OrderedMap<std::vector<Span>, Key, KeyHash> peers_;
  std::deque<FlowPtr> held_;
  // End of the slice that ended first. No slice is decided before its time.
  int64_t first_last_us_ = kNoSlice;
};

}  // namespace wiretally

// QuicPeers: QUIC whose start was not captured. Its packets look like any datagrams; it is known by another connection of the
// same client to the same port of the server, before or after, of which the hello was read.
#pragma once

#include <deque>
#include <vector>

#include "flow.h"
#include "ordered_map.h"

namespace wiretally {

class QuicPeers {
 public:
  // Another connection is at most this far away.
  static constexpr int64_t kNearUs = 300 * kSecondUs;

  // The slice may be of QUIC without its start.
  static bool may_lack_start(const Flow& flow);

  // Connections with a name.
  void note(const Address& client, const Address& server, uint16_t port, int64_t first_us, int64_t last_us);
  // A slice that waits for later connections. Returns the one that has to go for it, or null.
  FlowPtr hold(const FlowPtr& slice);
  // Slices whose later connections are all noted, as the records of packets before `settled_us` are; and those that begin
  // before `closed_us`, whatever follows. In the order in which they came.
  std::vector<FlowPtr> take(int64_t settled_us, int64_t closed_us);
  // A connection with a name is near.
  bool knows(const Flow& slice);
  // Forgets connections that ended before `us`.
  void expire(int64_t us);

  uint64_t overflow = 0;

 private:
  // Clients and servers at most, about 40 MB.
  static constexpr size_t kMaxPeers = 131'072;
  // About 30 MB; the one that waits longest is decided by what is known when it has to go.
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
  // End of the slice that ended first: until its time has come, none is decided.
  int64_t first_last_us_ = kNoSlice;
};

}  // namespace wiretally

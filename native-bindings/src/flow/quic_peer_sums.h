// QuicPeerSums: records which clients had named QUIC connections to which servers, for flows that are only in totals. A
// connection whose start was not captured is recognized by them (collector/quic_peers.h).
#pragma once

#include <cstdint>

#include "../base/event_sink.h"
#include "key.h"
#include "sum_table.h"

namespace wiretally {

class QuicPeerSums {
 public:
  // `secret`: prevents external hosts from targeting one chain of the table.
  explicit QuicPeerSums(const HashSecret& secret) : secret_(secret) {}

  // Adds a slice of class kLookedInto; `window`: as in HotFlow.
  void add(const FlowRecord& slice, uint32_t window, EventSink* sink);
  void flush(EventSink* sink);

 private:
  struct Entry {
    uint32_t window;
    QuicPeersRecord peers;
  };

  HashSecret secret_;
  SumTable<Entry, 4096> table_;
};

}  // namespace wiretally

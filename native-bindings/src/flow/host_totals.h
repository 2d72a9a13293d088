// HostTotals: sums of flows without a match, per host and window. Bounded: when the table is full all sums are emitted
// as records and it is cleared; readers sum the records.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/event_sink.h"
#include "key.h"
#include "sum_table.h"

namespace wiretally {

// The blind spots of a slice (NotVisibleKinds), and its class in the account of traffic.
struct SliceKinds {
  uint16_t not_visible;
  TrafficClass traffic_class;
  bool operator==(const SliceKinds& other) const {
    return not_visible == other.not_visible && traffic_class == other.traffic_class;
  }
};

class HostTotals {
 public:
  // `secret`: prevents external hosts from targeting one chain of the table.
  explicit HostTotals(const HashSecret& secret) : secret_(secret) {}

  // Adds a slice that is not exported. `vlans`: as packed in ColdFlow, without the number of the flow; `window`: as in
  // HotFlow.
  void add(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds, EventSink* sink);
  void flush(EventSink* sink);

 private:
  struct Entry {
    uint64_t vlans;
    uint32_t window;
    SliceKinds kinds;
    HostTotalsRecord sums;
  };
  Entry& entry_of(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds, EventSink* sink);

  HashSecret secret_;
  SumTable<Entry, 8192> table_;
};

}  // namespace wiretally

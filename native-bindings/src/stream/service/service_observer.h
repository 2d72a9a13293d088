// ServiceObserver decides which TCP flows are read for signs of services, and writes records of these and of services
// behind TLS.
#pragma once

#include "../../base/event_sink.h"
#include "../../packet/packet.h"
#include "../track.h"
#include "../tracker.h"

namespace wiretally {

class ServiceObserver {
 public:
  // `watchlist` has the names of services outside.
  ServiceObserver(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink)
      : is_on_(options.emit_services), watchlist_(watchlist), sink_(sink) {}

  // Adds a segment as it arrived, in any order. `has_start`: the SYN of the flow was seen.
  void on_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, bool has_start);
  // Writes the record of `slice`, which is about to be emitted; `client_side` is that of its client.
  void describe(const FlowFacts& flow, const FlowRecord& slice, unsigned client_side);

 private:
  // The maximum number of flows that are read at once, about 3 KB each.
  static constexpr uint32_t kMaxTalks = 8192;
  void begin(Track* track, unsigned side, const Segment& segment, const Packet& packet, bool has_start);

  // Behind TLS, only the name shows the service.
  void describe_named(const FlowFacts& flow, const FlowRecord& slice);

  const bool is_on_;
  const Watchlist* const watchlist_;
  EventSink* const sink_;
  uint32_t talks_ = 0;
};

}  // namespace wiretally

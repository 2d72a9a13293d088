// ExchangeFollower decides which flows are of interest, and divides them into exchanges.
#pragma once

#include "../../base/event_sink.h"
#include "../../base/watchlist.h"
#include "../segment.h"
#include "../track_store.h"

namespace wiretally {

class ExchangeFollower {
 public:
  ExchangeFollower(const TrackerOptions& options, const Watchlist* watchlist, TrackStore* tracks, EventSink* sink)
      : emits_exchanges_(options.emit_exchanges), watchlist_(watchlist), tracks_(tracks), sink_(sink) {}

  // Starts the exchanges of a flow that is of interest by its name or its runtime, from its hello on.
  void begin(Track* track, ExchangeUnit unit, bool offers_http2);

  // Starts the exchanges of a flow in clear text; returns false if they are not wanted.
  bool begin_plain(Track* track);
  // Adds pieces of the stream in order; missing bytes are counted by sequence number.
  void on_plain(Track* track, unsigned side, const Segment& segment);

  // Emits the current exchange if it is answered and silent.
  void settle(Track* track, int64_t silent_ns) {
    if (track->cutter) track->cutter->settle(silent_ns, sink_);
  }

  // Ends the current exchange.
  void finish(Track* track) {
    if (track->cutter) track->cutter->finish(sink_);
  }

 private:
  bool is_listed(const FlowFacts& flow) const;
  bool matters(const FlowFacts& flow) const;

  const bool emits_exchanges_;
  const Watchlist* const watchlist_;
  TrackStore* const tracks_;
  EventSink* const sink_;
};

}  // namespace wiretally

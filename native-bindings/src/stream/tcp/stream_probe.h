// StreamProbe reads TCP flows before their ClientHello: first bytes of their streams, requests that lead to a hello,
// and the limits of the probe.
#pragma once

#include "../../base/counters.h"
#include "../../base/watchlist.h"
#include "../dns_observer.h"
#include "../exchange/exchange_follower.h"
#include "stream_reader.h"
#include "tls_observer.h"

namespace wiretally {

class StreamProbe {
 public:
  StreamProbe(const Watchlist* watchlist, TrackStore* tracks, StreamReader* reader, TlsObserver* tls,
              ExchangeFollower* exchanges, DnsObserver* dns, Counters* counters)
      : watchlist_(watchlist),
        tracks_(tracks),
        reader_(reader),
        tls_(tls),
        exchanges_(exchanges),
        dns_(dns),
        counters_(counters) {}

  static bool has_seen(const Track& track, unsigned side) { return track.probe.sides_[side].segments > 0; }

  void on_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  // The first piece of a hello whose answer has been seen before.
  void on_late_hello(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);

 private:
  static bool answers_lost_hello(const Track& track, unsigned side, const Segment& segment, const Packet& packet);
  // ---- which bytes are probed
  bool look_at_first(Track* track, unsigned side_index, const Segment& segment);
  void on_old_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  static void note_replaced(Track* track, unsigned side_index);
  void on_ahead_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void take_in(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  bool is_early(const Track& track, unsigned side) const;
  Place place_of(const Track& track, unsigned side) const;
  void give_up_to(Track* track, unsigned side, uint32_t seq);
  void charge(Track* track);

  // ---- stream_items.cc: items that are parsed as a whole
  void advance(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  bool read_item(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  Progress read_hello(Track* track, unsigned side, Span bytes, const Segment* direct, const Packet& packet,
                      TrackResult* result, size_t* consumed);
  Progress read_request(Track* track, unsigned side, Span bytes, const Packet& packet, size_t* consumed);
  static void note_proxy(Track* track, ProxyKind kind, const ProxyTarget& target);
  void note_agent(Track* track, unsigned side, Span user_agent, Span request, int64_t ts_ns);

  const Watchlist* const watchlist_;
  TrackStore* const tracks_;
  StreamReader* const reader_;
  TlsObserver* const tls_;
  ExchangeFollower* const exchanges_;
  DnsObserver* const dns_;
  Counters* const counters_;
};

}  // namespace wiretally

// TcpObserver dispatches the segments of TCP flows to the probes, in order, until a flow is done.
#pragma once

#include "../service/service_observer.h"
#include "segment_order.h"
#include "stream_probe.h"

namespace wiretally {

class TcpObserver final : public SegmentTaker {
 public:
  TcpObserver(const TrackerOptions& options, FactStore* facts, TrackStore* tracks, StreamProbe* probe, TlsObserver* tls,
              ExchangeFollower* exchanges, DnsObserver* dns, ServiceObserver* services)
      : checks_form_(options.checks_form),
        facts_(facts),
        tracks_(tracks),
        probe_(probe),
        tls_(tls),
        exchanges_(exchanges),
        dns_(dns),
        services_(services),
        order_(tracks, tls, this) {}

  TrackResult on_packet(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                        const uint32_t* first_sequence);

  // Ends the flow: segments that wait for an earlier one will not get it.
  void flush(Track* track);

  void take_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet,
                    TrackResult* result) override;

 private:
  Track* first_look(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client,
                    const uint32_t* first_sequence);
  // Follows a clear-text protocol to the end of the flow.
  void begin_text(Track* track, const Segment& segment);
  static Segment segment_of(const Packet& packet);
  bool look_at_form(FlowFacts* flow, const Packet& packet);
  static void place_sides(Track* track, const Packet& packet, bool from_client, const uint32_t* first_sequence);

  // The maximum number of flows in clear text at once, about 1.3 KB each. Further ones are not inspected.
  static constexpr uint32_t kMaxTexts = 32'768;

  const bool checks_form_;
  uint32_t texts_ = 0;
  FactStore* const facts_;
  TrackStore* const tracks_;
  StreamProbe* const probe_;
  TlsObserver* const tls_;
  ExchangeFollower* const exchanges_;
  DnsObserver* const dns_;
  ServiceObserver* const services_;
  SegmentOrder order_;
};

}  // namespace wiretally

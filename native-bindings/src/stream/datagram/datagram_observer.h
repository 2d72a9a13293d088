// DatagramObserver reads UDP flows: QUIC and DTLS hellos, and the naming protocols on their ports.
#pragma once

#include "../../base/counters.h"
#include "../../base/event_sink.h"
#include "../dns_observer.h"
#include "../exchange/exchange_follower.h"
#include "../hello_store.h"
#include "../track_store.h"

namespace wiretally {

class DatagramObserver {
 public:
  DatagramObserver(const TrackerOptions& options, FactStore* facts, TrackStore* tracks, HelloStore* hellos,
                   ExchangeFollower* exchanges, DnsObserver* dns, EventSink* sink, Counters* counters)
      : emits_observations_(options.emit_observations),
        checks_form_(options.checks_form),
        exclusion_(options.exclusion),
        facts_(facts),
        tracks_(tracks),
        hellos_(hellos),
        exchanges_(exchanges),
        dns_(dns),
        sink_(sink),
        counters_(counters) {}

  TrackResult on_packet(TrackId id, uint64_t flow_id, const Packet& outer, bool from_client);

 private:
  // Returns false if the datagram does not belong to a naming protocol, whatever its ports.
  bool on_named_port(const Packet& packet, TrackResult* result);
  bool on_dns(const Packet& packet, TrackResult* result);
  void on_zero(const FlowFacts* flow, Track* track, uint64_t flow_id, const Packet& packet, bool from_client,
               TrackResult* result);
  void on_datagram(const FlowFacts* flow, Track* track, uint64_t flow_id, const Packet& packet, bool from_client,
                   const ProxyTarget* relayed_to, TrackResult* result);
  // `is_relayed`: `packet` is the data behind the header of a SOCKS proxy.
  Track* first_datagram(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client, bool is_relayed);
  static void note_relayed(Track* track, unsigned side, const ProxyTarget& target);
  // Returns the current track: another one if the packet opened a new connection.
  Track* on_quic(Track* track, const Packet& packet, bool from_client, TrackResult* result);
  void on_quic_hello(Track* track, const QuicDatagramResult& seen, const Packet& packet, TrackResult* result);
  void on_quic_data(Track* track, const Packet& packet);
  Track* restart_quic(Track* track, TrackResult* result);
  void on_dtls(Track* track, const Packet& outer, TrackResult* result);

  const bool emits_observations_;
  const bool checks_form_;
  const std::shared_ptr<const NetworkList> exclusion_;
  FactStore* const facts_;
  TrackStore* const tracks_;
  HelloStore* const hellos_;
  ExchangeFollower* const exchanges_;
  DnsObserver* const dns_;
  EventSink* const sink_;
  Counters* const counters_;
};

}  // namespace wiretally

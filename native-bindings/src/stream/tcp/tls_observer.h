// TlsObserver reads TCP flows after their ClientHello: choices of the server, a second hello, and the records that
// delimit exchanges.
#pragma once

#include "../../base/counters.h"
#include "../../base/event_sink.h"
#include "../exchange/exchange_follower.h"
#include "../hello_store.h"
#include "../track_store.h"
#include "stream_reader.h"

namespace wiretally {

class TlsObserver {
 public:
  TlsObserver(TrackStore* tracks, StreamReader* reader, HelloStore* hellos, ExchangeFollower* exchanges,
              EventSink* sink, Counters* counters)
      : tracks_(tracks), reader_(reader), hellos_(hellos), exchanges_(exchanges), sink_(sink), counters_(counters) {}

  // Reads a handshake message in place of a ClientHello; returns false if it is not one.
  bool on_client_hello(Track* track, unsigned side, Span message, uint32_t segments, const Packet& packet,
                       TrackResult* result);
  // Begins without the hello, which was lost in whole or in part: `side` is the server's, whose ServerHello has come.
  void begin_at_answer(Track* track, unsigned side, const Packet& packet);
  // Stores the stream of the first hello to compare it with retransmissions.
  void keep_hello(Track* track, uint32_t seq, Span stream, const Packet& packet);
  // From the first hello on, which takes `hello_bytes` of the stream, the flow is TLS.
  void begin(Track* track, unsigned side, size_t hello_bytes, const Packet& packet);

  static bool is_late_hello(const Track& track, unsigned side, const Segment& segment);
  void on_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  // Walks the available records, in order.
  void scan(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  // Handles a packet of `side` that acknowledges bytes of the other one. `was_waited_for`: the wait for missing bytes
  // is over.
  void on_acknowledgement(Track* track, unsigned side, bool was_waited_for, const Packet& packet, TrackResult* result);

  // At the end of the flow, no further handshake message is expected.
  void stop_waiting(Track* track) { track->tls.server_seen_ = true; }
  // At the end of the flow, segments that wait for an earlier one will not get it.
  void finish(Track* track);
  // True if bytes that are not records take the place of the rest of a handshake, as far as it was read.
  static bool is_misread(const Track& track);
  // True if bytes that no TLS server sends answer the hello: they do not prove that a server took part.
  static bool has_no_server(const Track& track);

 private:
  static void note_form(Track* track);
  void compare_hello(Track* track, const Segment& segment);
  bool read_handshake(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  void on_server_hello(Track* track, Span message, int64_t ts_ns);
  bool fill_hole(Track* track, unsigned side, const Packet& packet, TrackResult* result);
  void skip_bytes(Track* track, unsigned side, uint32_t count, int64_t ts_ns);
  static bool is_claim_due(Track* track, unsigned side, uint32_t acknowledgement, int64_t now_ns);
  void on_record(Track* track, unsigned side, const ScannedRecord& record);
  static void note_version(Track* track, unsigned side, const ScannedRecord& record);
  static void note_established(Track* track, bool is_client, const ScannedRecord& record);

  TrackStore* const tracks_;
  StreamReader* const reader_;
  HelloStore* const hellos_;
  ExchangeFollower* const exchanges_;
  EventSink* const sink_;
  Counters* const counters_;
};

}  // namespace wiretally

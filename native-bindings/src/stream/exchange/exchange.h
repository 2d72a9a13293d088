// ExchangeCutter divides the data of one flow into exchanges, an upstream run and the downstream run that answers it,
// by the direction of TLS records (or of packets, if records cannot be seen). It reads only sizes and times.
#pragma once

#include <cstdint>

#include "../../base/event_sink.h"

namespace wiretally {

enum class ExchangeUnit : uint8_t { kRecords, kPackets, kPlain };

class ExchangeCutter {
 public:
  // These limits are below the smallest upload of a model request, and below the first message of a WebSocket
  // (docs/estimates.md).
  static constexpr uint32_t kMinModelBytes = 1'300;

  void begin(ExchangeUnit unit, bool offers_http2);
  void set_flow(uint64_t flow_id) { flow_id_ = flow_id; }

  // Emits no exchange before the first one that may be a model request: without one, the flow is not of interest.
  void wait_for_call() { waits_for_call_ = true; }

  // Takes from the ServerHello which records still belong to the handshake, and the overhead of a record.
  void set_server(bool is_tls13, uint16_t cipher, bool is_resumed);
  // Sets the time from hello to first answer: downstream data sooner than half of it cannot answer the last upstream
  // data. A time below zero means that the two directions have different clocks, so no answer is too soon.
  void set_round_trip(int64_t ns) { round_trip_ns_ = ns < 0 ? INT64_MIN : ns; }

  // Adds a whole record of application data (or a packet, or a piece of clear text) of `bytes` behind its header. It
  // represents `count` records if their headers were not seen.
  void on_record(bool is_up, uint32_t bytes, uint32_t count, bool has_gap, int64_t ts_ns, EventSink* sink);

  void mark_cut_short() { by_packets_ = true; }
  // Marks the current exchange at FIN or RST.
  void on_close() { closed_ = true; }
  // Ends the flow, or its state.
  void finish(EventSink* sink);
  // Emits the current exchange if it was answered and has been silent since `silent_ns`. If its answer continues later,
  // the further data does not belong to it.
  void settle(int64_t silent_ns, EventSink* sink);

  bool has_exchanged() const { return has_exchanged_; }
  bool is_http2() const { return http2_ == Http2::kYes; }

 private:
  // The longest silence inside one exchange: a later record begins another.
  static constexpr int64_t kIdleNs = 600'000'000'000;
  enum class Http2 : uint8_t { kNotOffered, kOffered, kYes, kNo };

  struct Open {
    ExchangeRecord record;
    int64_t last_up_ns;
    int64_t first_down_ns;
    int64_t last_down_ns;
    int64_t largest_gap_ns;
    uint32_t control_up_bytes;  // upstream records of control size, while HTTP/2 is not decided
    uint32_t control_up_records;
    uint32_t first_up;          // first upstream record
    uint32_t largest_data_up;   // largest upstream record that is not of control size
    uint32_t requests;          // heads that a body followed, in any order
    uint32_t bare_heads;        // heads that wait for one
    uint32_t body_bytes;        // of the body that the next of them gets
    uint32_t ordered_requests;  // heads whose body followed before the next head
    uint32_t bytes_since_head;  // since the last head
    uint32_t ended_streams;
    uint16_t flags;
    bool is_used;
  };

  uint32_t content_bytes(uint32_t bytes, uint32_t count) const;
  bool consume_handshake(bool is_up, uint32_t bytes, uint32_t count, bool has_gap, int64_t ts_ns);
  void settle_tickets();
  void decide_http2(uint32_t size);
  void on_up(uint32_t size, uint32_t count, bool has_gap, int64_t ts_ns, EventSink* sink);
  bool begins_message(uint32_t size);
  void count_head(uint32_t size);
  void count_body(uint32_t size);
  void on_down(uint32_t size, uint32_t count, bool has_gap, int64_t ts_ns);
  void start_exchange(int64_t ts_ns, EventSink* sink);
  void close_exchange();
  void emit_previous(EventSink* sink);

  uint64_t flow_id_ = 0;
  int64_t round_trip_ns_ = 0;
  int64_t ticket_ts_ns_ = 0;
  uint32_t ticket_bytes_ = 0;  // size of the first downstream record after the handshake, while it may be a ticket
  uint8_t ticket_count_ = 0;   // such records of equal size so far
  bool ticket_filled_ = false;
  uint8_t down_seen_ = 0;  // non-ticket downstream records seen while HTTP/2 is not decided
  uint8_t overhead_ = 17;  // TLS 1.3, until another version is known
  ExchangeUnit unit_ = ExchangeUnit::kRecords;
  Http2 http2_ = Http2::kNotOffered;
  bool is_tls13_ = true;
  bool is_resumed_ = false;
  bool finished_seen_ = false;  // the client's Finished was seen (TLS 1.3)
  bool tickets_settled_ = false;
  bool tickets_seen_ = false;
  bool by_packets_ = false;
  bool closed_ = false;
  bool waits_for_call_ = false;
  bool any_closed_exchange_ = false;
  bool has_exchanged_ = false;
  bool last_up_was_full_ = false;
  bool last_up_was_short_ = false;
  Open open_{};
  Open previous_{};  // closed, held until it is known whether its answer continued
};

}  // namespace wiretally

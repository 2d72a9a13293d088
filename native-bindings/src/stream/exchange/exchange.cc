#include "exchange.h"

#include <algorithm>

namespace wiretally {

namespace {

// Bytes of a record that are not content: RFC 8446 §5.2 content type and tag; RFC 5288 explicit nonce and tag; RFC
// 7905 tag. QUIC: short header with the usual connection id and packet number, and tag (RFC 9001 §5.3).
constexpr uint8_t kOverheadTls12Gcm = 24;
constexpr uint8_t kOverheadTls12ChaCha = 16;
constexpr uint8_t kOverheadQuic = 27;

constexpr uint32_t kAlertBytes = 2;         // RFC 8446 §6: level and description, nothing else is this short
constexpr uint32_t kMaxTicketRecord = 700;  // tickets measured at 70 to 600 bytes
constexpr uint8_t kMaxTickets = 4;
constexpr uint32_t kMinMessage = 60;        // smaller upstream records are control frames or keep-alives
constexpr uint32_t kMinQuicData = 60;       // smaller packets carry acknowledgements only
constexpr uint32_t kMaxHttp2Settings = 60;  // a server opens HTTP/2 with SETTINGS; HTTP/1.1 answers are longer

// Sizes of HTTP/2 records with nothing but SETTINGS acknowledgements, PING and WINDOW_UPDATE (RFC 9113 §6): 9, 13, 17
// and the recorded sums of these.
constexpr uint64_t kControlSizes = (1ull << 9) | (1ull << 13) | (1ull << 17) | (1ull << 22) | (1ull << 26) |
                                   (1ull << 30) | (1ull << 34) | (1ull << 39) | (1ull << 43) | (1ull << 52);

constexpr uint32_t kFrameHeader = 9;       // RFC 9113 §4.1: alone, the empty DATA frame that ends a stream
constexpr uint32_t kMinRequestBody = 480;  // the smallest first question of a script, docs/estimates.md

bool is_control_size(uint32_t size) { return size < 64 && ((kControlSizes >> size) & 1) != 0; }

// True for a cipher suite of RFC 7905 or its relatives, whose records have no explicit nonce.
bool is_chacha(uint16_t cipher) { return cipher >= 0xcca8 && cipher <= 0xccae; }

uint32_t milliseconds(int64_t from_ns, int64_t to_ns) {
  constexpr int64_t kNsPerMs = 1'000'000;
  if (to_ns <= from_ns) return 0;
  return static_cast<uint32_t>(std::min<int64_t>((to_ns - from_ns) / kNsPerMs, UINT32_MAX));
}

}  // namespace

void ExchangeCutter::begin(ExchangeUnit unit, bool offers_http2) {
  const uint64_t flow_id = flow_id_;
  *this = ExchangeCutter{};
  flow_id_ = flow_id;
  unit_ = unit;
  http2_ = offers_http2 && unit == ExchangeUnit::kRecords ? Http2::kOffered : Http2::kNotOffered;
  if (unit == ExchangeUnit::kPackets) overhead_ = kOverheadQuic;
  if (unit == ExchangeUnit::kPlain) overhead_ = 0;
  if (unit != ExchangeUnit::kRecords) {
    is_tls13_ = false;
    finished_seen_ = tickets_settled_ = true;
  }
}

void ExchangeCutter::set_server(bool is_tls13, uint16_t cipher, bool is_resumed) {
  is_tls13_ = is_tls13;
  is_resumed_ = is_resumed;
  if (is_tls13) return;
  overhead_ = is_chacha(cipher) ? kOverheadTls12ChaCha : kOverheadTls12Gcm;
  finished_seen_ = tickets_settled_ = true;  // both are sent in handshake records (RFC 5246 §7.4.9, RFC 5077 §3.3)
}

uint32_t ExchangeCutter::content_bytes(uint32_t bytes, uint32_t count) const {
  const uint32_t overhead = overhead_ * count;
  return bytes > overhead ? bytes - overhead : 0;
}

void ExchangeCutter::on_record(bool is_up, uint32_t bytes, uint32_t count, bool has_gap, int64_t ts_ns,
                               EventSink* sink) {
  if (unit_ == ExchangeUnit::kPackets && bytes < kMinQuicData) return;
  const uint32_t size = content_bytes(bytes, count);
  if (unit_ == ExchangeUnit::kRecords && size <= kAlertBytes) return;
  if (consume_handshake(is_up, bytes, count, has_gap, ts_ns)) return;
  const bool was_offered = http2_ == Http2::kOffered;
  if (!is_up) decide_http2(size);
  if (http2_ == Http2::kYes && (was_offered || is_control_size(size))) {
    // The acknowledgement of SETTINGS has the same size, but precedes the first answer.
    if (!is_up && size == kFrameHeader && open_.record.records_down > 0) ++open_.ended_streams;
    return;
  }
  if (is_up) {
    on_up(size, count, has_gap, ts_ns, sink);
  } else {
    on_down(size, count, has_gap, ts_ns);
    emit_previous(sink);
  }
}

// Consumes the rest of the handshake: the client's Finished, which is its first encrypted record, all earlier records
// of the server, and leading downstream records of equal size, which are session tickets. Returns true if the record is
// consumed.
bool ExchangeCutter::consume_handshake(bool is_up, uint32_t bytes, uint32_t count, bool has_gap, int64_t ts_ns) {
  if (!finished_seen_) {
    finished_seen_ = is_up;
    return true;
  }
  if (tickets_settled_) return false;
  if (is_up) {
    if (ticket_count_ > 0) settle_tickets();
    return false;
  }
  if (count == 1 && bytes < kMaxTicketRecord && (ticket_count_ == 0 || bytes == ticket_bytes_) &&
      ticket_count_ < kMaxTickets) {
    ++ticket_count_;
    ticket_bytes_ = bytes;
    ticket_ts_ns_ = ts_ns;
    ticket_filled_ = has_gap;
    return true;
  }
  settle_tickets();
  return false;
}

void ExchangeCutter::settle_tickets() {
  tickets_settled_ = true;
  tickets_seen_ = ticket_count_ > 1;
  if (ticket_count_ != 1) return;
  const uint32_t size = content_bytes(ticket_bytes_, 1);  // a single such record may also be the answer
  decide_http2(size);
  if (http2_ != Http2::kYes) on_down(size, 1, ticket_filled_, ticket_ts_ns_);
}

// HTTP/2 shows in the SETTINGS frame, the first message of a server; after a single ticket it is the second record. In
// one record with the first answer it is too long to recognize, but then the acknowledgement of the client's SETTINGS
// follows.
void ExchangeCutter::decide_http2(uint32_t size) {
  if (http2_ != Http2::kOffered) return;
  ++down_seen_;
  const bool is_first = down_seen_ == 1;
  const bool is_short = size <= kMaxHttp2Settings && (is_first || !tickets_seen_ || is_control_size(size));
  if (!is_short) {
    if (!is_first) http2_ = Http2::kNo;
    return;
  }
  http2_ = Http2::kYes;
  open_.record.bytes_up -= open_.control_up_bytes;
  open_.record.records_up -= open_.control_up_records;
  open_.record.largest_up = open_.largest_data_up;
  if (open_.is_used && open_.record.records_up == 0) open_ = Open{};
}

void ExchangeCutter::start_exchange(int64_t ts_ns, EventSink* sink) {
  if (open_.is_used) {
    emit_previous(sink);
    close_exchange();
  }
  open_ = Open{};
  open_.is_used = true;
  open_.record.start_ns = ts_ns;
  last_up_was_full_ = last_up_was_short_ = false;
}

void ExchangeCutter::on_up(uint32_t size, uint32_t count, bool has_gap, int64_t ts_ns, EventSink* sink) {
  const int64_t last_ns = std::max(open_.last_up_ns, open_.last_down_ns);
  if (!open_.is_used || open_.record.records_down > 0 || ts_ns - last_ns > kIdleNs) start_exchange(ts_ns, sink);
  ExchangeRecord& record = open_.record;
  if (record.records_up == 0) open_.first_up = size;
  record.bytes_up += size;
  record.records_up += count;
  const uint32_t single = count > 1 ? size / count : size;
  record.largest_up = std::max(record.largest_up, single);
  if (begins_message(size)) {
    count_head(size);
  } else {
    count_body(size);
  }
  if (http2_ == Http2::kOffered && is_control_size(size)) {
    open_.control_up_bytes += size;
    open_.control_up_records += count;
  } else {
    open_.largest_data_up = std::max(open_.largest_data_up, single);
  }
  if (has_gap) open_.flags |= kExchangeBytesMissing;
  open_.last_up_ns = std::max(ts_ns, open_.last_up_ns);
}

// A request begins with its head. Over HTTP/2 heads are in records of their own, short ones once names and values are
// indexed (RFC 7541 §2.1), also between full records of another stream's body; other records after a full record are
// its end. A long record after a short one is the body that belongs to it. Several requests may be sent before the
// server's SETTINGS: if HTTP/2 is offered, short records count as heads; flows that do not use HTTP/2 have no heads.
bool ExchangeCutter::begins_message(uint32_t size) {
  constexpr uint32_t kMinIndexedHead = 30;
  constexpr uint32_t kMaxIndexedHead = 600;
  constexpr uint32_t kMaxHead = 2000;
  constexpr uint32_t kFullRecordBytes = 16000;
  constexpr uint32_t kFullPacketBytes = 1100;
  const bool is_http2 = http2_ == Http2::kYes;
  const bool is_undecided = http2_ == Http2::kOffered;
  if (size < (is_http2 ? kMinIndexedHead : kMinMessage)) return false;
  const bool goes_on = last_up_was_full_ || last_up_was_short_;
  const bool is_short = http2_ != Http2::kNotOffered && size < kMaxIndexedHead;
  const bool is_first = is_undecided && open_.record.messages_up == 0;
  const bool begins = is_http2 || is_undecided ? is_short || (!goes_on && (is_first || size < kMaxHead)) : !goes_on;
  last_up_was_short_ = is_short;
  last_up_was_full_ = size >= (unit_ == ExchangeUnit::kRecords ? kFullRecordBytes : kFullPacketBytes);
  return begins;
}

void ExchangeCutter::count_head(uint32_t size) {
  ++open_.record.messages_up;
  ++open_.bare_heads;
  open_.bytes_since_head = 0;
  if (size >= kMinModelBytes) count_body(size);  // head and body in one record
}

// Bodies of parallel requests may follow in any order, so a head counts as a request if any later body is left for it.
// The flow-control window may cut off a short piece of a body: it looks like a head, but no body is left for it.
void ExchangeCutter::count_body(uint32_t size) {
  const uint32_t before = open_.bytes_since_head;
  open_.bytes_since_head += size;
  if (before < kMinModelBytes && open_.bytes_since_head >= kMinModelBytes) ++open_.ordered_requests;
  open_.body_bytes += size;
  const uint32_t served = std::min(open_.bare_heads, open_.body_bytes / kMinRequestBody);
  open_.requests += served;
  open_.bare_heads -= served;
  open_.body_bytes = open_.bare_heads > 0 ? open_.body_bytes - served * kMinRequestBody : 0;
}

void ExchangeCutter::on_down(uint32_t size, uint32_t count, bool has_gap, int64_t ts_ns) {
  if (!open_.is_used) return;
  ExchangeRecord& record = open_.record;
  if (record.records_down == 0) {
    record.first_down = count > 1 ? size / count : size;
    open_.first_down_ns = ts_ns;
    // No answer can come this soon, so the previous answer is still in progress.
    if (previous_.is_used && ts_ns - open_.last_up_ns < round_trip_ns_ / 2) previous_.flags |= kExchangeOverlapped;
    has_exchanged_ = true;
  } else {
    open_.largest_gap_ns = std::max(open_.largest_gap_ns, ts_ns - open_.last_down_ns);
  }
  record.bytes_down += size;
  record.records_down += count;
  record.largest_down = std::max(record.largest_down, count > 1 ? size / count : size);
  if (has_gap) open_.flags |= kExchangeBytesMissing;
  open_.last_down_ns = std::max(ts_ns, open_.last_down_ns);
}

void ExchangeCutter::close_exchange() {
  ExchangeRecord& record = open_.record;
  record.flow_id = flow_id_;
  if (http2_ == Http2::kYes) {
    const bool is_ordered = open_.requests > 1 && open_.ordered_requests == open_.record.messages_up;
    if (is_ordered && open_.ended_streams >= open_.requests) open_.flags |= kExchangeAllAnswered;
    // If the first record contains head and body, further heads are inside records too. Their streams end one by one.
    const bool is_packed = open_.first_up >= kMinModelBytes;
    const uint64_t ended = is_packed ? std::min<uint64_t>(open_.ended_streams, record.bytes_up / kFrameHeader) : 0;
    record.messages_up = static_cast<uint32_t>(std::max<uint64_t>(open_.requests, ended));
  }
  record.upload_ms = milliseconds(record.start_ns, open_.last_up_ns);
  if (record.records_down > 0) {
    record.wait_ms = milliseconds(open_.last_up_ns, open_.first_down_ns);
    record.answer_ms = milliseconds(open_.first_down_ns, open_.last_down_ns);
    record.largest_gap_ms = milliseconds(0, open_.largest_gap_ns);
  }
  if (!any_closed_exchange_) {
    open_.flags |= kExchangeFirst;
    if (is_tls13_ && !tickets_seen_) open_.flags |= kExchangeTicketsUncertain;
  }
  if (is_tls13_ && !tickets_seen_ && !is_resumed_) open_.flags |= kExchangeNoTicketsSeen;
  if (by_packets_ || unit_ == ExchangeUnit::kPackets) open_.flags |= kExchangeByPackets;
  if (unit_ == ExchangeUnit::kPlain) open_.flags |= kExchangePlain;
  any_closed_exchange_ = true;
  previous_ = open_;
  open_ = Open{};
}

void ExchangeCutter::emit_previous(EventSink* sink) {
  if (!previous_.is_used) return;
  previous_.is_used = false;
  if (waits_for_call_ && previous_.record.bytes_up < kMinModelBytes) return;
  waits_for_call_ = false;
  sink->emit(RecordType::kExchange, previous_.flags, &previous_.record, sizeof previous_.record, nullptr, 0);
}

void ExchangeCutter::settle(int64_t silent_ns, EventSink* sink) {
  if (std::max({open_.last_up_ns, open_.last_down_ns, ticket_ts_ns_}) > silent_ns) return;
  if (!tickets_settled_ && ticket_count_ > 0) settle_tickets();
  // The bytes that HTTP/2 adds to an exchange are known once HTTP/2 is detected or excluded.
  if (open_.is_used && (open_.record.records_down == 0 || http2_ == Http2::kOffered)) return;
  emit_previous(sink);
  if (!open_.is_used) return;
  close_exchange();
  emit_previous(sink);
}

void ExchangeCutter::finish(EventSink* sink) {
  if (!tickets_settled_ && ticket_count_ > 0) settle_tickets();
  emit_previous(sink);
  if (!open_.is_used) return;
  if (closed_) open_.flags |= kExchangeClosed;
  close_exchange();
  emit_previous(sink);
}

}  // namespace wiretally

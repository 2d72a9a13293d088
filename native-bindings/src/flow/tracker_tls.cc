// TCP flows behind their ClientHello: what the server chose, a second hello, and the records that exchanges are cut by.
#include <algorithm>
#include <cstring>

#include "tracker_state.h"

namespace wiretally {

namespace {

// Payload packets after the hello in which a flow of no interest may show that it was established.
constexpr uint8_t kMaxHandshakePackets = 40;

// Payload that waits for the segment before it: more than this much, or longer, and the segment is taken as lost.
constexpr uint32_t kMaxWaitingChunks = 96;
constexpr int64_t kMaxWaitNs = 1'000'000'000;

constexpr uint8_t kHandshakeRecord = 22;
constexpr uint8_t kDataRecord = 23;
constexpr uint32_t kAlertRecord = 19;  // an encrypted alert of TLS 1.3 (RFC 8446 §5.2)

}  // namespace

bool Tracker::State::on_client_hello(Track* track, unsigned side_index, Span message, uint32_t segments,
                                     const Packet& packet, TrackResult* result) {
  if (!parse_client_hello(message, HelloProtocol::kTls, parsed.get())) {
    counters->count(Malformed::kTlsClientHello);
    return false;
  }
  FlowFacts& flow = *track->facts;
  if (flow.hello == nullptr) flow.client_side = static_cast<uint8_t>(side_index);
  // RFC 8446 §4.1.2: after a HelloRetryRequest the client sends the same hello again, its random unchanged.
  const bool is_retry = flow.hello != nullptr && ((flow.flags & kFlowRetried) != 0 ||
                                                  random_hash(parsed->random) == flow.hello->random_hash);
  if (is_retry) flow.flags |= kFlowRetried;
  finish_hello(track, segments, is_retry, packet);
  result->hello_found = true;
  result->hello_sender_is_source = true;
  return true;
}

void Tracker::State::begin_tls(Track* track, unsigned side_index, size_t hello_stream, const Packet& packet) {
  Side& client = track->sides[side_index];
  Side& server = track->sides[1 - side_index];
  client.item = Beginning::kNone;
  client.next = client.item_seq;
  client.checked = client.item_seq + static_cast<uint32_t>(hello_stream);
  client.has_checked = true;
  if (track->phase == Phase::kTls) return;  // a second hello
  track->phase = Phase::kTls;
  track->packets = 0;
  client.scanner.reset();
  server.scanner.reset();
  server.item = Beginning::kNone;
  pool.clear(&server.pieces);
  // What the client had received when it sent the hello is where the server's part of the handshake begins.
  const bool acknowledges = (packet.tcp_flags & kTcpAck) != 0;
  if (acknowledges && (!server.is_known || seq_before(server.next, packet.acknowledgement))) {
    server.next = packet.acknowledgement;
    server.is_known = true;
  }
  follow_exchanges(track, ExchangeUnit::kRecords, track->facts->hello->offers_http2);
}

void Tracker::State::on_tls(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                            TrackResult* result) {
  Side& side = track->sides[side_index];
  if (track->packets < UINT8_MAX) ++track->packets;
  if (segment.data.size < segment.extent && track->cutter) track->cutter->mark_cut_short();
  if (!side.is_known) {
    side.is_known = true;
    side.next = segment.seq;
  }
  const int32_t jump = static_cast<int32_t>(segment.seq - side.next);
  if (!seq_before(side.next, segment.end())) return;  // retransmission, keep-alive
  if (jump > static_cast<int32_t>(kMaxHole)) {
    pool.clear(&side.pieces);
    skip_bytes(track, side_index, static_cast<uint32_t>(jump), segment.ts_ns);
  }
  if (side.pieces.head == 0 && !seq_before(side.next, segment.seq)) {
    scan(track, side_index, &segment, packet, result);
  } else {
    bool is_held = hold_piece(track, side_index, segment, false);
    while (!is_held && fill_hole(track, side_index, kMaxHole, packet, result)) {
      is_held = hold_piece(track, side_index, segment, false);
    }
    if (!is_held && side.pieces.head == 0 && seq_before(side.next, segment.seq)) {
      skip_bytes(track, side_index, segment.seq - side.next, segment.ts_ns);
      scan(track, side_index, &segment, packet, result);
    }
    scan(track, side_index, nullptr, packet, result);
    const uint32_t head = side.pieces.head;
    const bool is_late = head != 0 && segment.ts_ns - pool.chunk(head).ts_ns > kMaxWaitNs;
    if (is_late || side.pieces.chunks > kMaxWaitingChunks) fill_hole(track, side_index, kMaxHole, packet, result);
  }
  const bool is_established = (track->facts->flags & kFlowEstablished) != 0;
  if (!track->cutter && (is_established || track->packets >= kMaxHandshakePackets)) track->phase = Phase::kDone;
}

// Walks the records that are there, in order.
void Tracker::State::scan(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                          TrackResult* result) {
  Side& side = track->sides[side_index];
  const bool is_client = side_index == track->facts->client_side;
  while (true) {
    if (side.item != Beginning::kNone) {
      if (!try_handshake(track, side_index, direct, packet, result)) break;
      continue;
    }
    const StreamView view = view_at(side, side.next, direct);
    if (view.extent == 0) break;
    const bool wants_handshake = !track->server_seen && !(is_client && track->client_finished);
    const bool is_new_place = !side.has_checked || !seq_before(side.next, side.checked);
    if (wants_handshake && is_new_place && side.scanner.at_boundary() && view.data.size > 0 &&
        view.data.data[0] == kHandshakeRecord) {
      set_item(track, side_index, is_client ? Beginning::kClientHello : Beginning::kServerHello, side.next);
      continue;
    }
    ScannedRecord record;
    const uint32_t consumed = side.scanner.step(view.data, view.extent, view.ts_ns, &record);
    side.next += consumed;
    if (record.count > 0) on_record(track, side_index, record);
  }
  hold_rest(track, side_index, direct);
}

// A handshake message in the clear that is waited for: the ServerHello, or a second ClientHello. False when bytes of it
// are missing. Its records are walked afterwards, as all others.
bool Tracker::State::try_handshake(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                                   TrackResult* result) {
  Side& side = track->sides[side_index];
  const Span bytes = item_from(&side, direct);
  if (bytes.size == 0) return false;
  const bool is_client = side.item == Beginning::kClientHello;
  HandshakeRead read;
  if (!is_worn_out(side)) {
    read = read_handshake(bytes, is_client ? kHandshakeClientHello : kHandshakeServerHello, joined.get());
  }
  if (read.progress == Progress::kMore) {
    side.needed = static_cast<uint32_t>(read.needed);
    return false;
  }
  size_t checked = 1;
  if (read.progress == Progress::kDone) {
    checked = read.consumed;
    const uint32_t end = side.item_seq + static_cast<uint32_t>(checked);
    const uint32_t segments = direct != nullptr ? 1 : pool.segments(side.pieces, side.item_seq, end);
    if (is_client) {
      on_client_hello(track, side_index, read.message, segments, packet, result);
    } else {
      on_server_hello(track, read.message, packet.ts_ns);
    }
  }
  side.checked = side.item_seq + static_cast<uint32_t>(checked);
  side.has_checked = true;
  side.next = side.item_seq;
  side.item = Beginning::kNone;
  return true;
}

// Takes the bytes before the first waiting segment as lost. False when nothing waits.
bool Tracker::State::fill_hole(Track* track, unsigned side_index, uint32_t limit, const Packet& packet,
                               TrackResult* result) {
  Side& side = track->sides[side_index];
  if (side.pieces.head == 0) return false;
  if (side.item != Beginning::kNone) {
    side.checked = side.item_seq + 1;
    side.has_checked = true;
    side.item = Beginning::kNone;
    scan(track, side_index, nullptr, packet, result);
    if (side.pieces.head == 0 || side.item != Beginning::kNone) return side.pieces.head != 0;
  }
  const uint32_t hole = pool.chunk(side.pieces.head).seq - side.next;
  if (hole == 0 || hole > limit) return false;
  skip_bytes(track, side_index, hole, pool.chunk(side.pieces.head).ts_ns);
  scan(track, side_index, nullptr, packet, result);
  return true;
}

// The flow is over: what still waits for a segment before it will not get it.
void Tracker::State::flush_waiting(Track* track) {
  if (track->phase != Phase::kTls && track->phase != Phase::kPlain) return;
  const Packet none{};
  TrackResult ignored;
  track->server_seen = true;  // no handshake message is waited for any more
  let_go_both(track, none, &ignored);
  if (track->phase != Phase::kTls) return;
  for (unsigned side = 0; side < 2; ++side) {
    while (fill_hole(track, side, kMaxHole, none, &ignored)) {
    }
    ScannedRecord stretch;
    track->sides[side].scanner.settle(&stretch);
    if (stretch.count > 0) on_record(track, side, stretch);
  }
}

void Tracker::State::skip_bytes(Track* track, unsigned side_index, uint32_t count, int64_t ts_ns) {
  Side& side = track->sides[side_index];
  track->facts->lost[side_index] += count;
  side.next += count;
  while (count > 0) {
    ScannedRecord record;
    count = side.scanner.skip(count, ts_ns, &record);
    if (record.count > 0) on_record(track, side_index, record);
  }
}

// What the receiver acknowledges has passed the place of capture, or never will: holes below it need not wait for
// longer than the two directions may be apart.
void Tracker::State::on_acknowledgement(Track* track, unsigned side_index, bool is_overdue, const Packet& packet,
                                        TrackResult* result) {
  const unsigned other = 1 - side_index;
  Side& side = track->sides[other];
  if (!side.is_known || !seq_before(side.next, packet.acknowledgement)) return;
  if (side.ahead.head != 0 && !is_overdue) return;
  // An answer to bytes that were never seen: they were lost at the end of what the other side sent.
  if (side.pieces.head == 0 && packet.payload_bytes == 0) return;
  if (!is_overdue && !is_claim_due(&side, packet.acknowledgement)) return;
  uint32_t until = is_overdue ? packet.acknowledgement : side.claimed;
  if (side.ahead.head != 0 && seq_before(pool.chunk(side.ahead.head).seq, until)) {
    until = pool.chunk(side.ahead.head).seq;  // that is there, and only waits
  }
  while (side.pieces.head != 0) {
    if (seq_before(until, pool.chunk(side.pieces.head).seq)) return;
    if (!fill_hole(track, other, kMaxHole, packet, result)) break;
  }
  if (side.pieces.head != 0 || packet.payload_bytes == 0) return;
  const uint32_t missing = until - side.next;
  // One byte is a FIN.
  if (seq_before(side.next, until) && missing > 1 && missing <= kMaxHole) {
    skip_bytes(track, other, missing, packet.ts_ns);
  }
}

void Tracker::State::on_server_hello(Track* track, Span message, int64_t ts_ns) {
  constexpr uint16_t kTls13 = 0x0304;
  constexpr uint16_t kTls13Drafts = 0x7f00;
  ServerHelloInfo info;
  if (!parse_server_hello(message, &info)) return;
  FlowFacts& flow = *track->facts;
  if (info.is_hello_retry_request) {
    flow.flags |= kFlowRetried;
    return;
  }
  track->server_seen = track->version_known = true;
  track->is_tls13 = info.selected_version == kTls13 || (info.selected_version & 0xff00) == kTls13Drafts;
  flow.flags |= kFlowServerHello;
  if (track->is_tls13) flow.flags |= kFlowTls13;
  const bool is_echo = info.session_id.size > 0 && text_hash(info.session_id) == flow.hello->session_hash;
  const bool is_resumed = track->is_tls13 ? info.psk_selected : is_echo;
  if (is_resumed) flow.flags |= kFlowResumed;
  if (!track->cutter) return;
  track->cutter->set_server(track->is_tls13, info.cipher, is_resumed);
  track->cutter->set_round_trip(ts_ns - flow.hello->ts_ns);
}

void Tracker::State::on_record(Track* track, unsigned side_index, const ScannedRecord& record) {
  const bool is_client = side_index == track->facts->client_side;
  if (track->cutter && record.type == kDataRecord) {
    // The other side has spoken: what it sent without a header that could be found is over.
    ScannedRecord stretch;
    track->sides[1 - side_index].scanner.settle(&stretch);
    if (stretch.count > 0) {
      track->cutter->on_record(!is_client, stretch.length, stretch.count, true, stretch.ts_ns, sink);
    }
  }
  if (is_client && !track->version_known) {
    // Without the ServerHello the client's records tell: RFC 5246 §7.4.7 goes on with handshake records in the clear,
    // RFC 8446 §5 with application data.
    const bool is_behind_hello = !seq_before(track->sides[side_index].next, track->sides[side_index].checked + 1);
    if (is_behind_hello && (record.type == kHandshakeRecord || record.type == kDataRecord)) {
      track->version_known = true;
      track->is_tls13 = record.type == kDataRecord;
      if (track->cutter && !track->is_tls13) track->cutter->set_server(false, 0, false);
    }
  }
  if (record.type != kDataRecord) return;
  note_established(track, is_client, record);
  if (!track->cutter) return;
  track->cutter->on_record(is_client, record.length, record.count, record.filled, record.ts_ns, sink);
  if (track->cutter->is_http2()) track->facts->flags |= kFlowHttp2;
}

void Tracker::State::note_established(Track* track, bool is_client, const ScannedRecord& record) {
  if (track->is_tls13 && record.length <= kAlertRecord) return;
  if (!is_client) {
    track->server_data = track->server_data || track->client_data;
  } else if (track->is_tls13 && !track->client_finished) {
    track->client_finished = true;
  } else {
    track->client_data = true;
  }
  if (track->client_data && track->server_data) track->facts->flags |= kFlowEstablished;
}

// Clear text of interest: pieces of the stream in the order of their bytes; what is missing is counted by its number.
void Tracker::State::on_plain(Track* track, unsigned side_index, const Segment& segment) {
  Side& side = track->sides[side_index];
  if (!side.is_known) {
    side.is_known = true;
    side.next = segment.seq;
  }
  if (!seq_before(side.next, segment.end())) return;
  const uint32_t bytes = segment.end() - side.next;
  const bool has_hole = seq_before(side.next, segment.seq);
  if (bytes > kMaxHole) {
    side.next = segment.end();
    return;
  }
  if (has_hole) track->facts->lost[side_index] += segment.seq - side.next;
  if (segment.data.size < segment.extent) track->cutter->mark_cut_short();
  side.next = segment.end();
  const bool is_up = side_index == track->facts->client_side;
  track->cutter->on_record(is_up, bytes, 1, has_hole, segment.ts_ns, sink);
  if (!is_up) track->facts->flags |= kFlowEstablished;
}

}  // namespace wiretally

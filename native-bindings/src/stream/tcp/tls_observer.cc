// TlsObserver reads segments in order: their handshake messages and losses.
#include "tls_observer.h"

#include "../../fingerprint/client_hello.h"
#include "../../protocol/tls.h"

namespace wiretally {

namespace {

// The number of payload packets after the hello in which a flow of no interest may show that it was established.
constexpr uint8_t kMaxHandshakePackets = 40;

// The limits of payload, and of time, that wait for the segment before them; beyond these, the segment counts as lost.
constexpr uint32_t kMaxWaitingChunks = 96;
constexpr int64_t kMaxWaitNs = 1'000'000'000;

constexpr uint8_t kHandshakeRecord = 22;

}  // namespace

bool TlsObserver::on_client_hello(Track* track, unsigned side_index, Span message, uint32_t segments,
                                  const Packet& packet, TrackResult* result) {
  const ClientHello* hello = hellos_->read(message, HelloProtocol::kTls);
  if (hello == nullptr) {
    counters_->count(Malformed::kTlsClientHello);
    return false;
  }
  FlowFacts& flow = *track->facts;
  if (flow.hello == nullptr) flow.client_side = static_cast<uint8_t>(side_index);
  // RFC 8446 §4.1.2: after a HelloRetryRequest the client sends the same hello again, its random unchanged.
  const bool is_same_client = flow.hello != nullptr && random_hash(hello->random) == flow.hello->random_hash;
  if (flow.hello != nullptr && !is_same_client) HelloStore::note_other(*hello, &flow);
  const bool is_retry = flow.hello != nullptr && ((flow.flags & kFlowRetried) != 0 || is_same_client);
  if (is_retry) flow.flags |= kFlowRetried;
  hellos_->add(*hello, message, &flow, track->flow_id, segments, is_retry, packet);
  result->hello_found = true;
  result->hello_sender_is_source = true;
  return true;
}

void TlsObserver::begin(Track* track, unsigned side_index, size_t hello_bytes, const Packet& packet) {
  StreamSide& client = track->sides[side_index];
  StreamSide& server = track->sides[1 - side_index];
  TlsState& tls = track->tls;
  client.end_item();
  client.move_to(client.item_seq());
  tls.checked_[side_index] = client.item_seq() + static_cast<uint32_t>(hello_bytes);
  tls.has_checked_[side_index] = true;
  if (track->phase == Phase::kTls) return;  // a second hello
  track->phase = Phase::kTls;
  for (RecordScanner& scanner : tls.scanners_) scanner.reset();
  server.end_item();
  tracks_->clear_pieces(track, 1 - side_index);
  // Bytes received by the client before the hello mark the start of the server's handshake.
  const bool acknowledges = (packet.tcp_flags & kTcpAck) != 0;
  if (acknowledges && (!server.is_known() || seq_before(server.next(), packet.acknowledgement))) {
    server.stand_at(packet.acknowledgement);
  }
  exchanges_->begin(track, ExchangeUnit::kRecords, track->facts->hello->offers_http2);
}

void TlsObserver::begin_at_answer(Track* track, unsigned side_index, const Packet& packet) {
  const unsigned client_index = 1 - side_index;
  StreamSide& client = track->sides[client_index];
  TlsState& tls = track->tls;
  reader_->abandon_item(track, client_index);
  tracks_->clear_pieces(track, client_index);
  const uint32_t missing = packet.acknowledgement - client.next();
  if (client.is_known() && missing <= kMaxHole) track->facts->lost[client_index] += missing;
  client.stand_at(packet.acknowledgement);
  track->facts->client_side = static_cast<uint8_t>(client_index);
  track->facts->hint = AppHint::kTls;
  track->phase = Phase::kTls;
  for (RecordScanner& scanner : tls.scanners_) scanner.reset();
  exchanges_->begin(track, ExchangeUnit::kRecords, true);
}

// A hello that comes after its answer is searched for at its position, and the flow begins again from there.
bool TlsObserver::is_late_hello(const Track& track, unsigned side_index, const Segment& segment) {
  return track.facts->hello == nullptr && track.is_client(side_index) &&
         looks_like_client_hello_start(segment.data) == Likeness::kYes;
}

void TlsObserver::keep_hello(Track* track, uint32_t seq, Span stream, const Packet& packet) {
  track->hello_copy.seq_ = seq;
  const Segment segment{seq, stream, static_cast<uint32_t>(stream.size), packet.ts_ns};
  if (!tracks_->copy_hello(track, false, segment)) tracks_->drop_hello_copy(track);
}

// Known bytes of the client may be retransmitted, but unchanged. Different bytes belong to a decoy, or the
// first ones did: which of them the server accepted is not visible.
void TlsObserver::compare_hello(Track* track, const Segment& segment) {
  HelloCopy& copy = track->hello_copy;
  FlowFacts& flow = *track->facts;
  const bool is_other_begun = copy.other_.head != 0;
  if (!is_other_begun) {
    const bool is_start = looks_like_client_hello_start(segment.data) == Likeness::kYes;
    const bool is_elsewhere = is_start && segment.seq != copy.seq_ && (flow.flags & kFlowRetried) == 0;
    if (!is_elsewhere && !tracks_->pool().has_other(copy.first_, segment.seq, segment.data)) return;
    flow.flags |= kFlowContradicted;
    if (is_elsewhere) copy.seq_ = segment.seq;  // The rest is read from here.
  }
  if (copy.is_other_read_ || copy.readings_ >= HelloCopy::kMaxReadings) return;
  ++copy.readings_;
  if (!tracks_->copy_hello(track, true, segment)) return;
  const HandshakeRead read = reader_->read_message(reader_->overlaid(copy.first_, copy.other_, copy.seq_),
                                                   kHandshakeClientHello);
  if (read.progress == Progress::kMore) return;
  copy.is_other_read_ = true;
  const ClientHello* other = hellos_->read(read.message, HelloProtocol::kTls);
  if (other != nullptr) HelloStore::note_other(*other, &flow);
}

void TlsObserver::on_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                             TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  if (track->tls.packets_ < UINT8_MAX) ++track->tls.packets_;
  if (segment.data.size < segment.extent && track->cutter) track->cutter->mark_cut_short();
  if (!side.is_known()) side.stand_at(segment.seq);
  const int32_t jump = static_cast<int32_t>(segment.seq - side.next());
  if (track->is_client(side_index) && track->hello_copy.is_kept() &&
      (jump < 0 || track->hello_copy.other().head != 0)) {
    compare_hello(track, segment);
  }
  if (!seq_before(side.next(), segment.end())) return;  // retransmission, keep-alive
  if (jump > static_cast<int32_t>(kMaxHole)) {
    tracks_->clear_pieces(track, side_index);
    skip_bytes(track, side_index, static_cast<uint32_t>(jump), segment.ts_ns);
  }
  if (!side.has_pieces() && !seq_before(side.next(), segment.seq)) {
    scan(track, side_index, &segment, packet, result);
  } else {
    bool is_held = tracks_->hold_piece(track, side_index, segment, false);
    while (!is_held && fill_hole(track, side_index, packet, result)) {
      is_held = tracks_->hold_piece(track, side_index, segment, false);
    }
    if (!is_held && !side.has_pieces() && seq_before(side.next(), segment.seq)) {
      skip_bytes(track, side_index, segment.seq - side.next(), segment.ts_ns);
      scan(track, side_index, &segment, packet, result);
    }
    scan(track, side_index, nullptr, packet, result);
    const bool is_late = side.has_pieces() && segment.ts_ns - tracks_->first_piece(side).ts_ns > kMaxWaitNs;
    if (is_late || side.pieces().chunks > kMaxWaitingChunks) fill_hole(track, side_index, packet, result);
  }
  const bool is_established = (track->facts->flags & kFlowEstablished) != 0;
  if (track->hello_copy.is_kept() && (is_established || track->tls.packets_ >= kMaxHandshakePackets)) {
    tracks_->drop_hello_copy(track);
  }
  if (!track->cutter && (is_established || track->tls.packets_ >= kMaxHandshakePackets)) {
    note_form(track);
    track->phase = Phase::kDone;
  }
}

bool TlsObserver::is_misread(const Track& track) {
  const bool has_misread = track.tls.scanners_[0].has_misread() || track.tls.scanners_[1].has_misread();
  return has_misread && (track.facts->flags & kFlowEstablished) == 0;
}

bool TlsObserver::has_no_server(const Track& track) {
  const unsigned server = track.is_client(0) ? 1 : 0;
  return track.tls.scanners_[server].has_misread() && (track.facts->flags & kFlowServerHello) == 0;
}

void TlsObserver::note_form(Track* track) {
  if (is_misread(*track)) track->facts->form.lose();
  if (has_no_server(*track)) track->facts->flags &= static_cast<uint16_t>(~kFlowAnswered);
}

void TlsObserver::scan(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                       TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  TlsState& tls = track->tls;
  RecordScanner& scanner = tls.scanners_[side_index];
  const bool is_client = track->is_client(side_index);
  while (true) {
    if (side.has_item()) {
      if (!read_handshake(track, side_index, direct, packet, result)) break;
      continue;
    }
    const StreamView view = reader_->view_at(side, side.next(), direct);
    if (view.extent == 0) break;
    const bool wants_handshake = !tls.server_seen_ && !(is_client && tls.client_finished_);
    const bool is_new_place = !tls.has_checked_[side_index] || !seq_before(side.next(), tls.checked_[side_index]);
    if (wants_handshake && is_new_place && scanner.at_boundary() && view.data.size > 0 &&
        view.data.data[0] == kHandshakeRecord) {
      side.begin_item(is_client ? StreamStart::kClientHello : StreamStart::kServerHello, side.next());
      continue;
    }
    ScannedRecord record;
    side.move_by(scanner.step(view.data, view.extent, view.ts_ns, &record));
    if (record.count > 0) on_record(track, side_index, record);
  }
  reader_->hold_rest(track, side_index, direct, false);
}

// Reads a handshake message in clear text that is expected: the ServerHello, or a second ClientHello. Returns false if
// bytes of it are missing. Its records are walked afterwards, like all others.
bool TlsObserver::read_handshake(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                                 TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  const Span bytes = reader_->read_item(&side, direct);
  if (bytes.size == 0) return false;
  const bool is_client = side.item() == StreamStart::kClientHello;
  HandshakeRead read;
  if (!side.is_worn_out()) {
    read = reader_->read_message(bytes, is_client ? kHandshakeClientHello : kHandshakeServerHello);
  }
  if (read.progress == Progress::kMore) {
    side.need(read.needed);
    return false;
  }
  size_t checked = 1;
  if (read.progress == Progress::kDone) {
    checked = read.consumed;
    if (is_client) {
      const uint32_t segments = reader_->item_segments(side, checked, direct);
      on_client_hello(track, side_index, read.message, segments, packet, result);
    } else {
      on_server_hello(track, read.message, packet.ts_ns);
    }
  }
  track->tls.checked_[side_index] = side.item_seq() + static_cast<uint32_t>(checked);
  track->tls.has_checked_[side_index] = true;
  side.move_to(side.item_seq());
  side.end_item();
  return true;
}

void TlsObserver::on_server_hello(Track* track, Span message, int64_t ts_ns) {
  constexpr uint16_t kTls13 = 0x0304;
  constexpr uint16_t kTls13Drafts = 0x7f00;
  ServerHelloInfo info;
  if (!parse_server_hello(message, &info)) return;
  FlowFacts& flow = *track->facts;
  if (info.is_hello_retry_request) {
    flow.flags |= kFlowRetried;
    return;
  }
  TlsState& tls = track->tls;
  tls.server_seen_ = tls.version_known_ = true;
  tls.is_tls13_ = info.selected_version == kTls13 || (info.selected_version & 0xff00) == kTls13Drafts;
  flow.flags |= kFlowServerHello;
  // RFC 8446 §4.1.3: the server of TLS 1.3 echoes the session id, an empty one too.
  const bool is_other_session = flow.hello != nullptr && text_hash(info.session_id) != flow.hello->session_hash;
  if (tls.is_tls13_ && is_other_session) flow.flags |= kFlowContradicted;
  if (tls.is_tls13_) flow.flags |= kFlowTls13;
  const bool is_echo = flow.hello != nullptr && !is_other_session && info.session_id.size > 0;
  const bool is_resumed = tls.is_tls13_ ? info.psk_selected : is_echo;
  if (is_resumed) flow.flags |= kFlowResumed;
  if (!track->cutter) return;
  track->cutter->set_server(tls.is_tls13_, info.cipher, is_resumed);
  if (flow.hello != nullptr) track->cutter->set_round_trip(ts_ns - flow.hello->ts_ns);
}

// Treats the bytes before the first waiting segment as lost. Returns false if nothing waits.
bool TlsObserver::fill_hole(Track* track, unsigned side_index, const Packet& packet, TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  if (!side.has_pieces()) return false;
  if (side.has_item()) {
    track->tls.checked_[side_index] = side.item_seq() + 1;
    track->tls.has_checked_[side_index] = true;
    side.end_item();
    scan(track, side_index, nullptr, packet, result);
    if (!side.has_pieces() || side.has_item()) return side.has_pieces();
  }
  const StreamChunk& first = tracks_->first_piece(side);
  const uint32_t hole = first.seq - side.next();
  if (hole == 0 || hole > kMaxHole) return false;
  skip_bytes(track, side_index, hole, first.ts_ns);
  scan(track, side_index, nullptr, packet, result);
  return true;
}

void TlsObserver::skip_bytes(Track* track, unsigned side_index, uint32_t count, int64_t ts_ns) {
  track->facts->lost[side_index] += count;
  track->sides[side_index].move_by(count);
  while (count > 0) {
    ScannedRecord record;
    count = track->tls.scanners_[side_index].skip(count, ts_ns, &record);
    if (record.count > 0) on_record(track, side_index, record);
  }
}

// True if the wait for the bytes acknowledged by the other side is over; it starts with the first acknowledgement.
bool TlsObserver::is_claim_due(Track* track, unsigned side_index, uint32_t acknowledgement, int64_t now_ns) {
  TlsState& tls = track->tls;
  if (tls.is_claimed_[side_index] && seq_before(track->sides[side_index].next(), tls.claimed_[side_index])) {
    return is_overdue(tls.claimed_since_ns_[side_index], now_ns);
  }
  tls.is_claimed_[side_index] = true;
  tls.claimed_[side_index] = acknowledgement;
  tls.claimed_since_ns_[side_index] = now_ns;
  return false;
}

// Acknowledged bytes have passed the capture point, or never will: holes below them wait no
// longer than the maximum difference of the two directions.
void TlsObserver::on_acknowledgement(Track* track, unsigned side_index, bool was_waited_for, const Packet& packet,
                                     TrackResult* result) {
  const unsigned other = 1 - side_index;
  StreamSide& side = track->sides[other];
  if (!side.is_known() || !seq_before(side.next(), packet.acknowledgement)) return;
  if (side.has_ahead() && !was_waited_for) return;
  // An answer to missing bytes: they were lost at the end of the data of the other side.
  if (!side.has_pieces() && packet.payload_bytes == 0) return;
  if (!was_waited_for && !is_claim_due(track, other, packet.acknowledgement, packet.ts_ns)) return;
  uint32_t until = was_waited_for ? packet.acknowledgement : track->tls.claimed_[other];
  if (side.has_ahead() && seq_before(tracks_->first_ahead(side).seq, until)) {
    until = tracks_->first_ahead(side).seq;  // stored and pending
  }
  while (side.has_pieces()) {
    if (seq_before(until, tracks_->first_piece(side).seq)) return;
    if (!fill_hole(track, other, packet, result)) break;
  }
  if (side.has_pieces() || packet.payload_bytes == 0) return;
  const uint32_t missing = until - side.next();
  // One byte is a FIN.
  if (seq_before(side.next(), until) && missing > 1 && missing <= kMaxHole) {
    skip_bytes(track, other, missing, packet.ts_ns);
  }
}

void TlsObserver::finish(Track* track) {
  const Packet none{};
  TrackResult ignored;
  for (unsigned side = 0; side < 2; ++side) {
    while (fill_hole(track, side, none, &ignored)) {
    }
    ScannedRecord stretch;
    track->tls.scanners_[side].settle(&stretch);
    if (stretch.count > 0) on_record(track, side, stretch);
  }
  note_form(track);
}

}  // namespace wiretally

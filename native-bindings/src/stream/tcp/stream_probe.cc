// StreamProbe: the order in which bytes of a flow are probed, and the limit of the probe.
#include "stream_probe.h"

#include <algorithm>

namespace wiretally {

namespace {

// A flow without an observed SYN may begin with a later piece of a hello: this many segments of its first
// side are stored until the first piece arrives.
constexpr uint16_t kEarlySegments = 12;
constexpr uint32_t kEarlyBytes = 20'000;

// Maximum payload segments, and bytes, of a flow without a hello that are probed. Upgrades to TLS occur within the first few
// commands; proxies and mail clients seldom need more than twenty.
constexpr uint32_t kShortSegments = 16;
constexpr uint32_t kClientSegments = 64;
constexpr uint32_t kClientBytes = 65'536;
constexpr uint32_t kFewBytes = 2048;  // below it segments are tiny, and more of them are probed
constexpr uint32_t kTinySegments = 512;
constexpr uint32_t kServerSegments = 192;
constexpr uint32_t kServerBytes = 262'144;

// A segment this far from the position of a flow belongs to another connection, or to none.
constexpr int32_t kMaxSequenceJump = 1 << 26;

// Maximum number of pieces that wait for a hole to fill, without a sign of a hello among them.
constexpr uint32_t kMaxIdleChunks = 40;

bool starts_hello(Span bytes) { return looks_like_client_hello_start(bytes) == Likeness::kYes; }

bool starts_record(Span bytes) {
  TlsRecordHeader record;
  return read_tls_record_header(bytes, &record) && is_tls_record_header(record);
}

}  // namespace

bool StreamProbe::is_early(const Track& track, unsigned side_index) const {
  const ProbeState::Side& own = track.probe.sides_[side_index];
  return track.sides[side_index].is_guessed() && track.is_client(side_index) && track.phase == Phase::kWatch &&
         !has_seen(track, 1 - side_index) && own.segments <= kEarlySegments && own.bytes <= kEarlyBytes;
}

Place StreamProbe::place_of(const Track& track, unsigned side_index) const {
  const ProbeState::Side& own = track.probe.sides_[side_index];
  Place place;
  place.is_first = !own.has_passed;
  place.after_greeting = own.after_greeting;
  place.wants_agent = watchlist_ != nullptr && watchlist_->has_agents();
  place.is_dns = track.phase == Phase::kDns;
  return place;
}

// Drops pending payload; the flow continues at `seq`.
void StreamProbe::give_up_to(Track* track, unsigned side_index, uint32_t seq) {
  tracks_->clear_pieces(track, side_index);
  track->sides[side_index].move_to(seq);
  track->probe.sides_[side_index].has_passed = true;
}

// Returns false if no more bytes of the flow need to be probed.
bool StreamProbe::look_at_first(Track* track, unsigned side_index, const Segment& segment) {
  const Span reply = segment.data;
  const bool is_greeted = !track->is_client(side_index) && track->probe.sides_[1 - side_index].after_greeting;
  if (is_greeted && reply.size == 2 && reply.data[0] == 5 && reply.data[1] != kSocksNoMethod) {
    note_proxy(track, ProxyKind::kSocks5, ProxyTarget());
  }
  StreamLook look = look_at_stream(segment.data);
  // Only the first bytes of the client can be random, and only in a flow with an observed SYN. Behind a missing packet,
  // the middle of a ClientHello or of a TLS record looks random too.
  const StreamSide& side = track->sides[side_index];
  const bool is_first = track->is_client(side_index) && side.is_known() && segment.seq == side.next();
  if (look.hint == AppHint::kUnknown && is_first && is_random(segment.data)) look.hint = AppHint::kEncrypted;
  track->probe.budget_ = std::max(track->probe.budget_, look.budget);
  if (look.hint != AppHint::kUnknown) track->facts->hint = look.hint;
  if (look.budget == ProbeBudget::kNone) track->phase = Phase::kDone;
  return track->phase != Phase::kDone;
}

// A server that sends a ServerHello first acknowledges a hello that has not been seen as a whole: the segments of two
// taps have waited for each other before they come here, so bytes of it are missing.
bool StreamProbe::answers_lost_hello(const Track& track, unsigned side_index, const Segment& segment,
                                     const Packet& packet) {
  constexpr uint8_t kHandshakeRecord = 22, kMajorVersion = 3;
  constexpr size_t kTypeAt = 5;
  if (track.phase != Phase::kWatch || track.is_client(side_index) || has_seen(track, side_index)) return false;
  const Span bytes = segment.data;
  const bool is_server_hello = bytes.size > kTypeAt && bytes.data[0] == kHandshakeRecord &&
                               bytes.data[1] == kMajorVersion && bytes.data[kTypeAt] == kHandshakeServerHello;
  if (!is_server_hello || (packet.tcp_flags & kTcpAck) == 0) return false;
  // If the client's packets take another path, nothing of it is known.
  const StreamSide& client = track.sides[track.facts->client_side];
  return client.is_known() && (client.has_item() || seq_before(client.next(), packet.acknowledgement));
}

void StreamProbe::on_late_hello(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                                TrackResult* result) {
  tracks_->clear_pieces(track, side_index);
  track->phase = Phase::kWatch;
  StreamSide& side = track->sides[side_index];
  side.end_item();
  side.begin_item(StreamStart::kClientHello, segment.seq);
  take_in(track, side_index, segment, packet, result);
}

void StreamProbe::on_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                             TrackResult* result) {
  if (answers_lost_hello(*track, side_index, segment, packet)) {
    tls_->begin_at_answer(track, side_index, packet);
    tls_->on_segment(track, side_index, segment, packet, result);
    return;
  }
  StreamSide& side = track->sides[side_index];
  ProbeState::Side& own = track->probe.sides_[side_index];
  if (own.segments == 0 && track->phase == Phase::kWatch && !look_at_first(track, side_index, segment)) return;
  // Only later packets show that it is TLS if its first ones are missing.
  if (track->facts->hint == AppHint::kUnknown && starts_record(segment.data)) track->facts->hint = AppHint::kTls;
  if (own.segments < UINT16_MAX) ++own.segments;
  own.bytes = std::min(UINT32_MAX - segment.extent, own.bytes) + segment.extent;
  if (!side.is_known()) side.guess(segment.seq);
  const int32_t jump = static_cast<int32_t>(segment.seq - side.next());
  if (jump > kMaxSequenceJump || jump < -kMaxSequenceJump) {
    reader_->abandon_item(track, side_index);
    give_up_to(track, side_index, segment.seq);
    take_in(track, side_index, segment, packet, result);
  } else if (!seq_before(side.has_item() ? side.item_seq() : side.next(), segment.end())) {
    on_old_segment(track, side_index, segment, packet, result);
  } else if (!side.has_item() && jump > 0) {
    on_ahead_segment(track, side_index, segment, packet, result);
  } else {
    const uint32_t looked_at = side.has_item() ? side.item_seq() : side.next();
    const bool is_overlapped = seq_before(segment.seq, looked_at) && !track->has_hello_item;
    if (is_overlapped && starts_hello(segment.data)) {
      note_replaced(track, side_index);
      side.begin_item(StreamStart::kClientHello, segment.seq);
    }
    take_in(track, side_index, segment, packet, result);
  }
  if (track->phase == Phase::kWatch) charge(track);
}

// A hello at the position of other bytes: one of the two is a decoy.
void StreamProbe::note_replaced(Track* track, unsigned side_index) {
  const bool is_known = !track->sides[side_index].is_guessed();
  if (is_known && track->probe.sides_[side_index].has_passed) track->facts->flags |= kFlowContradicted;
}

// Handles a segment behind a hole: a hello is read where it begins, everything else waits.
void StreamProbe::on_ahead_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                                   TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  if (starts_hello(segment.data)) {
    side.begin_item(StreamStart::kClientHello, segment.seq);
    take_in(track, side_index, segment, packet, result);
  } else if (side.pieces().chunks > kMaxIdleChunks || !tracks_->hold_piece(track, side_index, segment, false)) {
    give_up_to(track, side_index, segment.end());  // a permanent hole
  }
}

// Handles a segment with known bytes only, or before the known ones: in a flow without an observed SYN it may be the
// first piece, after later ones.
void StreamProbe::on_old_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                                 TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  if (track->has_hello_item && side.has_item()) return;
  const bool is_hello = starts_hello(segment.data);
  if (!is_hello && !is_early(*track, side_index)) return;
  Place first;
  first.is_first = true;
  first.wants_agent = watchlist_ != nullptr && watchlist_->has_agents();
  const StreamStart start = is_hello ? StreamStart::kClientHello : stream_start_of(segment.data, first);
  if (start != StreamStart::kNone) {
    if (is_hello) note_replaced(track, side_index);
    side.begin_item(start, segment.seq);
    take_in(track, side_index, segment, packet, result);
  } else {
    tracks_->hold_piece(track, side_index, segment, false);
  }
}

void StreamProbe::take_in(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                          TrackResult* result) {
  const StreamSide& side = track->sides[side_index];
  if (!side.has_pieces()) {
    advance(track, side_index, &segment, packet, result);
  } else if (tracks_->hold_piece(track, side_index, segment, side.has_item())) {
    advance(track, side_index, nullptr, packet, result);
  } else {
    reader_->abandon_item(track, side_index);
    give_up_to(track, side_index, segment.end());
  }
}

// Ends the probe of the flow when its budget is spent.
void StreamProbe::charge(Track* track) {
  const ProbeState::Side& client = track->probe.sides_[track->facts->client_side];
  const ProbeState::Side& server = track->probe.sides_[1 - track->facts->client_side];
  const bool is_client_over = client.segments > (client.bytes > kFewBytes ? kClientSegments : kTinySegments);
  bool is_over = is_client_over || client.bytes > kClientBytes || server.segments > kServerSegments * 4 ||
                 (server.segments > kServerSegments && server.bytes > kFewBytes) || server.bytes > kServerBytes;
  if (track->probe.budget_ == ProbeBudget::kShort) is_over = client.segments + server.segments > kShortSegments;
  // A hello in progress has its own limits, in bytes; meanwhile, data of the other side count here.
  if (track->has_hello_item) {
    is_over = client.segments > kServerSegments * 8 || server.segments > kServerSegments;
  }
  if (is_over) track->phase = Phase::kDone;
}

}  // namespace wiretally

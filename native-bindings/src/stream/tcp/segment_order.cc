#include "segment_order.h"

#include <algorithm>
#include <cstring>

#include "../../base/uninitialized.h"

namespace wiretally {

namespace {

// Builds a packet from a stored segment, as if it arrived with the current packet.
Packet packet_of(const Segment& segment, uint32_t acknowledgement, bool is_other_side, const Packet& at_hand) {
  Packet own = at_hand;
  if (is_other_side) {
    std::swap_ranges(own.ends.source, own.ends.source + sizeof own.ends.source, own.ends.destination);
    std::swap(own.ends.source_port, own.ends.destination_port);
    std::swap(own.source_mac, own.destination_mac);
  }
  own.ts_ns = segment.ts_ns;
  own.payload = segment.data;
  own.payload_bytes = segment.extent;
  own.sequence = segment.seq;
  own.acknowledgement = acknowledgement;
  own.tcp_flags = kTcpAck;
  own.cut_short = segment.data.size < segment.extent;
  return own;
}

}  // namespace

SegmentOrder::SegmentOrder(TrackStore* tracks, TlsObserver* tls, SegmentTaker* taker)
    : tracks_(tracks), tls_(tls), taker_(taker), replayed_(make_uninitialized<uint8_t>(kMaxHelloStream)) {}

void SegmentOrder::note_seen(OrderState* state, unsigned side, uint32_t end) {
  if (!state->has_seen_[side] || seq_before(state->seen_end_[side], end)) state->seen_end_[side] = end;
  state->has_seen_[side] = true;
}

void SegmentOrder::note_arrival(Track* track, unsigned side_index, const Segment& segment) {
  // A side begins at the number that the other one acknowledges, except for losses and retransmissions: forged numbers differ.
  constexpr int32_t kMaxFirstDistance = 65'536;
  const StreamSide& side = track->sides[side_index];
  if (!track->order.has_arrived_[side_index]) {
    track->order.has_arrived_[side_index] = true;
    track->order.seen_begin_[side_index] = segment.seq;
    const int32_t distance = side.is_known() ? static_cast<int32_t>(segment.seq - side.next()) : 0;
    track->order.is_misplaced_[side_index] = distance > kMaxFirstDistance || distance < -kMaxFirstDistance;
  }
  note_seen(&track->order, side_index, segment.end());
}

bool SegmentOrder::denies_all(const Track& track, unsigned side_index, uint32_t sequence) {
  return track.order.is_acknowledged_[side_index] && sequence == track.order.seen_begin_[side_index];
}

void SegmentOrder::note_acknowledgement(Track* track, unsigned side_index, uint32_t acknowledgement) {
  OrderState& order = track->order;
  const unsigned other = 1 - side_index;
  if (!order.has_arrived_[other] || order.is_misplaced_[other] || order.is_acknowledged_[other]) return;
  const uint32_t behind_fin = order.seen_end_[other] + 1;
  if (!seq_before(order.seen_begin_[other], acknowledgement) || seq_before(behind_fin, acknowledgement)) return;
  order.is_acknowledged_[other] = true;
  if (order.is_acknowledged_[side_index]) track->facts->flags |= kFlowAnswered;
}

// True if acknowledged bytes of the side are missing, at its end or in a hole.
bool SegmentOrder::lacks(const Track& track, unsigned side_index, uint32_t acknowledgement) const {
  const StreamSide& side = track.sides[side_index];
  const bool has_seen = track.order.has_seen_[side_index];
  // Pending segments themselves are not processed yet.
  if (side.has_ahead() && seq_before(tracks_->first_ahead(side).seq, acknowledgement)) return true;
  if (!side.is_known() && !has_seen) return false;
  uint32_t seen = has_seen ? track.order.seen_end_[side_index] : side.next();
  if (side.is_known() && seq_before(seen, side.next())) seen = side.next();
  const uint32_t missing = acknowledgement - seen;
  if (seq_before(seen, acknowledgement) && missing > 1) return missing <= kMaxHole;  // one byte is a FIN
  if (track.phase != Phase::kTls || !side.has_pieces() || !side.is_known()) return false;
  const uint32_t behind_hole = tracks_->first_piece(side).seq;
  return seq_before(side.next(), behind_hole) && !seq_before(acknowledgement, behind_hole);
}

bool SegmentOrder::hold_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                                TrackResult* result) {
  const bool has_ack = (packet.tcp_flags & kTcpAck) != 0;
  const bool is_ahead = has_ack && track->phase != Phase::kDns && lacks(*track, 1 - side_index, packet.acknowledgement);
  if (!track->sides[side_index].has_ahead() && !is_ahead) return false;
  const uint32_t acknowledgement = has_ack ? packet.acknowledgement : track->sides[1 - side_index].next();
  if (tracks_->hold_ahead(track, side_index, segment, acknowledgement)) return true;
  release_side(track, side_index, packet, result);
  if (track->phase == Phase::kTls && has_ack) tls_->on_acknowledgement(track, side_index, true, packet, result);
  return false;
}

// Each processed segment may release the other side.
void SegmentOrder::release_segments(Track* track, const Packet& packet, TrackResult* result) {
  for (unsigned still = 0; still < 2;) {
    ++still;
    for (unsigned side = 0; side < 2; ++side) {
      while (track->sides[side].has_ahead() && track->phase != Phase::kDone) {
        const StreamChunk& chunk = tracks_->first_ahead(track->sides[side]);
        const bool is_missing = lacks(*track, 1 - side, chunk.acknowledgement);
        if (is_missing && !is_overdue(chunk.ts_ns, packet.ts_ns)) break;
        replay(track, side, is_missing, packet, result);
        still = 0;
      }
    }
  }
}

void SegmentOrder::release_side(Track* track, unsigned side_index, const Packet& packet, TrackResult* result) {
  while (track->sides[side_index].has_ahead() && track->phase != Phase::kDone) {
    replay(track, side_index, true, packet, result);
  }
}

void SegmentOrder::release_all(Track* track) {
  const Packet none{};
  TrackResult ignored;
  const StreamSide(&sides)[2] = track->sides;
  while (track->phase != Phase::kDone && (sides[0].has_ahead() || sides[1].has_ahead())) {
    const bool is_second = !sides[0].has_ahead() || (sides[1].has_ahead() && tracks_->first_ahead(sides[1]).ts_ns <
                                                                                 tracks_->first_ahead(sides[0]).ts_ns);
    replay(track, is_second ? 1 : 0, true, none, &ignored);
  }
}

// Joins the chunks of the first segment that waits for a gap before it.
Segment SegmentOrder::join_first(const StreamSide& side) {
  const StreamPool& pool = tracks_->pool();
  const StreamChunk& first = tracks_->first_ahead(side);
  Segment segment{first.seq, Span{replayed_.get(), 0}, 0, first.ts_ns};
  for (uint32_t index = side.ahead().head; index != 0; index = pool.chunk(index).next) {
    const StreamChunk& chunk = pool.chunk(index);
    const bool goes_on = chunk.segments == 0 && chunk.seq == segment.end() && segment.data.size == segment.extent;
    if (segment.extent > 0 && (!goes_on || segment.data.size + chunk.length > kMaxHelloStream)) break;
    memcpy(replayed_.get() + segment.data.size, chunk.bytes, chunk.length);
    segment.data.size += chunk.length;
    segment.extent += chunk.extent;
  }
  return segment;
}

// Processes the first pending segment as if it arrived now. `packet` is the current one, of either side.
void SegmentOrder::replay(Track* track, unsigned side_index, bool is_late, const Packet& packet, TrackResult* result) {
  const uint32_t acknowledgement = tracks_->first_ahead(track->sides[side_index]).acknowledgement;
  const Segment segment = join_first(track->sides[side_index]);
  tracks_->drop_ahead(track, side_index, segment.end());
  const bool is_other = side_of(packet.ends) != side_index;
  const Packet own = packet_of(segment, acknowledgement, is_other, packet);
  if (is_late) {
    if (track->phase == Phase::kTls) tls_->on_acknowledgement(track, side_index, true, own, result);
    note_seen(&track->order, 1 - side_index, acknowledgement);
  }
  const bool was_found = result->hello_sender_is_source;
  result->hello_sender_is_source = false;
  taker_->take_segment(track, side_index, segment, own, result);
  if (is_other && result->hello_sender_is_source) {
    result->hello_sender_is_destination = true;
    result->hello_sender_is_source = false;
  }
  result->hello_sender_is_source = result->hello_sender_is_source || was_found;
  tracks_->unhold_when_empty(track);
}

}  // namespace wiretally

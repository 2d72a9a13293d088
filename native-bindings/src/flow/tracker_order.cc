// Segments in the order in which they were sent. The two directions of a flow may come from two taps, or from two queues
// of one card, and then an answer may stand in the capture before what it answers. It shows by acknowledging bytes that
// have not come: such segments wait for them, and bytes count as lost when they are still missing after that.
#include <algorithm>
#include <cstring>

#include "tracker_state.h"

namespace wiretally {

namespace {

// How far the two directions may be apart, by the capture's clock. Taps that are set by NTP differ by some
// milliseconds, queues of cards and the merging of files add tens. A retransmission comes after 200 ms at the soonest
// (RFC 6298 §2.4 says a second, Linux 200 ms), so that what is waited for longer is seen another way.
constexpr int64_t kMaxSkewNs = 100'000'000;

// Memory that one side may hold while it waits: 93 kB. Answers begin small; what is more has waited in vain.
constexpr size_t kMaxAheadChunks = 192;

}  // namespace

// The clock may have been set back meanwhile: then nobody knows how long it was.
bool Tracker::State::is_overdue(int64_t since_ns) const {
  return now_ns - since_ns > kMaxSkewNs || since_ns - now_ns > kMaxSkewNs;
}

// True when what the other side acknowledges has been waited for; the wait begins with the first that claims it.
bool Tracker::State::is_claim_due(Side* side, uint32_t acknowledgement) const {
  if (side->is_claimed && seq_before(side->next, side->claimed)) return is_overdue(side->claimed_ns);
  side->is_claimed = true;
  side->claimed = acknowledgement;
  side->claimed_ns = now_ns;
  return false;
}

// True when bytes of the side that the other one has acknowledged have not come, at its end or in a hole.
bool Tracker::State::lacks(const Track& track, unsigned side_index, uint32_t acknowledgement) const {
  const Side& side = track.sides[side_index];
  // What waits itself has not been looked at.
  if (side.ahead.head != 0 && seq_before(pool.chunk(side.ahead.head).seq, acknowledgement)) return true;
  if (!side.is_known && !side.has_seen) return false;
  uint32_t seen = side.has_seen ? side.seen_end : side.next;
  if (side.is_known && seq_before(seen, side.next)) seen = side.next;
  const uint32_t missing = acknowledgement - seen;
  if (seq_before(seen, acknowledgement) && missing > 1) return missing <= kMaxHole;  // one byte is a FIN
  if (track.phase != Phase::kTls || side.pieces.head == 0 || !side.is_known) return false;
  const uint32_t behind_hole = pool.chunk(side.pieces.head).seq;
  return seq_before(side.next, behind_hole) && !seq_before(acknowledgement, behind_hole);
}

// False: the segment is to be looked at now. Behind one that waits all wait.
bool Tracker::State::keep_back(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                               TrackResult* result) {
  Side& side = track->sides[side_index];
  const bool has_ack = (packet.tcp_flags & kTcpAck) != 0;
  const bool is_ahead = has_ack && track->phase != Phase::kDns && lacks(*track, 1 - side_index, packet.acknowledgement);
  if (side.ahead.head == 0 && !is_ahead) return false;
  const size_t chunks = segment.data.size / StreamChunk::kBytes + 2;
  if (segment.data.size <= kMaxHelloStream && side.ahead.chunks + chunks <= kMaxAheadChunks) {
    hold(track, HoldList::kStream);
    const ListHead& head = holds[static_cast<size_t>(HoldList::kStream)];
    while (pool.free_chunks() < chunks && head.first != index_of(*track)) evict_hold(HoldList::kStream);
    const uint32_t acknowledgement = has_ack ? packet.acknowledgement : track->sides[1 - side_index].next;
    const bool is_kept = pool.add(&side.ahead, segment.seq, segment.data, segment.extent, segment.ts_ns, false,
                                  acknowledgement);
    if (is_kept) return true;
  }
  let_go_all(track, side_index, packet, result);
  if (track->phase == Phase::kTls && has_ack) on_acknowledgement(track, side_index, true, packet, result);
  return false;
}

// Looks at what need not wait any longer. Each look may free the other side.
void Tracker::State::let_go(Track* track, const Packet& packet, TrackResult* result) {
  for (unsigned still = 0; still < 2;) {
    ++still;
    for (unsigned side = 0; side < 2; ++side) {
      while (track->sides[side].ahead.head != 0 && track->phase != Phase::kDone) {
        const StreamChunk& chunk = pool.chunk(track->sides[side].ahead.head);
        const bool is_missing = lacks(*track, 1 - side, chunk.acknowledgement);
        if (is_missing && !is_overdue(chunk.ts_ns)) break;
        replay(track, side, is_missing, packet, result);
        still = 0;
      }
    }
  }
}

void Tracker::State::let_go_all(Track* track, unsigned side_index, const Packet& packet, TrackResult* result) {
  while (track->sides[side_index].ahead.head != 0 && track->phase != Phase::kDone) {
    replay(track, side_index, true, packet, result);
  }
}

// Of both sides, in the order in which they came.
void Tracker::State::let_go_both(Track* track, const Packet& packet, TrackResult* result) {
  while (track->phase != Phase::kDone) {
    const uint32_t heads[2] = {track->sides[0].ahead.head, track->sides[1].ahead.head};
    if (heads[0] == 0 && heads[1] == 0) return;
    const bool is_second =
        heads[0] == 0 || (heads[1] != 0 && pool.chunk(heads[1]).ts_ns < pool.chunk(heads[0]).ts_ns);
    replay(track, is_second ? 1 : 0, true, packet, result);
  }
}

// Looks at the first segment that waits as if it came now. `packet` is the one at hand, of either side.
void Tracker::State::replay(Track* track, unsigned side_index, bool is_overdue, const Packet& packet,
                            TrackResult* result) {
  Side& side = track->sides[side_index];
  const StreamChunk& first = pool.chunk(side.ahead.head);
  Segment segment{first.seq, Span{replayed.get(), 0}, 0, first.ts_ns};
  Packet own = packet;
  own.acknowledgement = first.acknowledgement;
  for (uint32_t index = side.ahead.head; index != 0; index = pool.chunk(index).next) {
    const StreamChunk& chunk = pool.chunk(index);
    const bool goes_on = chunk.segments == 0 && chunk.seq == segment.end() && segment.data.size == segment.extent;
    if (segment.extent > 0 && (!goes_on || segment.data.size + chunk.length > kMaxHelloStream)) break;
    memcpy(replayed.get() + segment.data.size, chunk.bytes, chunk.length);
    segment.data.size += chunk.length;
    segment.extent += chunk.extent;
  }
  pool.drop_before(&side.ahead, segment.end());
  const bool is_other = side_of(packet.ends) != side_index;
  if (is_other) {
    std::swap_ranges(own.ends.source, own.ends.source + sizeof own.ends.source, own.ends.destination);
    std::swap(own.ends.source_port, own.ends.destination_port);
    std::swap(own.source_mac, own.destination_mac);
  }
  own.ts_ns = segment.ts_ns;
  own.payload = segment.data;
  own.payload_bytes = segment.extent;
  own.sequence = segment.seq;
  own.tcp_flags = kTcpAck;
  own.cut_short = segment.data.size < segment.extent;
  if (is_overdue) {
    Side& other = track->sides[1 - side_index];
    if (track->phase == Phase::kTls) on_acknowledgement(track, side_index, true, own, result);
    if (!other.has_seen || seq_before(other.seen_end, own.acknowledgement)) other.seen_end = own.acknowledgement;
    other.has_seen = true;
  }
  const bool was_found = result->hello_sender_is_source;
  result->hello_sender_is_source = false;
  take_segment(track, side_index, segment, own, result);
  if (is_other && result->hello_sender_is_source) {
    result->hello_sender_is_destination = true;
    result->hello_sender_is_source = false;
  }
  result->hello_sender_is_source = result->hello_sender_is_source || was_found;
  unhold_when_empty(track);
}

}  // namespace wiretally

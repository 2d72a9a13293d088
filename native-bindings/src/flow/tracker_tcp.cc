// TCP flows before their ClientHello: in which order their bytes are looked at, and for how long.
#include <algorithm>

#include "tracker_state.h"

namespace wiretally {

namespace {

// A flow that was joined without its SYN may begin with a later piece of a hello: that many segments of its first
// side are kept until the first piece shows up.
constexpr uint16_t kEarlySegments = 12;
constexpr uint32_t kEarlyBytes = 20'000;

// Payload segments, and bytes, of a flow without a hello that are looked at. Upgrades to TLS come within the first few
// commands; proxies and mail clients seldom need more than twenty.
constexpr uint32_t kShortSegments = 16;
constexpr uint32_t kClientSegments = 64;
constexpr uint32_t kClientBytes = 65'536;
constexpr uint32_t kFewBytes = 2048;  // below it segments are tiny, and more of them are looked at
constexpr uint32_t kTinySegments = 512;
constexpr uint32_t kServerSegments = 192;
constexpr uint32_t kServerBytes = 262'144;

// A segment this far from where a flow stands belongs to another connection, or to nobody.
constexpr int32_t kMaxSequenceJump = 1 << 26;

// A first segment further behind the SYN than this tells nothing: the flow has been looked away from for long.
constexpr uint32_t kMaxFirstDistance = 65'536;

// Pieces that wait for a hole to fill, while nothing says that a hello is among them.
constexpr uint32_t kMaxIdleChunks = 40;

constexpr uint16_t kDnsPort = 53;

}  // namespace

// Where the flow is done, its payload state goes; what it taught stays, and a hint alone needs no slot.
void Tracker::State::settle(Track* track, TrackResult* result) {
  if (track->phase != Phase::kDone) return;
  FlowFacts* flow = track->facts;
  give_back(track);
  result->done = true;
  if (flow->hello != nullptr || flow->texts || flow->proxy_kind != ProxyKind::kNone) return;
  const AppHint hint = flow->hint;
  give_back_facts(result->id);
  result->id = hint == AppHint::kUnknown ? 0 : id_of_hint(hint);
}

Track* Tracker::State::first_look(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client,
                                  const uint32_t* first_sequence) {
  const bool is_dns = packet.ends.source_port == kDnsPort || packet.ends.destination_port == kDnsPort;
  if (is_dns && options.dns == TrackerOptions::Dns::kNone) {
    result->id = id_of_hint(AppHint::kDns);
    result->done = true;
    return nullptr;
  }
  const StreamLook look = look_at_stream(packet.payload);
  // An answer to what has not come yet tells nothing by itself.
  const bool is_answer = !from_client && first_sequence != nullptr && packet.acknowledgement != *first_sequence;
  if (!is_dns && !is_answer && look.patience == Patience::kNone) {
    result->id = id_of_hint(look.hint);
    result->done = true;
    return nullptr;
  }
  Track* track = take(&result->id, flow_id);
  track->phase = is_dns ? Phase::kDns : Phase::kWatch;
  const unsigned side = side_of(packet.ends);
  track->facts->client_side = static_cast<uint8_t>(from_client ? side : 1 - side);
  if (is_dns) track->facts->hint = AppHint::kDns;
  return track;
}

// Where both sides stand when a flow is first looked at: behind the client's SYN, if it was seen, and where the sender
// of the first packet says that the other side does.
void Tracker::State::place_sides(Track* track, const Packet& packet, bool from_client,
                                 const uint32_t* first_sequence) {
  const unsigned own = side_of(packet.ends);
  const auto place = [&](unsigned side, uint32_t sequence) {
    track->sides[side].next = sequence;
    track->sides[side].is_known = true;
  };
  if ((packet.tcp_flags & kTcpAck) != 0) place(1 - own, packet.acknowledgement);
  if (first_sequence == nullptr) return;
  const uint32_t distance = (from_client ? packet.sequence : packet.acknowledgement) - *first_sequence;
  if (distance < kMaxFirstDistance) place(from_client ? own : 1 - own, *first_sequence);
}

TrackResult Tracker::State::on_tcp(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                                   const uint32_t* first_sequence) {
  TrackResult result;
  result.id = id;
  FlowFacts* flow = facts_of(id);
  if (is_hint(id) || (flow != nullptr && flow->track == 0)) {
    result.done = true;
    return result;
  }
  if (flow == nullptr && packet.payload_bytes == 0) return result;
  Track* track =
      flow != nullptr ? at(flow->track) : first_look(&result, flow_id, packet, from_client, first_sequence);
  if (track == nullptr) return result;
  if (flow == nullptr) place_sides(track, packet, from_client, first_sequence);
  track->flow_id = flow_id;
  if (track->cutter) track->cutter->set_flow(flow_id);
  now_ns = packet.ts_ns;

  const unsigned side_index = side_of(packet.ends);
  Side& side = track->sides[side_index];
  const bool is_syn = (packet.tcp_flags & kTcpSyn) != 0;
  // Behind the hello it is a late copy: what came since must not be looked at again.
  if (is_syn && side.segments == 0 && track->phase != Phase::kTls) {
    side.next = packet.sequence + 1;
    side.is_known = true;
    side.is_guessed = false;
  }
  if (track->phase == Phase::kTls && (packet.tcp_flags & kTcpAck) != 0) {
    on_acknowledgement(track, side_index, false, packet, &result);
  }
  if (packet.payload_bytes > 0) {
    const uint32_t extent = std::max(packet.payload_bytes, static_cast<uint32_t>(packet.payload.size));
    const Segment segment{packet.sequence + (is_syn ? 1u : 0u), packet.payload, extent, packet.ts_ns};
    if (!side.has_seen || seq_before(side.seen_end, segment.end())) side.seen_end = segment.end();
    side.has_seen = true;
    if (!keep_back(track, side_index, segment, packet, &result)) {
      take_segment(track, side_index, segment, packet, &result);
    }
  }
  let_go(track, packet, &result);
  if ((packet.tcp_flags & (kTcpFin | kTcpRst)) != 0 && track->cutter) track->cutter->on_close();
  result.payload_only = track->phase != Phase::kTls;  // acknowledgements tell of holes behind a hello only
  settle(track, &result);
  return result;
}

void Tracker::State::take_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                                  TrackResult* result) {
  switch (track->phase) {
    case Phase::kTls:
      on_tls(track, side_index, segment, packet, result);
      break;
    case Phase::kPlain:
      on_plain(track, side_index, segment);
      break;
    case Phase::kDone:
      break;
    default:
      watch(track, side_index, segment, packet, result);
  }
}

bool Tracker::State::is_early(const Track& track, unsigned side_index) const {
  const Side& side = track.sides[side_index];
  return side.is_guessed && side_index == track.facts->client_side && track.phase == Phase::kWatch &&
         track.sides[1 - side_index].segments == 0 && side.segments <= kEarlySegments && side.bytes <= kEarlyBytes;
}

void Tracker::State::watch(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                           TrackResult* result) {
  Side& side = track->sides[side_index];
  if (side.segments == 0 && track->phase == Phase::kWatch) {
    const StreamLook look = look_at_stream(segment.data);
    track->patience = std::max(track->patience, look.patience);
    if (look.hint != AppHint::kUnknown) track->facts->hint = look.hint;
    if (look.patience == Patience::kNone) track->phase = Phase::kDone;
    if (track->phase == Phase::kDone) return;
  }
  if (side.segments < UINT16_MAX) ++side.segments;
  side.bytes = std::min(UINT32_MAX - segment.extent, side.bytes) + segment.extent;
  if (!side.is_known) {
    side.is_known = side.is_guessed = true;
    side.next = segment.seq;
  }
  const int32_t jump = static_cast<int32_t>(segment.seq - side.next);
  const bool has_item = side.item != Beginning::kNone;
  if (jump > kMaxSequenceJump || jump < -kMaxSequenceJump) {
    abandon_item(track, side_index);
    pool.clear(&side.pieces);
    side.next = segment.seq;
    side.has_passed = true;
    take_in(track, side_index, segment, packet, result);
  } else if (!seq_before(has_item ? side.item_seq : side.next, segment.end())) {
    watch_old(track, side_index, segment, packet, result);
  } else if (!has_item && jump > 0) {
    if (looks_like_client_hello_start(segment.data) == Likeness::kYes) {
      set_item(track, side_index, Beginning::kClientHello, segment.seq);
      take_in(track, side_index, segment, packet, result);
    } else if (side.pieces.chunks > kMaxIdleChunks || !hold_piece(track, side_index, segment, false)) {
      pool.clear(&side.pieces);  // a hole that never fills
      side.next = segment.end();
      side.has_passed = true;
    }
  } else {
    const bool is_overlapped = has_item && seq_before(segment.seq, side.item_seq) && !track->strong_item;
    if (is_overlapped && looks_like_client_hello_start(segment.data) == Likeness::kYes) {
      set_item(track, side_index, Beginning::kClientHello, segment.seq);
    }
    take_in(track, side_index, segment, packet, result);
  }
  if (track->phase == Phase::kWatch) judge_patience(track);
}

// A segment whose bytes were all seen, or which stands before what is known: in a flow joined in its middle it may be
// the first piece of what came too early.
void Tracker::State::watch_old(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                               TrackResult* result) {
  Side& side = track->sides[side_index];
  if (track->strong_item && side.item != Beginning::kNone) return;
  const bool is_hello = looks_like_client_hello_start(segment.data) == Likeness::kYes;
  const bool early = is_early(*track, side_index);
  if (!is_hello && !early) return;
  Place first;
  first.is_first = true;
  first.wants_agent = interest != nullptr && interest->has_agents();
  const Beginning beginning = is_hello ? Beginning::kClientHello : beginning_of(segment.data, first);
  if (beginning != Beginning::kNone) {
    set_item(track, side_index, beginning, segment.seq);
    take_in(track, side_index, segment, packet, result);
  } else {
    hold_piece(track, side_index, segment, false);
  }
}

void Tracker::State::take_in(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                             TrackResult* result) {
  Side& side = track->sides[side_index];
  if (side.pieces.head == 0) {
    advance(track, side_index, &segment, packet, result);
    return;
  }
  if (!hold_piece(track, side_index, segment, side.item != Beginning::kNone)) {
    abandon_item(track, side_index);
    pool.clear(&side.pieces);
    side.next = segment.end();
    side.has_passed = true;
    return;
  }
  advance(track, side_index, nullptr, packet, result);
}

void Tracker::State::judge_patience(Track* track) {
  const Side& client = track->sides[track->facts->client_side];
  const Side& server = track->sides[1 - track->facts->client_side];
  const bool is_client_over = client.segments > (client.bytes > kFewBytes ? kClientSegments : kTinySegments);
  bool is_over = is_client_over || client.bytes > kClientBytes || server.segments > kServerSegments * 4 ||
                 (server.segments > kServerSegments && server.bytes > kFewBytes) || server.bytes > kServerBytes;
  if (track->patience == Patience::kShort) is_over = client.segments + server.segments > kShortSegments;
  // A hello under way has ceilings of its own, in bytes; what the other side sends meanwhile counts here.
  if (track->strong_item) {
    is_over = client.segments > kServerSegments * 8 || server.segments > kServerSegments;
  }
  if (is_over) track->phase = Phase::kDone;
}

}  // namespace wiretally

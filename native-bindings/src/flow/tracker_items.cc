// What stands at the start of a stretch of a TCP stream and is read as a whole: hellos, proxy requests, DNS messages.
#include <algorithm>
#include <cstring>

#include "tracker_state.h"

namespace wiretally {

StreamView Tracker::State::view_at(const Side& side, uint32_t seq, const Segment* direct) const {
  if (direct != nullptr) {
    const uint32_t skip = seq - direct->seq;
    if (seq_before(seq, direct->seq) || skip >= direct->extent) return {};
    const size_t there = skip < direct->data.size ? direct->data.size - skip : 0;
    return {Span{there > 0 ? direct->data.data + skip : nullptr, there}, direct->extent - skip, direct->ts_ns};
  }
  const uint32_t index = pool.find(side.pieces, seq);
  if (index == 0) return {};
  const StreamChunk& chunk = pool.chunk(index);
  const uint32_t skip = seq - chunk.seq;
  const size_t there = skip < chunk.length ? chunk.length - skip : 0;
  return {Span{chunk.bytes + std::min<size_t>(skip, StreamChunk::kBytes), there}, chunk.extent - skip, chunk.ts_ns};
}

Span Tracker::State::item_from(Side* side, const Segment* direct) {
  Span bytes;
  if (direct != nullptr) {
    bytes = view_at(*side, side->item_seq, direct).data;
  } else if (pool.contiguous(side->pieces, side->item_seq) >= side->needed) {
    bytes = Span{gathered.get(), pool.copy(side->pieces, side->item_seq, gathered.get(), kMaxHelloStream)};
  }
  if (bytes.size < side->needed) return {};
  side->reread += static_cast<uint32_t>(bytes.size);
  return bytes;
}

// An item is read from its beginning whenever what it asked for has come, and one made of tiny records asks for a few
// bytes at a time. A hello of 1.5 kB in records of one byte and segments of sixty takes two thirds of this.
bool Tracker::State::is_worn_out(const Side& side) {
  constexpr uint32_t kMaxReread = 1u << 20;
  return side.reread > kMaxReread;
}

uint32_t Tracker::State::segment_end(const Side& side, uint32_t seq, const Segment* direct) const {
  if (direct != nullptr) return direct->end();
  uint32_t index = pool.find(side.pieces, seq);
  if (index == 0) return seq;
  uint32_t end = pool.chunk(index).end();
  for (index = pool.chunk(index).next; index != 0; index = pool.chunk(index).next) {
    const StreamChunk& chunk = pool.chunk(index);
    if (chunk.segments != 0 || chunk.seq != end) break;
    end = chunk.end();
  }
  return end;
}

Place Tracker::State::place_of(const Track& track, const Side& side) const {
  Place place;
  place.is_first = !side.has_passed;
  place.after_greeting = side.after_greeting;
  place.wants_agent = interest != nullptr && interest->has_agents();
  place.is_dns = track.phase == Phase::kDns;
  return place;
}

void Tracker::State::set_item(Track* track, unsigned side_index, Beginning item, uint32_t seq) {
  Side& side = track->sides[side_index];
  side.item = item;
  side.item_seq = seq;
  side.needed = 1;
}

void Tracker::State::abandon_item(Track* track, unsigned side_index) {
  Side& side = track->sides[side_index];
  if (side.item == Beginning::kClientHello && track->strong_item) {
    ++stats.hellos_incomplete;
    track->strong_item = false;
  }
  side.item = Beginning::kNone;
}

// Looks at the stream from `next` on: items are read as wholes, segments that begin with none are passed over.
void Tracker::State::advance(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                             TrackResult* result) {
  Side& side = track->sides[side_index];
  while (true) {
    if (side.item == Beginning::kNone) {
      const StreamView view = view_at(side, side.next, direct);
      if (view.extent == 0) break;
      const Beginning beginning = beginning_of(view.data, place_of(*track, side));
      if (beginning == Beginning::kNone) {
        side.next = segment_end(side, side.next, direct);
        side.has_passed = true;
        continue;
      }
      set_item(track, side_index, beginning, side.next);
    }
    if (!read_item(track, side_index, direct, packet, result)) break;
    if (track->phase == Phase::kTls) {
      scan(track, side_index, direct, packet, result);
      return;
    }
    if (track->phase == Phase::kPlain || track->phase == Phase::kDone) return;
  }
  hold_rest(track, side_index, direct);
}

// A segment that lies in its packet is kept from the item under way on; in a flow joined in its middle, all of it.
void Tracker::State::hold_rest(Track* track, unsigned side_index, const Segment* direct) {
  Side& side = track->sides[side_index];
  const bool has_item = side.item != Beginning::kNone;
  const bool early = track->phase == Phase::kWatch && is_early(*track, side_index);
  if (direct != nullptr && (has_item || early)) {
    Segment rest = *direct;
    if (has_item && !early && seq_before(direct->seq, side.item_seq)) {
      const StreamView view = view_at(side, side.item_seq, direct);
      rest = Segment{side.item_seq, view.data, view.extent, direct->ts_ns};
    }
    if (!hold_piece(track, side_index, rest, has_item) && has_item) {
      abandon_item(track, side_index);
      side.next = direct->end();
    }
  }
  if (!early) pool.drop_before(&side.pieces, side.item != Beginning::kNone ? side.item_seq : side.next);
  unhold_when_empty(track);
}

// Reads the item under way. False when bytes of it are missing.
bool Tracker::State::read_item(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                               TrackResult* result) {
  Side& side = track->sides[side_index];
  const Span bytes = item_from(&side, direct);
  if (bytes.size == 0) return false;
  if (is_worn_out(side)) {
    counters->count(Malformed::kTlsRecord);
    abandon_item(track, side_index);
    track->phase = Phase::kDone;
    return true;
  }
  side.needed = static_cast<uint32_t>(bytes.size) + 1;
  Progress progress = Progress::kNo;
  size_t consumed = 0;
  if (side.item == Beginning::kClientHello) {
    const HandshakeRead read = read_handshake(bytes, kHandshakeClientHello, joined.get());
    progress = read.progress;
    consumed = read.consumed;
    if (progress == Progress::kMore) {
      side.needed = static_cast<uint32_t>(read.needed);
      track->strong_item = looks_like_client_hello_start(bytes) == Likeness::kYes;
    } else {
      if (progress == Progress::kNo && track->strong_item) counters->count(Malformed::kTlsRecord);
      track->strong_item = false;
    }
    if (progress == Progress::kDone) {
      const uint32_t end = side.item_seq + static_cast<uint32_t>(consumed);
      const uint32_t segments = direct != nullptr ? 1 : pool.segments(side.pieces, side.item_seq, end);
      if (on_client_hello(track, side_index, read.message, segments, packet, result)) {
        begin_tls(track, side_index, consumed, packet);
        return true;
      }
    }
  } else {
    progress = read_request(track, side_index, bytes, packet, &consumed);
    if (track->phase == Phase::kPlain || track->phase == Phase::kDone) return true;
  }
  if (progress == Progress::kMore) return false;
  if (progress == Progress::kDone) {
    side.next = side.item_seq + static_cast<uint32_t>(consumed);
  } else {
    const uint32_t end = segment_end(side, side.item_seq, direct);
    side.next = direct != nullptr ? end : next_start(bytes, side.item_seq, end);
    side.has_passed = true;
  }
  side.item = Beginning::kNone;
  return true;
}

// Small segments of an item share a chunk; when it turns out to be none, a hello may begin inside of it.
uint32_t Tracker::State::next_start(Span bytes, uint32_t seq, uint32_t end) {
  constexpr uint8_t kHandshakeRecord = 0x16;
  for (size_t at = 1; at < bytes.size && at < end - seq; ++at) {
    const bool is_start = bytes.data[at] == kHandshakeRecord &&
                          looks_like_client_hello_start(Span{bytes.data + at, bytes.size - at}) != Likeness::kNo;
    if (is_start) return seq + static_cast<uint32_t>(at);
  }
  return end;
}

Progress Tracker::State::read_request(Track* track, unsigned side_index, Span bytes, const Packet& packet,
                                      size_t* consumed) {
  Side& side = track->sides[side_index];
  ProxyTarget target;
  Progress progress = Progress::kNo;
  switch (side.item) {
    case Beginning::kConnect:
      progress = read_connect(bytes, consumed, &target);
      if (progress == Progress::kDone) note_proxy(track, ProxyKind::kConnect, target);
      side.has_passed = true;  // what else comes first in a flow cannot come behind it
      break;
    case Beginning::kSocks4:
      progress = read_socks4(bytes, consumed, &target);
      if (progress == Progress::kDone) note_proxy(track, ProxyKind::kSocks4, target);
      break;
    case Beginning::kSocks5Greeting:
      progress = read_socks5_greeting(bytes, consumed);
      if (progress == Progress::kDone) {
        side.after_greeting = true;
        track->patience = Patience::kLong;
      }
      break;
    case Beginning::kSocks5Login:
      progress = read_socks5_login(bytes, consumed);
      break;
    case Beginning::kSocks5Request:
      progress = read_socks5_request(bytes, consumed, &target);
      if (progress == Progress::kDone) {
        side.after_greeting = false;
        note_proxy(track, ProxyKind::kSocks5, target);
      }
      break;
    case Beginning::kProxyHeader:
      progress = read_proxy_header(bytes, consumed, &target);
      if (progress == Progress::kDone) note_proxy(track, ProxyKind::kProxyProtocol, target);
      break;
    case Beginning::kHttpRequest: {
      Span agent;
      progress = read_user_agent(bytes, &agent);
      *consumed = bytes.size;
      if (progress == Progress::kDone) note_agent(track, side_index, agent, bytes, packet.ts_ns);
      break;
    }
    case Beginning::kDnsMessage: {
      Cursor cursor(bytes);
      const uint16_t length = cursor.be16();
      const Span message = cursor.take(length);
      progress = cursor.ok() ? Progress::kDone : Progress::kMore;
      *consumed = 2u + length;
      if (progress == Progress::kDone) on_dns_message(message, packet);
      break;
    }
    default:
      break;
  }
  return progress;
}

// A clear-text client of interest: its product token is kept, and the flow is cut into exchanges by plain bytes.
void Tracker::State::note_agent(Track* track, unsigned side_index, Span user_agent, Span request, int64_t ts_ns) {
  const Span product = interest->agent_product(user_agent);
  if (product.size == 0) return;
  FlowFacts& flow = *track->facts;
  if (!flow.texts) flow.texts = std::make_unique<KeptTexts>();
  flow.texts->agent_length = static_cast<uint16_t>(product.size);
  memcpy(flow.texts->agent, product.data, product.size);
  flow.client_side = static_cast<uint8_t>(side_index);
  track->phase = options.emit_exchanges ? Phase::kPlain : Phase::kDone;
  if (!options.emit_exchanges) return;
  follow(track, ExchangeUnit::kPlain, false)->set_flow(track->flow_id);
  Side& side = track->sides[side_index];
  side.item = Beginning::kNone;
  side.next = side.item_seq;
  on_plain(track, side_index, Segment{side.item_seq, request, static_cast<uint32_t>(request.size), ts_ns});
  pool.clear(&side.pieces);
}

void Tracker::State::note_proxy(Track* track, ProxyKind kind, const ProxyTarget& target) {
  track->patience = Patience::kLong;
  if (target.length == 0) return;
  FlowFacts& flow = *track->facts;
  if (!flow.texts) flow.texts = std::make_unique<KeptTexts>();
  // A request inside the tunnel of another one names the real target.
  flow.proxy_kind = kind;
  flow.texts->proxy = target;
}

}  // namespace wiretally

// StreamProbe: items at the start of a range of a TCP stream that are parsed as a whole: hellos, proxy requests, DNS
// messages.
#include <algorithm>
#include <cstring>

#include "../../protocol/http2_connect.h"
#include "stream_probe.h"

namespace wiretally {

namespace {

// Small segments of an item share a chunk; if it is not an item after all, a hello may begin inside of it.
uint32_t next_start(Span bytes, uint32_t seq, uint32_t end) {
  constexpr uint8_t kHandshakeRecord = 0x16;
  for (size_t at = 1; at < bytes.size && at < end - seq; ++at) {
    const bool is_start = bytes.data[at] == kHandshakeRecord &&
                          looks_like_client_hello_start(Span{bytes.data + at, bytes.size - at}) != Likeness::kNo;
    if (is_start) return seq + static_cast<uint32_t>(at);
  }
  return end;
}

bool is_behind_probe(const Track& track) {
  return track.phase == Phase::kTls || track.phase == Phase::kPlain || track.phase == Phase::kDone;
}

}  // namespace

// Scans the stream from `next` on: items are parsed as a whole, segments that begin with none are skipped.
void StreamProbe::advance(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                          TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  while (true) {
    if (!side.has_item()) {
      const StreamView view = reader_->view_at(side, side.next(), direct);
      if (view.extent == 0) break;
      const StreamStart start = stream_start_of(view.data, place_of(*track, side_index));
      const size_t before = start == StreamStart::kNone ? skippable_record_bytes(view.data) : 0;
      if (before > 0) {
        side.move_by(static_cast<uint32_t>(before));
        continue;
      }
      if (start == StreamStart::kNone) {
        side.move_to(reader_->segment_end(side, side.next(), direct));
        track->probe.sides_[side_index].has_passed = true;
        continue;
      }
      side.begin_item(start, side.next());
    }
    if (!read_item(track, side_index, direct, packet, result)) break;
    if (track->phase == Phase::kTls) tls_->scan(track, side_index, direct, packet, result);
    if (is_behind_probe(*track)) return;
  }
  const bool early = track->phase == Phase::kWatch && is_early(*track, side_index);
  reader_->hold_rest(track, side_index, direct, early);
}

// Reads the current item. Returns false if bytes of it are missing.
bool StreamProbe::read_item(Track* track, unsigned side_index, const Segment* direct, const Packet& packet,
                            TrackResult* result) {
  StreamSide& side = track->sides[side_index];
  const Span bytes = reader_->read_item(&side, direct);
  if (bytes.size == 0) return false;
  if (side.is_worn_out()) {
    counters_->count(Malformed::kTlsRecord);
    reader_->abandon_item(track, side_index);
    track->phase = Phase::kDone;
    return true;
  }
  side.need(bytes.size + 1);
  size_t consumed = 0;
  const Progress progress = side.item() == StreamStart::kClientHello
                                ? read_hello(track, side_index, bytes, direct, packet, result, &consumed)
                                : read_request(track, side_index, bytes, packet, &consumed);
  if (is_behind_probe(*track)) return true;
  if (progress == Progress::kMore) return false;
  if (progress == Progress::kDone) {
    side.move_to(side.item_seq() + static_cast<uint32_t>(consumed));
  } else {
    const uint32_t end = reader_->segment_end(side, side.item_seq(), direct);
    side.move_to(direct != nullptr ? end : next_start(bytes, side.item_seq(), end));
    track->probe.sides_[side_index].has_passed = true;
  }
  side.end_item();
  return true;
}

Progress StreamProbe::read_hello(Track* track, unsigned side_index, Span bytes, const Segment* direct,
                                 const Packet& packet, TrackResult* result, size_t* consumed) {
  StreamSide& side = track->sides[side_index];
  const HandshakeRead read = reader_->read_message(bytes, kHandshakeClientHello);
  *consumed = read.consumed;
  if (read.progress == Progress::kMore) {
    side.need(read.needed);
    track->has_hello_item = looks_like_client_hello_start(bytes) == Likeness::kYes;
    return read.progress;
  }
  if (read.progress == Progress::kNo && track->has_hello_item) counters_->count(Malformed::kTlsRecord);
  track->has_hello_item = false;
  if (read.progress == Progress::kDone) {
    const uint32_t segments = reader_->item_segments(side, read.consumed, direct);
    if (tls_->on_client_hello(track, side_index, read.message, segments, packet, result)) {
      // The record that ends the message may be longer than its captured part.
      const Span available{bytes.data, std::min(read.consumed, bytes.size)};
      tls_->keep_hello(track, side.item_seq(), available, packet);
      tls_->begin(track, side_index, read.consumed, packet);
    }
  }
  return read.progress;
}

Progress StreamProbe::read_request(Track* track, unsigned side_index, Span bytes, const Packet& packet,
                                   size_t* consumed) {
  StreamSide& side = track->sides[side_index];
  ProbeState::Side& own = track->probe.sides_[side_index];
  ProxyTarget target;
  ProxyKind kind = ProxyKind::kNone;
  Progress progress = Progress::kNo;
  switch (side.item()) {
    case StreamStart::kConnect:
      progress = read_connect(bytes, consumed, &target);
      kind = ProxyKind::kConnect;
      own.has_passed = true;  // other kinds of first items are not valid later
      break;
    case StreamStart::kSocks4:
      progress = read_socks4(bytes, consumed, &target);
      kind = ProxyKind::kSocks4;
      break;
    case StreamStart::kSocks5Greeting:
      progress = read_socks5_greeting(bytes, consumed);
      if (progress == Progress::kDone) {
        own.after_greeting = true;
        track->probe.budget_ = ProbeBudget::kLong;
      }
      break;
    case StreamStart::kSocks5Login: progress = read_socks5_login(bytes, consumed); break;
    case StreamStart::kSocks5Request:
      progress = read_socks5_request(bytes, consumed, &target);
      kind = ProxyKind::kSocks5;
      if (progress == Progress::kDone) own.after_greeting = false;
      break;
    case StreamStart::kProxyHeader:
      progress = read_proxy_header(bytes, consumed, &target);
      kind = ProxyKind::kProxyProtocol;
      if (progress != Progress::kNo) break;
      progress = read_http2_connect(bytes, consumed, &target);
      kind = ProxyKind::kConnect;
      break;
    case StreamStart::kHttpRequest: {
      Span agent;
      progress = read_user_agent(bytes, &agent);
      *consumed = bytes.size;
      if (progress == Progress::kDone) note_agent(track, side_index, agent, bytes, packet.ts_ns);
      break;
    }
    case StreamStart::kDnsMessage: {
      Cursor cursor(bytes);
      const uint16_t length = cursor.be16();
      const Span message = cursor.take(length);
      progress = cursor.ok() ? Progress::kDone : Progress::kMore;
      *consumed = 2u + length;
      if (progress == Progress::kDone) dns_->on_message(message, packet);
      break;
    }
    default: break;
  }
  if (kind != ProxyKind::kNone && progress == Progress::kDone) note_proxy(track, kind, target);
  return progress;
}

void StreamProbe::note_proxy(Track* track, ProxyKind kind, const ProxyTarget& target) {
  track->probe.budget_ = ProbeBudget::kLong;
  const bool is_socks = kind == ProxyKind::kSocks4 || kind == ProxyKind::kSocks5;
  // A target that the request does not name, or that was not read, is still one of a proxy.
  const bool is_news = is_socks && track->facts->proxy_kind == ProxyKind::kNone;
  if (target.length == 0 && !is_news) return;
  // A request inside the tunnel of another one names the real target.
  track->facts->proxy_kind = kind;
  track->facts->own_texts().proxy = target;
}

// A clear-text client of the watchlist: its product token is stored, and the flow is split into exchanges by plain bytes.
void StreamProbe::note_agent(Track* track, unsigned side_index, Span user_agent, Span request, int64_t ts_ns) {
  const Span product = watchlist_->agent_product(user_agent);
  if (product.size == 0) return;
  KeptTexts& texts = track->facts->own_texts();
  texts.agent_length = static_cast<uint16_t>(product.size);
  memcpy(texts.agent, product.data, product.size);
  track->facts->client_side = static_cast<uint8_t>(side_index);
  const bool is_followed = exchanges_->begin_plain(track);
  track->phase = is_followed ? Phase::kPlain : Phase::kDone;
  if (!is_followed) return;
  StreamSide& side = track->sides[side_index];
  side.end_item();
  side.move_to(side.item_seq());
  exchanges_->on_plain(track, side_index,
                       Segment{side.item_seq(), request, static_cast<uint32_t>(request.size), ts_ns});
  tracks_->clear_pieces(track, side_index);
}

}  // namespace wiretally

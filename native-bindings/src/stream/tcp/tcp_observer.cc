#include "tcp_observer.h"

#include <algorithm>

#include "../../base/ports.h"
#include "../../protocol/http.h"

namespace wiretally {

namespace {

// A first segment further after the SYN than this is no evidence: the start of the flow was not observed.
constexpr uint32_t kMaxFirstDistance = 65'536;

}  // namespace

Track* TcpObserver::first_look(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client,
                               const uint32_t* first_sequence) {
  const StreamLook look = look_at_stream(packet.payload);
  // A port proves nothing: TLS on any port is TLS.
  const bool is_dns = (packet.ends.source_port == kDnsPort || packet.ends.destination_port == kDnsPort) &&
                      look.hint == AppHint::kUnknown;
  if (is_dns && dns_->wants_none()) {
    result->id = FactStore::id_of_hint(AppHint::kDns);
    result->done = true;
    return nullptr;
  }
  // An answer to missing bytes is no evidence on its own.
  const bool is_answer = !from_client && first_sequence != nullptr && packet.acknowledgement != *first_sequence;
  if (!is_dns && !is_answer && look.budget == ProbeBudget::kNone) {
    result->id = FactStore::id_of_hint(look.hint);
    result->done = true;
    return nullptr;
  }
  Track* track = tracks_->take(&result->id, flow_id);
  track->phase = is_dns ? Phase::kDns : Phase::kWatch;
  const unsigned side = side_of(packet.ends);
  track->facts->client_side = static_cast<uint8_t>(from_client ? side : 1 - side);
  if (is_dns) track->facts->hint = AppHint::kDns;
  return track;
}

// Initial positions of both sides: after the SYN of the client, if it was captured, and at the acknowledgement
// number of the first packet.
void TcpObserver::place_sides(Track* track, const Packet& packet, bool from_client, const uint32_t* first_sequence) {
  const unsigned own = side_of(packet.ends);
  if ((packet.tcp_flags & kTcpAck) != 0) track->sides[1 - own].stand_at(packet.acknowledgement);
  if (first_sequence == nullptr) return;
  const uint32_t distance = (from_client ? packet.sequence : packet.acknowledgement) - *first_sequence;
  if (distance < kMaxFirstDistance) track->sides[from_client ? own : 1 - own].stand_at(*first_sequence);
}

void TcpObserver::begin_text(Track* track, const Segment& segment) {
  if (!checks_form_ || texts_ >= kMaxTexts || segment.data.size == 0) return;
  const bool is_dns = track->phase == Phase::kDns;
  if (!is_dns && !may_begin_http(segment.data)) return;
  const auto protocol = is_dns ? ClearText::Protocol::kDns : ClearText::Protocol::kHttp;
  track->facts->text = std::make_unique<ClearText>(protocol, &texts_);
}

Segment TcpObserver::segment_of(const Packet& packet) {
  const bool is_syn = (packet.tcp_flags & kTcpSyn) != 0;
  const uint32_t extent = std::max(packet.payload_bytes, static_cast<uint32_t>(packet.payload.size));
  return {packet.sequence + (is_syn ? 1u : 0u), packet.payload, extent, packet.ts_ns};
}

// Returns false if the following packets need not be shown until the flow table wants another sample.
bool TcpObserver::look_at_form(FlowFacts* flow, const Packet& packet) {
  const Segment segment = segment_of(packet);
  const unsigned side_index = side_of(packet.ends);
  if (flow->text && flow->text->is_reading()) {
    flow->text->on_segment(side_index, segment);
    return flow->text->is_reading();
  }
  if (!checks_form_ || (flow->flags & kFlowServerHello) == 0) return false;
  if (!flow->form.is_sampling()) flow->form.begin();
  flow->form.on_segment(side_index, segment);
  return flow->form.is_sampling();
}

TrackResult TcpObserver::on_packet(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                                   const uint32_t* first_sequence) {
  TrackResult result;
  result.id = id;
  FlowFacts* flow = facts_->find(id);
  if (FactStore::is_hint(id) || (flow != nullptr && flow->track == 0)) {
    result.done = flow == nullptr || !look_at_form(flow, packet);
    result.payload_only = true;
    return result;
  }
  if (flow == nullptr && packet.payload_bytes == 0) return result;
  Track* track = flow != nullptr ? tracks_->of(*flow)
                                 : first_look(&result, flow_id, packet, from_client, first_sequence);
  if (track == nullptr) return result;
  if (flow == nullptr) place_sides(track, packet, from_client, first_sequence);
  track->flow_id = flow_id;
  if (track->cutter) track->cutter->set_flow(flow_id);

  const unsigned side_index = side_of(packet.ends);
  const bool is_syn = (packet.tcp_flags & kTcpSyn) != 0;
  // After the hello a SYN is a late copy: later bytes must not be processed again.
  if (is_syn && !StreamProbe::has_seen(*track, side_index) && track->phase != Phase::kTls) {
    track->sides[side_index].start_behind_syn(packet.sequence + 1);
  }
  // A server that closed resets crossing packets, with its initial number: only resets of clients are evidence.
  if ((packet.tcp_flags & kTcpRst) != 0 && track->is_client(side_index) &&
      SegmentOrder::denies_all(*track, side_index, packet.sequence)) {
    track->facts->flags |= kFlowContradicted;
  }
  if ((packet.tcp_flags & kTcpAck) != 0) SegmentOrder::note_acknowledgement(track, side_index, packet.acknowledgement);
  if (track->phase == Phase::kTls && (packet.tcp_flags & kTcpAck) != 0) {
    tls_->on_acknowledgement(track, side_index, false, packet, &result);
  }
  if (packet.payload_bytes > 0) {
    const Segment segment = segment_of(packet);
    if (flow == nullptr) begin_text(track, segment);
    if (track->facts->text) track->facts->text->on_segment(side_index, segment);
    services_->on_segment(track, side_index, segment, packet, first_sequence != nullptr);
    SegmentOrder::note_arrival(track, side_index, segment);
    if (!order_.hold_segment(track, side_index, segment, packet, &result)) {
      take_segment(track, side_index, segment, packet, &result);
    }
  }
  order_.release_segments(track, packet, &result);
  if ((packet.tcp_flags & (kTcpFin | kTcpRst)) != 0 && track->cutter) track->cutter->on_close();
  // Acknowledgements show holes after a hello, and a received answer.
  result.payload_only = track->phase != Phase::kTls && track->phase != Phase::kPlain;
  result.contradicted = (track->facts->flags & kFlowContradicted) != 0;
  tracks_->settle(track, &result);
  return result;
}

void TcpObserver::take_segment(Track* track, unsigned side_index, const Segment& segment, const Packet& packet,
                               TrackResult* result) {
  switch (track->phase) {
    case Phase::kTls:
      if (TlsObserver::is_late_hello(*track, side_index, segment)) {
        probe_->on_late_hello(track, side_index, segment, packet, result);
      } else {
        tls_->on_segment(track, side_index, segment, packet, result);
      }
      break;
    case Phase::kPlain: exchanges_->on_plain(track, side_index, segment); break;
    case Phase::kDone: break;
    default: probe_->on_segment(track, side_index, segment, packet, result);
  }
}

void TcpObserver::flush(Track* track) {
  if (track->phase != Phase::kTls && track->phase != Phase::kPlain) return;
  tls_->stop_waiting(track);
  order_.release_all(track);
  if (track->phase == Phase::kTls) tls_->finish(track);
}

}  // namespace wiretally

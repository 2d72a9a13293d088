#include "service_observer.h"

#include <cstring>
#include <utility>

#include "../../protocol/http.h"
#include "../../protocol/service_signs.h"

namespace wiretally {

namespace {

// These are PRIVATE_NETWORKS of src/reading/collector/local-networks.ts: RFC 1918, 6598, 3927, 1122 §3.2.1.3, 4193,
// 4291 §2.5.3 and §2.5.6.
bool is_private(const uint8_t* address, uint8_t ip_version) {
  const uint8_t first = address[0], second = address[1];
  if (ip_version != 4) {
    static constexpr uint8_t kLoopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return (first & 0xfe) == 0xfc || (first == 0xfe && (second & 0xc0) == 0x80) ||
           memcmp(address, kLoopback, sizeof kLoopback) == 0;
  }
  return first == 10 || first == 127 || (first == 172 && (second & 0xf0) == 16) || (first == 192 && second == 168) ||
         (first == 100 && (second & 0xc0) == 64) || (first == 169 && second == 254);
}

ServiceRecord record_of(const FlowRecord& slice, bool is_turned) {
  ServiceRecord record{};
  record.first_ns = slice.first_ns;
  record.last_ns = slice.last_ns;
  record.bytes_up = is_turned ? slice.bytes_down : slice.bytes_up;
  record.bytes_down = is_turned ? slice.bytes_up : slice.bytes_down;
  memcpy(record.client_address, is_turned ? slice.server_address : slice.client_address, 16);
  memcpy(record.server_address, is_turned ? slice.client_address : slice.server_address, 16);
  record.server_port = is_turned ? slice.client_port : slice.server_port;
  record.ip_version = slice.ip_version;
  return record;
}

}  // namespace

void ServiceObserver::begin(Track* track, unsigned side, const Segment& segment, const Packet& packet, bool has_start) {
  constexpr size_t kMinRequestBytes = 5;
  constexpr uint32_t kMaxDistance = 65'536;
  const bool may_begin = track->phase == Phase::kWatch && segment.data.size > 0 && may_begin_http(segment.data);
  // If the start of the flow was seen, a request may arrive byte by byte.
  if (!may_begin || (!has_start && segment.data.size < kMinRequestBytes) || talks_ >= kMaxTalks) return;
  track->facts->talk = std::make_unique<ServiceTalk>(track->facts->client_side, &talks_);
  ServiceTalk& talk = *track->facts->talk;
  const StreamSide& own = track->sides[side];
  const bool is_behind = has_start && own.is_known() && segment.seq - own.next() < kMaxDistance;
  talk.start_at(side, is_behind ? own.next() : segment.seq);
  const bool has_ack = (packet.tcp_flags & kTcpAck) != 0;
  if (has_start && has_ack && !track->sides[1 - side].has_pieces()) talk.start_at(1 - side, packet.acknowledgement);
}

void ServiceObserver::on_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet,
                                 bool has_start) {
  if (!is_on_ || track->is_talk_over) return;
  if (!track->facts->talk) begin(track, side, segment, packet, has_start);
  if (!track->facts->talk) return;
  ServiceTalk& talk = *track->facts->talk;
  talk.on_segment(side, segment);
  if (talk.is_reading()) return;
  track->is_talk_over = true;
  if (!talk.has_signs()) track->facts->talk.reset();
}

void ServiceObserver::describe(const FlowFacts& flow, const FlowRecord& slice, unsigned client_side) {
  if (!flow.talk) {
    if (is_on_ && flow.hello != nullptr) describe_named(flow, slice);
    return;
  }
  ServiceTalk& talk = *flow.talk;
  const bool is_turned = talk.client_side() != client_side;
  const uint8_t* server = is_turned ? slice.client_address : slice.server_address;
  // Requests without a sign may go to a local service that other flows show.
  if (!talk.has_signs() && (!talk.has_requests() || !is_private(server, slice.ip_version))) return;
  ServiceRecord record = record_of(slice, is_turned);
  const uint16_t flags = talk.take(&record);
  sink_->emit(RecordType::kService, flags, &record, sizeof record, nullptr, 0);
}

void ServiceObserver::describe_named(const FlowFacts& flow, const FlowRecord& slice) {
  // These bytes are the rest of the client's handshake; further bytes are a request.
  constexpr uint64_t kHandshake = 256;
  const bool is_proxied = flow.proxy_kind != ProxyKind::kNone;
  if (is_proxied || slice.payload_down == 0 || !is_private(slice.server_address, slice.ip_version)) return;
  const Span name = flow.hello->sni();
  if (!names_model_server({reinterpret_cast<const char*>(name.data), name.size})) return;
  if (watchlist_ != nullptr && watchlist_->has_name(name)) return;
  ServiceRecord record = record_of(slice, false);
  record.signs = uint64_t{1} << static_cast<unsigned>(ServiceSign::kServerName);
  const bool is_first = slice.flow_first_ns == slice.first_ns;
  const uint64_t begun = is_first ? flow.hello->bytes + kHandshake : 0;
  record.uses = slice.payload_up > begun ? 1 : 0;
  const auto flags = static_cast<uint16_t>(kServiceUncounted | (is_first ? kServiceFirst : 0));
  sink_->emit(RecordType::kService, flags, &record, sizeof record, nullptr, 0);
}

}  // namespace wiretally

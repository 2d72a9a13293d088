// What leaves a Tracker: hellos as records of their own, DNS messages, and the hello's part of FlowRecords.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../wire/decode.h"
#include "naming.h"
#include "tracker_state.h"

namespace wiretally {

namespace {

bool lists_http2(Span alpn) {
  Cursor cursor(alpn);
  while (cursor.ok() && !cursor.empty()) {
    const Span name = cursor.take(cursor.u8());
    if (name.size == 2 && name.data[0] == 'h' && name.data[1] == '2') return true;
  }
  return false;
}

// By its own name, or by that of the target of its proxy.
bool is_listed(const InterestSet& interest, const FlowFacts& flow) {
  const KeptHello& hello = *flow.hello;
  if (interest.has_name(Span{hello.texts(), hello.sni_length})) return true;
  return flow.texts && flow.texts->proxy.length > 0 && interest.has_name(flow.texts->proxy.host());
}

size_t write_tunnels(const Packet& packet, char (&text)[256]) {
  size_t length = 0;
  for (unsigned i = 0; i < packet.tunnel_depth && i < kMaxTunnelDepth; ++i) {
    const std::string_view name = encapsulation_name(packet.tunnels[i]);
    if (length + name.size() + 1 > sizeof text) break;
    if (i > 0) text[length++] = '/';
    memcpy(text + length, name.data(), name.size());
    length += name.size();
  }
  return length;
}

Span lower_name(Span name, uint8_t* out, size_t max) {
  const size_t size = std::min(name.size, max);
  for (size_t i = 0; i < size; ++i) {
    const uint8_t c = name.data[i];
    out[i] = c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c + ('a' - 'A')) : c;
  }
  return Span{out, size};
}

HelloTransport transport_of(HelloProtocol protocol) {
  switch (protocol) {
    case HelloProtocol::kQuic: return HelloTransport::kQuic;
    case HelloProtocol::kDtls: return HelloTransport::kDtls;
    default: return HelloTransport::kTcp;
  }
}

void emit_hello(const ClientHello& hello, const Fingerprint& print, Span ja3, uint32_t segments, bool is_retry,
                uint64_t flow_id, const Packet& packet, EventSink* sink) {
  constexpr size_t kMaxSni = 4096;
  uint8_t sni[kMaxSni];
  char tunnels[256];
  HelloRecord record{};
  record.flow_id = flow_id;
  record.ts_ns = packet.ts_ns;
  memcpy(record.source_address, packet.ends.source, sizeof record.source_address);
  memcpy(record.destination_address, packet.ends.destination, sizeof record.destination_address);
  record.source_port = packet.ends.source_port;
  record.destination_port = packet.ends.destination_port;
  record.file_index = packet.file_index;
  record.hello_bytes = hello.bytes;
  record.segments = static_cast<uint16_t>(std::min<uint32_t>(segments, UINT16_MAX));
  record.legacy_version = hello.legacy_version;
  record.ip_version = packet.ends.ip_version;
  record.transport = static_cast<uint8_t>(transport_of(hello.protocol));
  record.ech = static_cast<uint8_t>(hello.ech);
  record.vlan_count = std::min<uint8_t>(packet.vlan_count, kMaxVlans);
  memcpy(record.ja3_md5, print.ja3_md5, sizeof record.ja3_md5);
  memcpy(record.ja4, print.ja4, sizeof record.ja4);
  const Span tails[6] = {lower_name(hello.sni, sni, kMaxSni), hello.alpn, hello.supported_versions, ja3,
                         Span{reinterpret_cast<const uint8_t*>(tunnels), write_tunnels(packet, tunnels)},
                         Span{reinterpret_cast<const uint8_t*>(packet.vlans), record.vlan_count * sizeof(uint16_t)}};
  record.sni_length = static_cast<uint16_t>(tails[0].size);
  record.alpn_length = static_cast<uint16_t>(tails[1].size);
  record.versions_length = static_cast<uint16_t>(tails[2].size);
  record.ja3_length = static_cast<uint16_t>(tails[3].size);
  record.tunnel_length = static_cast<uint16_t>(tails[4].size);
  record.vlan_length = static_cast<uint16_t>(tails[5].size);
  sink->emit(RecordType::kHello, static_cast<uint16_t>(is_retry ? kHelloRetry : 0), &record, sizeof record, tails, 6);
}

}  // namespace

uint64_t random_hash(const uint8_t (&random)[32]) {
  uint64_t hash = 0x9e3779b97f4a7c15ull;
  for (size_t i = 0; i < sizeof random; i += sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, random + i, sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdull;
    hash ^= hash >> 32;
  }
  return hash == 0 ? 1 : hash;
}

uint32_t text_hash(Span text) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (size_t i = 0; i < text.size; ++i) hash = (hash ^ text.data[i]) * 16777619u;
  return hash;
}

void Tracker::State::finish_hello(Track* track, uint32_t segments, bool is_retry, const Packet& packet) {
  const ClientHello& hello = *parsed;
  Fingerprint print;
  size_t ja3_length = 0;
  if (!options.emit_hellos) {
    prints.find(hello, &print);
  } else {
    fingerprint(hello, &print, ja3_text.get(), &ja3_length);
    const Span ja3{reinterpret_cast<const uint8_t*>(ja3_text.get()), std::min(ja3_length, kMaxJa3Text)};
    emit_hello(hello, print, ja3, segments, is_retry, track->flow_id, packet, sink);
  }
  if (!is_retry) ++stats.hellos_complete;
  FlowFacts& flow = *track->facts;
  if (flow.hello != nullptr) return;
  KeptHello* kept = keep_hello(hello);
  if (kept == nullptr) return;
  flow.hello = kept;
  kept->ts_ns = packet.ts_ns;
  kept->random_hash = random_hash(hello.random);
  kept->bytes = hello.bytes;
  kept->segments = static_cast<uint16_t>(std::min<uint32_t>(segments, UINT16_MAX));
  kept->legacy_version = hello.legacy_version;
  kept->ech = hello.ech;
  kept->protocol = hello.protocol;
  kept->offers_http2 = lists_http2(hello.alpn);
  kept->session_hash = text_hash(hello.session_id);
  kept->print = print;
  if (hello.protocol == HelloProtocol::kQuic) {
    flow.flags |= kFlowOverQuic;
    flow.hint = AppHint::kQuic;
  } else if (hello.protocol == HelloProtocol::kDtls) {
    flow.flags |= kFlowOverDtls;
    flow.hint = AppHint::kDtls;
  } else {
    flow.hint = AppHint::kTls;
  }
}

void Tracker::State::follow_exchanges(Track* track, ExchangeUnit unit, bool offers_http2) {
  const FlowFacts& flow = *track->facts;
  if (!options.emit_exchanges || !matters(flow)) return;
  ExchangeCutter* cutter = follow(track, unit, offers_http2);
  cutter->set_flow(track->flow_id);
  // Without a name of its own the flow may get one by its address.
  if (flow.hello->sni_length != 0 && !is_listed(*interest, flow)) cutter->wait_for_call();
}

bool Tracker::State::matters(const FlowFacts& flow) const {
  if (interest == nullptr || flow.hello == nullptr) return false;
  if (is_listed(*interest, flow)) return true;
  const KeptHello& hello = *flow.hello;
  return interest->has_cipher_of(std::string_view(hello.print.ja4, strnlen(hello.print.ja4, sizeof hello.print.ja4)));
}

void Tracker::State::on_dns_message(Span message, const Packet& packet) {
  const bool is_sound = parse_dns(message, dns.get());
  if (!is_sound && !packet.cut_short) counters->count(Malformed::kDnsMessage);
  if ((is_sound || dns->question_count > 0) && dns_matters(*dns, options.dns, interest)) emit_dns(*dns, packet, sink);
}

Tracker::Tracker(const TrackerOptions& options, const InterestSet* interest, EventSink* sink, Counters* counters)
    : state_(std::make_unique<State>(options, interest, sink, counters)) {}

Tracker::~Tracker() = default;

TrackResult Tracker::on_packet(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                               const uint32_t* first_sequence) {
  constexpr uint8_t kProtocolTcp = 6;
  if (packet.ends.protocol == kProtocolTcp) {
    return state_->on_tcp(id, flow_id, packet, from_client, first_sequence);
  }
  return state_->on_udp(id, flow_id, packet, from_client);
}

void Tracker::prefetch_flow(TrackId id) const {
  if (const FlowFacts* flow = state_->slot_of(id)) __builtin_prefetch(flow, 1);
}

void Tracker::prefetch_state(TrackId id) const {
  const FlowFacts* flow = state_->slot_of(id);
  if (flow == nullptr || !flow->is_used || flow->track == 0) return;
  const char* track = reinterpret_cast<const char*>(state_->at(flow->track));
  for (size_t at = 0; at < sizeof(Track); at += 64) __builtin_prefetch(track + at, 1);
}

void Tracker::prefetch_pieces(TrackId id) const {
  const FlowFacts* flow = state_->slot_of(id);
  if (flow == nullptr || !flow->is_used || flow->track == 0) return;
  for (const Side& side : state_->at(flow->track)->sides) {
    if (side.pieces.head == 0) continue;
    __builtin_prefetch(&state_->pool.chunk(side.pieces.head));
    __builtin_prefetch(&state_->pool.chunk(side.pieces.tail), 1);
  }
}

void Tracker::prefetch_hello(TrackId id) const {
  const FlowFacts* flow = state_->slot_of(id);
  if (flow == nullptr || !flow->is_used || flow->hello == nullptr) return;
  const char* hello = reinterpret_cast<const char*>(flow->hello);
  for (size_t at = 0; at < sizeof(KeptHello) + 64; at += 64) __builtin_prefetch(hello + at);
}

bool Tracker::conclude(TrackId id, uint64_t flow_id) {
  const FlowFacts* flow = state_->facts_of(id);
  if (flow == nullptr) return false;
  if (flow->track != 0) {
    Track* track = state_->at(flow->track);
    if (track->cutter) track->cutter->set_flow(flow_id);
    state_->flush_waiting(track);
  }
  return (flow->lost[0] | flow->lost[1]) != 0;
}

void Tracker::describe(TrackId id, FlowRecord* record, Span tails[6]) {
  for (int i = 0; i < 6; ++i) tails[i] = Span{};
  if (State::is_hint(id)) {
    record->app_hint = static_cast<uint8_t>(id & ~State::kHintBit);
    return;
  }
  FlowFacts* flow = state_->facts_of(id);
  if (flow == nullptr) return;
  record->header.flags |= flow->flags;
  record->app_hint = static_cast<uint8_t>(flow->hint);
  Endpoints ends{};
  memcpy(ends.source, record->client_address, sizeof ends.source);
  memcpy(ends.destination, record->server_address, sizeof ends.destination);
  ends.source_port = record->client_port;
  ends.destination_port = record->server_port;
  const unsigned client = side_of(ends);
  record->lost_up = flow->lost[client];
  record->lost_down = flow->lost[1 - client];
  flow->lost[0] = flow->lost[1] = 0;
  if (flow->texts) {
    const KeptTexts& texts = *flow->texts;
    record->proxy_kind = static_cast<uint8_t>(flow->proxy_kind);
    record->proxy_length = texts.proxy.length;
    record->user_agent_length = texts.agent_length;
    tails[2] = texts.proxy.span();
    tails[5] = Span{reinterpret_cast<const uint8_t*>(texts.agent), texts.agent_length};
  }
  if (flow->hello == nullptr) return;
  const KeptHello& hello = *flow->hello;
  record->hello_ns = hello.ts_ns;
  record->hello_bytes = hello.bytes;
  record->hello_segments = hello.segments;
  record->legacy_version = hello.legacy_version;
  record->random_hash = hello.random_hash;
  record->ech = static_cast<uint8_t>(hello.ech);
  memcpy(record->ja3_md5, hello.print.ja3_md5, sizeof record->ja3_md5);
  memcpy(record->ja4, hello.print.ja4, sizeof record->ja4);
  record->sni_length = hello.sni_length;
  record->alpn_length = hello.alpn_length;
  tails[0] = Span{hello.texts(), hello.sni_length};
  tails[1] = Span{hello.texts() + hello.sni_length, hello.alpn_length};
}

void Tracker::release(TrackId id, uint64_t flow_id, FlowEnd) {
  FlowFacts* flow = state_->facts_of(id);
  if (flow == nullptr) return;
  if (flow->track != 0) {
    Track* track = state_->at(flow->track);
    if (track->cutter) {
      track->cutter->set_flow(flow_id);
      state_->finish_cutter(track);
    }
  }
  state_->give_back_facts(id);
}

const TrackerStats& Tracker::stats() const { return state_->stats; }

unsigned side_of(const Endpoints& ends) {
  const int order = memcmp(ends.source, ends.destination, sizeof ends.source);
  return order > 0 || (order == 0 && ends.source_port > ends.destination_port) ? 1 : 0;
}

}  // namespace wiretally

// Tracker connects its parts and adds their results to FlowRecords.
#include "tracker.h"

#include <cstring>

#include "datagram/datagram_observer.h"
#include "tcp/tcp_observer.h"

namespace wiretally {

// Each part refers to the earlier ones.
struct Tracker::Parts {
  Parts(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, Counters* counters)
      : services(options, watchlist, sink),
        hellos(options, watchlist, sink, &stats),
        facts(&hellos),
        tracks(options, &stats, &facts, [this](Track* track) { finish(track); }),
        exchanges(options, watchlist, &tracks, sink),
        dns(options, watchlist, sink, counters),
        reader(&tracks, &stats),
        tls(&tracks, &reader, &hellos, &exchanges, sink, counters),
        probe(watchlist, &tracks, &reader, &tls, &exchanges, &dns, counters),
        tcp(options, &facts, &tracks, &probe, &tls, &exchanges, &dns, &services),
        datagrams(options, &facts, &tracks, &hellos, &exchanges, &dns, sink, counters) {}

  // Waiting segments of a flow with exchanges are processed as they are, then the current exchange ends.
  void finish(Track* track) {
    if (!track->cutter) return;
    tcp.flush(track);
    exchanges.finish(track);
  }

  TrackerStats stats;
  ServiceObserver services;  // counts what the facts own
  HelloStore hellos;
  FactStore facts;
  TrackStore tracks;
  ExchangeFollower exchanges;
  DnsObserver dns;
  StreamReader reader;
  TlsObserver tls;
  StreamProbe probe;
  TcpObserver tcp;
  DatagramObserver datagrams;
};

Tracker::Tracker(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, Counters* counters)
    : parts_(std::make_unique<Parts>(options, watchlist, sink, counters)) {}

Tracker::~Tracker() = default;

TrackResult Tracker::on_packet(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                               const uint32_t* first_sequence) {
  constexpr uint8_t kProtocolTcp = 6;
  if (packet.ends.protocol == kProtocolTcp) {
    return parts_->tcp.on_packet(id, flow_id, packet, from_client, first_sequence);
  }
  return parts_->datagrams.on_packet(id, flow_id, packet, from_client);
}

void Tracker::prefetch_flow(TrackId id) const {
  if (const FlowFacts* flow = parts_->facts.slot_of(id)) __builtin_prefetch(flow, 1);
}

void Tracker::prefetch_state(TrackId id) const {
  const FlowFacts* flow = parts_->facts.find(id);
  if (flow != nullptr && flow->track != 0) parts_->tracks.prefetch(*flow);
}

void Tracker::prefetch_pieces(TrackId id) const {
  const FlowFacts* flow = parts_->facts.find(id);
  if (flow != nullptr && flow->track != 0) parts_->tracks.prefetch_pieces(*flow);
}

void Tracker::prefetch_hello(TrackId id) const {
  const FlowFacts* flow = parts_->facts.find(id);
  if (flow == nullptr || flow->hello == nullptr) return;
  const char* hello = reinterpret_cast<const char*>(flow->hello);
  for (size_t offset = 0; offset < sizeof(KeptHello) + 64; offset += 64) __builtin_prefetch(hello + offset);
}

Span Tracker::name_of(TrackId id, bool* is_proxied) const {
  *is_proxied = false;
  const FlowFacts* flow = FactStore::is_hint(id) ? nullptr : parts_->facts.find(id);
  if (flow == nullptr) return {};
  if (flow->texts && flow->texts->proxy.length != 0) {
    *is_proxied = true;
    const Span host = flow->texts->proxy.host();
    if (host.size != 0) return host;
  }
  return flow->hello == nullptr ? Span{} : flow->hello->sni();
}

TrackId Tracker::id_of_missing(uint32_t bytes) {
  return bytes == 0 || bytes > kMaxHole ? 0 : FactStore::id_of_missing(bytes);
}

uint32_t Tracker::missing_of(TrackId id) { return FactStore::missing_of(id); }

// An ID that names a slot is freed together with it.
bool Tracker::knows(TrackId id) const { return id != 0 && !FactStore::is_hint(id) && FactStore::missing_of(id) == 0; }

bool Tracker::is_quic_silent(TrackId id) const {
  constexpr uint16_t kSigns = kFlowAnswered | kFlowServerHello | kFlowRetried | kFlowContradicted;
  const FlowFacts* flow = FactStore::is_hint(id) ? nullptr : parts_->facts.find(id);
  if (flow == nullptr || flow->hello == nullptr || (flow->flags & kSigns) != 0) return false;
  const Track* track = parts_->tracks.of(*flow);
  return track != nullptr && track->datagrams.is_quic_silent();
}

void Tracker::settle_exchange(TrackId id, uint64_t flow_id, int64_t silent_ns) {
  const FlowFacts* flow = parts_->facts.find(id);
  Track* track = flow == nullptr ? nullptr : parts_->tracks.of(*flow);
  if (track == nullptr || !track->cutter) return;
  track->cutter->set_flow(flow_id);
  parts_->exchanges.settle(track, silent_ns);
}

bool Tracker::conclude(TrackId id, uint64_t flow_id) {
  if (FactStore::missing_of(id) != 0) return true;
  const FlowFacts* flow = parts_->facts.find(id);
  if (flow == nullptr) return false;
  if (Track* track = parts_->tracks.of(*flow)) {
    if (track->cutter) track->cutter->set_flow(flow_id);
    parts_->tcp.flush(track);
  }
  return (flow->lost[0] | flow->lost[1]) != 0;
}

namespace {

// Returns the client side of a flow without a current packet.
unsigned client_side_of(const FlowRecord& record) {
  Endpoints ends{};
  memcpy(ends.source, record.client_address, sizeof ends.source);
  memcpy(ends.destination, record.server_address, sizeof ends.destination);
  ends.source_port = record.client_port;
  ends.destination_port = record.server_port;
  return side_of(ends);
}

void describe_hello(const KeptHello& hello, FlowRecord* record, Span (&tails)[kFlowTails]) {
  record->hello_ns = hello.ts_ns;
  record->hello_bytes = hello.bytes;
  record->hello_segments = hello.segments;
  record->legacy_version = hello.legacy_version;
  record->hello_hash = hello.message_hash;
  record->ech = static_cast<uint8_t>(hello.ech);
  record->ech_config_id = hello.ech_config_id;
  memcpy(record->ja3_md5, hello.print->ja3_md5, sizeof record->ja3_md5);
  memcpy(record->ja4, hello.print->ja4, sizeof record->ja4);
  record->sni_length = hello.sni_length;
  record->alpn_length = hello.alpn_length;
  tails[0] = hello.sni();
  tails[1] = hello.alpn();
}

}  // namespace

void Tracker::describe(TrackId id, FlowRecord* record, Span (&tails)[kFlowTails]) {
  for (Span& tail : tails) tail = Span{};
  if (FactStore::is_hint(id)) {
    record->app_hint = FactStore::hint_of(id);
    return;
  }
  FlowFacts* flow = parts_->facts.find(id);
  if (flow == nullptr) return;
  record->header.flags |= flow->flags;
  record->app_hint = static_cast<uint8_t>(flow->hint);
  if (flow->text && flow->text->is_parsed()) record->look |= kLookParsed;
  // A slice may be cut before its handshake is over.
  const Track* const track = parts_->tracks.of(*flow);
  const bool is_tls = track != nullptr && track->phase == Phase::kTls;
  if (flow->form.is_lost() || (is_tls && TlsObserver::is_misread(*track))) record->look |= kLookNoRecords;
  if (is_tls && TlsObserver::has_no_server(*track)) record->header.flags &= static_cast<uint16_t>(~kFlowAnswered);
  const unsigned client = client_side_of(*record);
  parts_->services.describe(*flow, *record, client);
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
    record->other_sni_length = texts.other_name_length;
    tails[6] = Span{texts.other_name, texts.other_name_length};
  }
  if (flow->hello != nullptr) describe_hello(*flow->hello, record, tails);
}

void Tracker::release(TrackId id, uint64_t flow_id) {
  FlowFacts* flow = parts_->facts.find(id);
  if (flow == nullptr) return;
  if (Track* track = parts_->tracks.of(*flow)) {
    if (track->cutter) track->cutter->set_flow(flow_id);
    parts_->finish(track);
    parts_->tracks.give_back(track);
  }
  parts_->facts.give_back(id);
}

const TrackerStats& Tracker::stats() const { return parts_->stats; }

}  // namespace wiretally

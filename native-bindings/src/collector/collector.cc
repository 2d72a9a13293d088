// Collector: processes flows from their first slice to their rows.
#include "collector.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "../flow/traffic_class.h"

namespace wiretally {

namespace {

// Maximum slices of a flow without a known name: about one hour of one-minute windows. Beyond it the oldest count in
// totals only.
constexpr size_t kMaxPendingSlices = 64;
// Maximum exchanges of such a flow.
constexpr size_t kMaxPendingExchanges = 512;
// Maximum requests that wait for the end of their window, with their flows; more count at once.
constexpr size_t kMaxSuspects = 4096;
// Minimum silence of a flow that its own packets have ended: a second more than kTcpClosedIdleNs of flow_entry.h.
constexpr int64_t kClosedUs = 61 * kSecondUs;
// A flow that was silent for this long is evicted first if the table is full.
constexpr int64_t kStaleUs = 600 * kSecondUs;
// Interval between evictions of old DNS answers.
constexpr int64_t kExpireEveryUs = 600 * kSecondUs;
// Maximum time from the start of a flow to the lookup of its name.
constexpr int64_t kLongestWaitUs = 7200 * kSecondUs;
// Maximum silence of an open flow: kTcpSilentNs of flow_entry.h. The decoder ends every flow after this time, so a flow
// that it still tracks is never evicted here; otherwise the result would depend on the time of the eviction.
constexpr int64_t kLongestSilenceUs = 96 * 3600 * kSecondUs;
// In addition to ExchangeFlags: COPIED_FLAG of src/model/usage.ts.
constexpr uint32_t kCopiedFlag = 65'536;
// Lower ports are server ports (RFC 6335 §6).
constexpr uint16_t kFirstUserPort = 1024;
// kRelayMinUpBytes of flow/export_filter.cc.
constexpr uint64_t kMinRequestBytes = 4'240;
// Pages of proxies that refuse a name are smaller.
constexpr uint64_t kMaxRefusalBytes = 16'384;

bool is_from_server_port(const Flow& flow) {
  return flow.client_port < kFirstUserPort && flow.server_port >= kFirstUserPort;
}

bool is_logged_at_proxy(const Flow& flow) { return (flow.logged & kLogged) != 0 && !flow.proxy_target.empty(); }

// True if the first captured packet was the server's: TCP without a SYN, or UDP from a server's port to a user's.
bool was_joined_from_answer(const Flow& flow) {
  if (flow.client_known_by != ClientKnownBy::kFirstPacket) return false;
  return flow.is_tcp ? flow.has(kFlowMidFlow) : is_from_server_port(flow);
}

FlowPtr reverse(const Flow& flow) {
  auto reversed = std::make_shared<Flow>(flow);
  std::swap(reversed->client, reversed->server);
  std::swap(reversed->client_port, reversed->server_port);
  std::swap(reversed->client_mac, reversed->server_mac);
  std::swap(reversed->packets_up, reversed->packets_down);
  std::swap(reversed->bytes_up, reversed->bytes_down);
  std::swap(reversed->payload_up, reversed->payload_down);
  std::swap(reversed->lost_up, reversed->lost_down);
  // The marks of the server are unknown.
  reversed->client_ttl = 0;
  reversed->marks = 0;
  return reversed;
}

// Neighbor discovery never leaves the link (RFC 4861 section 11.2), so machines with global addresses only are local as
// well.
bool is_on_link(const Observation& observation) {
  return observation.source == ObservationSource::kNdp && observation.is_by_owner &&
         observation.address.is_global_ip6();
}

// True for a slice with less than any request for a model needs: a proxy that refuses a name may do so after minutes.
bool is_refused_size(const Flow& flow) {
  return flow.payload_up < kMinRequestBytes && flow.payload_down < kMaxRefusalBytes;
}

bool is_counted_again(SameHello same) {
  return same == SameHello::kUnclear || same == SameHello::kRetold || same == SameHello::kCopy;
}

void count_copy(Row* row, TrackedFlow* tracked) {
  if (!tracked->is_copy_reported) ++row->copied_hellos;
  tracked->is_copy_reported = true;
}

}  // namespace

Collector::Collector(int64_t window_us, NetworkList local, NetworkList private_networks, Names names)
    : local_(std::move(local)),
      names_(std::move(names)),
      windows_(window_us),
      unseen_(&windows_, &names_),
      early_(window_us),
      loops_(&names_),
      outcomes_(&windows_, &dns_, std::move(private_networks)) {}

int64_t Collector::add(Span batch, uint8_t parts) {
  windows_.pack_quiet();
  BatchRecords records(batch);
  RecordHeader header;
  Span record;
  int64_t others = 0;
  bool is_whole = true;
  while (is_whole && records.next(&header, &record)) add_record(header, record, parts, &others, &is_whole);
  return is_whole && records.ok() ? others : -1;
}

template <typename Record>
bool Collector::add_fixed(Span bytes) {
  Cursor cursor(bytes);
  Record record;
  if (!read_fixed(&cursor, &record)) return false;
  add(record);
  return true;
}

void Collector::add_record(const RecordHeader& header, Span record, uint8_t parts, int64_t* others, bool* is_whole) {
  const bool takes_rest = (parts & kOthers) != 0;
  switch (static_cast<RecordType>(header.type)) {
    case RecordType::kDns: {
      NameMessage message;
      if ((parts & kAnswers) == 0) break;
      *is_whole = read_dns(record, &message);
      if (*is_whole) add(message);
      break;
    }
    case RecordType::kFlow: {
      RawFlow raw;
      if (!takes_rest) break;
      *is_whole = read_flow(record, &raw);
      if (!*is_whole) break;
      const FlowPtr flow = maker_.make(raw, LogMarks());
      if (!add_plain(*flow)) add(flow);
      break;
    }
    case RecordType::kHostObservation: {
      Observation observation;
      if (!takes_rest) break;
      *is_whole = read_observation(record, &observation);
      if (*is_whole) add(observation);
      break;
    }
    case RecordType::kExchange: {
      Exchange exchange;
      if (!takes_rest) break;
      *is_whole = read_exchange(record, &exchange);
      if (*is_whole) add(exchange);
      break;
    }
    case RecordType::kHostTotals: *is_whole = !takes_rest || add_fixed<HostTotalsRecord>(record); break;
    case RecordType::kAccount: *is_whole = !takes_rest || add_fixed<AccountRecord>(record); break;
    case RecordType::kHeard: *is_whole = !takes_rest || add_fixed<HeardRecord>(record); break;
    case RecordType::kQuicPeers: *is_whole = !takes_rest || add_fixed<QuicPeersRecord>(record); break;
    case RecordType::kDnsNeed: *is_whole = !takes_rest || add_fixed<DnsNeedRecord>(record); break;
    case RecordType::kOutcome: {
      Outcome outcome;
      if (!takes_rest) break;
      *is_whole = read_outcome(record, &outcome);
      if (*is_whole) add(std::move(outcome));
      break;
    }
    // The other reader takes captures with the answers, and the rest with the others.
    default:
      if (takes_rest || header.type == static_cast<uint16_t>(RecordType::kCapture)) ++*others;
  }
}

bool Collector::add_log(Span batch, const LogMarks& marks) {
  windows_.pack_quiet_of_log();
  BatchRecords records(batch);
  RecordHeader header;
  Span record;
  std::vector<FlowPtr> slices;
  while (records.next(&header, &record)) {
    switch (static_cast<RecordType>(header.type)) {
      case RecordType::kDns: {
        NameMessage message;
        if (!read_dns(record, &message)) return false;
        message.is_logged = true;
        add(message);
        break;
      }
      case RecordType::kFlow: {
        RawFlow raw;
        if (!read_flow(record, &raw)) return false;
        slices.push_back(maker_.make(raw, marks));
        break;
      }
      case RecordType::kHostObservation: {
        Observation observation;
        if (!read_observation(record, &observation)) return false;
        add(observation);
        break;
      }
      case RecordType::kHostTotals: {
        HostTotalsRecord totals;
        Cursor cursor(record);
        if (!read_fixed(&cursor, &totals)) return false;
        add(totals, true);
        break;
      }
      case RecordType::kOutcome: {
        Outcome outcome;
        if (!read_outcome(record, &outcome)) return false;
        add(std::move(outcome));
        break;
      }
      default: return false;
    }
  }
  if (!slices.empty()) add_logged(slices);
  return records.ok();
}

Host* Collector::add_to_host(const Flow& flow) {
  Host* host = windows_.at(flow.first_us).host(flow.client, flow.first_us, rank_of(flow));
  if (host == nullptr) return nullptr;
  host->add(flow);
  if (!flow.holds_hello()) return host;
  const bool is_hidden = hides_name(flow, names_);
  host->add(HelloSums{1, flow.has_ech ? 1U : 0U, is_hidden ? 1U : 0U});
  if (is_hidden && flow.has_ech_config) host->add_ech_config(flow.sni, flow.ech_config_id);
  return host;
}

void Collector::hold(const FlowPtr& flow) {
  if (const FlowPtr oldest = quic_peers_.hold(flow)) release(oldest);
}

void Collector::release(const FlowPtr& flow) {
  Window& window = windows_.at(flow->first_us);
  Host* host = window.host(flow->client, flow->first_us, rank_of(*flow));
  if (quic_peers_.knows(*flow)) {
    count_flow_as(*flow, &window, host, TrafficClass::kLookedInto, {});
  } else {
    count_flow(*flow, &window, host);
    unseen_.add(flow);
  }
}

void Collector::release_until(int64_t settled_us, int64_t closed_us) {
  for (const FlowPtr& slice : quic_peers_.take(settled_us, closed_us)) release(slice);
  for (const ZoneBytes& part : dns_zones_.take(settled_us, closed_us)) {
    Host* host = windows_.at(part.window_us).host(part.client, part.first_us, 0);
    if (host != nullptr)
      host->hide(part.server, {Unseen::kDnsTunnel, AppHint::kDnsTunnel, 0, part.bytes, part.first_us, part.last_us});
  }
}

void Collector::count_flow(const Flow& flow, Window* window, Host* host) {
  const bool is_logged = (flow.logged & kLogged) != 0;
  if (is_logged && flow.bytes() == 0) return;
  const std::string_view alpn = flow.hello == nullptr ? std::string_view() : alpn_of(flow.hello->ja4);
  const std::string_view hiding_name = names_.hiding_name_of(flow.sni);
  const bool is_name_hidden = hides_name(flow, names_) || !hiding_name.empty() || relays_datagrams(flow) ||
                              is_encrypted_dns(alpn, flow.server_port) || is_tor(alpn, flow.sni, flow.look);
  // A proxy connects to an address like the client itself would: only a name shows what is there.
  const std::optional<Address> target = proxied_address(flow);
  const std::optional<Address> proxied = flow.sni.empty() ? target : std::nullopt;
  const bool has_name = proxied ? is_resolved(flow, *proxied) : !flow.sni.empty() || !flow.proxy_target.empty();
  // Facts about the address of the proxy say nothing about the server.
  const bool may_leave = target ? !is_local(*target) : flow.proxy_kind != ProxyKind::kNone && !is_refused_size(flow);
  const int of_proxy = (proxied ? kLookNamed : 0) | (may_leave ? kLookInside : 0);
  const auto look = static_cast<uint8_t>(flow.look & ~of_proxy);
  const SliceFacts facts{flow.app_hint,
                         look,
                         static_cast<uint16_t>(flow.flags),
                         flow.is_tcp,
                         flow.has_hello_us,
                         has_name,
                         is_name_hidden,
                         flow.payload_up,
                         flow.payload_down};
  const TrafficClass traffic_class = is_logged && !is_name_hidden ? class_of_logged(flow) : class_of(facts);
  if (traffic_class == TrafficClass::kLookedInto && flow.has(kFlowOverQuic)) {
    quic_peers_.note(flow.client, flow.server, flow.server_port, flow.first_us, flow.last_us);
  }
  count_flow_as(flow, window, host, traffic_class, hiding_name);
}

void Collector::count_flow_as(const Flow& flow, Window* window, Host* host, TrafficClass traffic_class,
                              std::string_view hiding_name) {
  const bool is_hidden = traffic_class == TrafficClass::kHidden;
  const bool is_logged = (flow.logged & kLogged) != 0;
  Unseen kind = is_hidden ? find_hidden_kind(flow, names_) : Unseen::kUnknown;
  // A log does not show the content of the bytes, only that no name is known.
  if (is_logged && kind == Unseen::kUnknown) kind = Unseen::kUnnamed;
  const UnseenSums part{kind,         flow.app_hint, flow.has(kFlowFirstSlice) ? 1U : 0U,
                        flow.bytes(), flow.first_us, flow.last_us};
  // For a flow that no local host began, the remote end is the client.
  const bool is_inbound = !is_local(flow.client) && is_local(flow.server) && !is_logged_at_proxy(flow);
  // Hidden traffic in a tunnel with another address may belong to the tunnel's host, or to the host with that address.
  const bool is_unowned = is_hidden && (flow.look & kLookOtherHost) != 0;
  const Address server = is_hidden ? proxied_address(flow).value_or(flow.server) : flow.server;
  count_bytes({traffic_class, part, is_inbound ? &flow.client : &server, hiding_name}, window,
              is_unowned ? nullptr : host);
  // UnseenParts counts the other kinds, because it has all slices of a flow.
  if (host == nullptr || !is_hidden || is_logged || has_whole_part(flow, names_)) return;
  UnseenSums seen = part;
  if (kind == Unseen::kOneWay) seen.kind = Unseen::kUnknown;
  host->add(seen);
}

void Collector::count_bytes(const Accounted& accounted, Window* window, Host* host) {
  if (host == nullptr) {
    window->add_account(nullptr, accounted);
  } else {
    host->add(accounted);
  }
}

void Collector::add(const AccountRecord& record) {
  static constexpr Unseen kKinds[] = {Unseen::kUnknown, Unseen::kTunnel, Unseen::kProtocol, Unseen::kDamaged};
  if (record.traffic_class >= kTrafficClasses || record.cause >= std::size(kKinds)) return;
  const int64_t first_us = micros(record.first_ns);
  const Address address = Address::of(record.host, record.ip_version);
  const Address peer = Address::of(record.peer, record.ip_version);
  const bool is_vpn_inside = record.traffic_class == static_cast<uint8_t>(TrafficClass::kInside) &&
                             record.cause == static_cast<uint8_t>(FrameCause::kTunnel);
  const AppHint hint = is_vpn_inside ? AppHint::kIpsec : AppHint::kUnknown;
  const UnseenSums part{kKinds[record.cause], hint, 0, record.bytes, first_us, micros(record.last_ns)};
  const bool has_address = record.ip_version != 0;
  const Accounted accounted{static_cast<TrafficClass>(record.traffic_class), part, has_address ? &peer : nullptr, {}};
  Window& window = windows_.at(first_us);
  window.add_account(has_address ? &address : nullptr, accounted);
  if ((!accounted.is_hidden() && !is_vpn_inside) || !has_address) return;
  // Hidden bytes belong to a host that may have no flow.
  Host* const sender = window.host(address, first_us, 0);
  if (sender == nullptr) return;
  sender->add(SeenOfHost{0, 0, record.packets, record.bytes, 0, first_us, part.last_us, nullptr, 0});
  sender->add(part);
}

void Collector::add(const HeardRecord& record) {
  const int64_t start_us = micros(record.start_ns);
  windows_.at(start_us).add_heard(start_us, record.seconds, record.frames);
}

void Collector::add(const QuicPeersRecord& record) {
  quic_peers_.note(Address::of(record.client_address, record.ip_version),
                   Address::of(record.server_address, record.ip_version), record.server_port, micros(record.first_ns),
                   micros(record.last_ns));
}

void Collector::add(const DnsNeedRecord& record) {
  const Address client = Address::of(record.client_address, record.ip_version);
  const Address server = Address::of(record.server_address, record.ip_version);
  // Queries of other clients to a local server belong to these clients.
  if (client.is_unicast() && (is_local(client) || !is_local(server))) dns_zones_.add(record, windows_.window_us());
}

// Counts rows of a log. The sensor that wrote the log parsed the protocols that it names; the others are hidden.
void Collector::count_logged(const HostTotalsRecord& totals, const UnseenSums& part, Window* window, Host* host) {
  if (part.bytes == 0) return;
  constexpr uint16_t kWhole = kTunnelKind | kDnsKind | kMidFlowKind | kConflictKind | kUnnamedKind;
  const unsigned kinds = totals.header.flags & kWhole;
  if (kinds == 0) {
    count_bytes({TrafficClass::kLookedInto, part, nullptr, {}}, window, host);
    return;
  }
  UnseenSums hidden = part;
  hidden.kind = counted_kind(static_cast<unsigned>(std::countr_zero(kinds)), part.hint);
  const Address peer = Address::of(totals.peer, totals.ip_version);
  const bool has_peer = peer.words[0] != 0 || peer.words[1] != 0;
  const bool is_in = has_peer && (is_local(peer) || !peer.is_unicast());
  count_bytes({is_in ? TrafficClass::kInside : TrafficClass::kHidden, hidden, has_peer ? &peer : nullptr, {}}, window,
              host);
}

// Classifies a row. One without a name may have any; it is identified by the DNS answer with its address.
TrafficClass Collector::class_of_logged(const Flow& flow) const {
  const std::optional<Address> proxied = proxied_address(flow);
  const bool has_target = !flow.proxy_target.empty() && !proxied;
  const Address server = proxied.value_or(flow.server);
  if (!flow.sni.empty() || has_target || is_resolved(flow, server)) return TrafficClass::kLookedInto;
  return is_local(server) ? TrafficClass::kInside : TrafficClass::kHidden;
}

bool Collector::is_resolved(const Flow& flow, const Address& server) const {
  return dns_.name_of(flow.client, server, flow.flow_first_us) != nullptr;
}

// Counts a flow without a match. Returns false if it matches, or if other slices of it count.
bool Collector::add_plain(const Flow& flow) {
  if (flow.is_bare_end()) {
    if (tracked_.contains(flow.id) || flow.lost() > 0) return false;
    end(flow.id);
    return true;
  }
  if (tracked_.contains(flow.id) || waiting_.contains(flow.id) || unseen_.is_waiting_for(flow.id)) return false;
  if (QuicPeers::may_lack_start(flow)) return false;
  if (!is_local(flow.client) || !is_unwatched(flow, sources())) return false;
  Window& window = windows_.at(flow.first_us);
  window.stats.add(flow);
  count_flow(flow, &window, add_to_host(flow));
  return true;
}

// Counts sums of flows without a match, as add_plain would have counted the flows.
void Collector::add(const HostTotalsRecord& totals, bool is_logged) {
  const int64_t first_us = micros(totals.first_ns);
  const int64_t last_us = micros(totals.last_ns);
  Window& window = windows_.at(first_us);
  window.stats.add(totals);
  Host* host = window.host(Address::of(totals.address, totals.ip_version), first_us,
                           rank_of(totals.bytes_down, totals.hellos_complete > 0));
  const bool is_known = totals.traffic_class < kTrafficClasses;
  const auto traffic_class = is_known ? static_cast<TrafficClass>(totals.traffic_class) : TrafficClass::kHidden;
  const uint64_t bytes = totals.bytes_up + totals.bytes_down;
  const AppHint hint = hint_of(totals.app_hint);
  const UnseenSums part{Unseen::kUnknown, hint, totals.flows, bytes, first_us, last_us};
  if (is_logged) {
    count_logged(totals, part, &window, host);
  } else {
    count_bytes({traffic_class, part, nullptr, {}}, &window, host);
  }
  if (host == nullptr) return;
  const size_t vlan_count = std::min<size_t>(totals.vlan_count, std::size(totals.vlans));
  host->add(SeenOfHost{mac_of(totals.mac), totals.flows, totals.packets, totals.bytes_up, totals.bytes_down, first_us,
                       last_us, totals.vlans, vlan_count});
  host->add(HelloSums{totals.hellos_complete, totals.ech_hellos, 0});
  host->marks.add(totals.client_ttl, totals.marks, std::max<uint64_t>(totals.flows, 1));
  for (unsigned i = 0; i < kNotVisibleKinds; ++i) {
    if ((totals.header.flags & (1U << i)) == 0) continue;
    const Unseen kind = counted_kind(i, hint);
    const uint64_t unseen = kind == Unseen::kLoss ? totals.lost : kind == Unseen::kUnsized ? 0 : bytes;
    host->add(UnseenSums{kind, hint, totals.kind_flows[i], unseen, first_us, last_us});
  }
}

void Collector::add(const FlowPtr& record) {
  if (record->is_bare_end()) {
    learn_at_end(record);
    end(record->id);
    return;
  }
  windows_.at(record->first_us).stats.add(*record);
  const FlowPtr flow = orient(record);
  if (flow == nullptr) {
    count_flow(*record, &windows_.at(record->first_us), nullptr);
    return;
  }
  Host* host = add_to_host(*flow);
  if (QuicPeers::may_lack_start(*flow)) {
    hold(flow);
  } else {
    count_flow(*flow, &windows_.at(flow->first_us), host);
    unseen_.add(flow);
  }
  if (tracked_.contains(flow->id) || !subflows_.add(flow)) follow(flow);
}

void Collector::add_logged(const std::vector<FlowPtr>& slices) {
  std::vector<FlowPtr> oriented;
  for (const FlowPtr& slice : slices) {
    if (FlowPtr flow = orient(slice)) {
      oriented.push_back(std::move(flow));
    } else {
      count_flow(*slice, &windows_.at(slice->first_us), nullptr);
    }
  }
  for (const FlowPtr& slice : slices) windows_.at(slice->first_us).stats.add(*slice);
  if (oriented.empty()) return;
  for (const FlowPtr& slice : oriented) {
    count_flow(*slice, &windows_.at(slice->first_us), add_to_host(*slice));
    unseen_.add(slice);
  }
  unseen_.end(oriented.back()->id);
  const auto tracked = std::make_shared<TrackedFlow>();
  tracked->flow_id = oriented.back()->id;
  tracked->latest = oriented.back();
  tracked->slices = std::move(oriented);
  conclude(tracked);
}

FlowPtr Collector::orient(const FlowPtr& flow) const {
  const bool is_from_local = is_local(flow->client);
  // A log states the client of a proxy, whichever network that client is in.
  if (is_logged_at_proxy(*flow) && flow->client.is_unicast()) return flow;
  if (!is_local(flow->server)) return is_from_local || flow->client.is_unicast() ? flow : nullptr;
  if (!was_joined_from_answer(*flow)) return is_from_local ? flow : nullptr;
  // Between two local hosts the ports determine the client.
  return !is_from_local || is_from_server_port(*flow) ? reverse(*flow) : flow;
}

// Pending exchanges are evaluated again at the end of the flow, which may follow its last packets.
void Collector::learn_at_end(const FlowPtr& record) {
  const FlowPtr flow = orient(record);
  if (flow == nullptr) return;
  unseen_.add_loss(*flow);
  const TrackedPtr* tracked = tracked_.find(flow->id);
  if (tracked == nullptr) return;
  (*tracked)->latest = flow;
  (*tracked)->slices.push_back(flow);
}

void Collector::end(uint64_t flow_id) {
  const TrackedPtr* found = tracked_.find(flow_id);
  if (found == nullptr) {
    if (!subflows_.end(flow_id)) forget(flow_id);
  } else {
    // Its first leg may not have been emitted yet, so the decision is made after all records of the window.
    const TrackedPtr tracked = *found;
    tracked->is_over = true;
    set_ready(tracked);
  }
  unseen_.end(flow_id);
}

void Collector::follow(const FlowPtr& flow) {
  const TrackedPtr* found = tracked_.find(flow->id);
  TrackedPtr tracked = found == nullptr ? nullptr : *found;
  const bool is_new = tracked == nullptr;
  if (!is_new) {
    // Moves the flow to the end, so that the first ones have the longest silence.
    tracked_.move_to_back(flow->id);
  } else {
    FlowPtr early = flow->has(kFlowFirstSlice) ? nullptr : early_.take(*flow);
    if (is_unknown_yet(*flow, sources())) {
      if (early_.is_worth_keeping(*flow)) early_.add(*flow);
      return;
    }
    if (!may_matter(*flow, sources())) {
      if (flow->has(kFlowLastSlice)) forget(flow->id);
      return;
    }
    make_room(flow->last_us);
    tracked = std::make_shared<TrackedFlow>();
    tracked->flow_id = flow->id;
    tracked->latest = flow;
    tracked_.put(flow->id, tracked);
    tracked->exchanges = waiting_.take(flow->id);
    if (early != nullptr) tracked->slices.push_back(std::move(early));
  }
  duplicates_.note(*flow);
  tracked->latest = flow;
  subflows_.note_connection(tracked);
  if ((flow->end == FlowEnd::kFin || flow->end == FlowEnd::kReset) && !tracked->closed.has_value()) {
    tracked->closed = closed_.insert(closed_.end(), tracked);
  }
  tracked->slices.push_back(flow);
  if (tracked->identity == nullptr) identify(tracked, flow->has(kFlowLastSlice));
  if (is_new) {
    const std::vector<Exchange> exchanges = tracked->exchanges;
    for (const Exchange& exchange : exchanges) note_call(tracked, exchange);
  }
  if (tracked->identity != nullptr) {
    set_ready(tracked);
  } else if (!may_be_relay(*flow)) {
    forget(flow->id);
  } else if (tracked->slices.size() > kMaxPendingSlices) {
    tracked->slices.erase(tracked->slices.begin());
    ++overflow_["pendingSlices"];
  }
}

// True while a later slice or exchange may still give the flow a name.
bool Collector::may_be_relay(const Flow& flow) {
  if (flow.has(kFlowLastSlice)) return false;
  return may_send_hello_later(flow) || is_ai_runtime(flow, &names_);
}

// Makes room. If too many flows wait for their other leg, they count: a duplicate leg is better than a missing flow.
// Then the flow with the longest silence is evicted; if it continues, it counts as a new flow.
void Collector::make_room(int64_t now_us) {
  if (tracked_.size() < kMaxTrackedFlows) return;
  visit_ready([&](const TrackedPtr& tracked) { flush(tracked); });
  if (tracked_.size() < kMaxTrackedFlows) return;
  const TrackedPtr oldest = tracked_.front().second;
  if (now_us - oldest->latest->last_us < kStaleUs) ++overflow_["trackedFlows"];
  conclude(oldest);
}

void Collector::add(const Exchange& exchange) {
  const TrackedPtr* found = tracked_.find(exchange.flow_id);
  if (found == nullptr) {
    waiting_.add(exchange);
    return;
  }
  const TrackedPtr tracked = *found;
  if (tracked->exchanges.size() >= kMaxPendingExchanges) {
    ++overflow_["pendingExchanges"];
    return;
  }
  tracked->exchanges.push_back(exchange);
  if (tracked->identity == nullptr) identify(tracked, false);
  note_call(tracked, exchange);
  if (tracked->identity != nullptr) set_ready(tracked);
}

void Collector::add(const NameMessage& message) {
  if (message.is_multicast || !message.client.is_unicast()) return;
  const auto find = [&](bool (Names::*is_wanted)(std::string_view)) {
    return std::find_if(message.names.begin(), message.names.end(),
                        [&](const std::string& text) { return (names_.*is_wanted)(text); });
  };
  auto name = find(&Names::is_listed);
  const bool is_listed = name != message.names.end();
  // Names of a policy are looked up for their addresses only and do not name flows.
  if (!is_listed) name = find(&Names::is_looked_up);
  if (name == message.names.end()) return;
  Window& window = windows_.at(message.ts_us);
  if (message.is_response) {
    if (is_listed) dns_.add(message, *name);
    window.answered(message.server, *name);
  }
  Question* question = window.find_question(message.client, *name, message.ts_us);
  if (question != nullptr) question->add(message);
  if (is_listed) outcomes_.add(message, *name);
}

void Collector::add(Outcome outcome) {
  // A client without a local address that opened a flow to the outside is one of the local hosts.
  if (!is_local(outcome.key.host) && is_local(outcome.key.server)) return;
  if (!outcome.key.name.empty() && !names_.is_listed(outcome.key.name)) return;
  outcomes_.add(std::move(outcome));
}

void Collector::add(const Observation& observation) {
  if (!observation.has_address || !observation.address.is_unicast()) return;
  if (!is_local(observation.address) && !is_on_link(observation)) return;
  Host* host = windows_.at(observation.ts_us).host(observation.address, observation.ts_us, kSighted);
  if (host != nullptr) host->add(observation);
}

template <typename Visit>
void Collector::visit_ready(Visit visit) {
  const std::vector<TrackedPtr> now(ready_.begin(), ready_.end());
  for (const TrackedPtr& tracked : now) {
    if (tracked->ready.has_value()) visit(tracked);
  }
}

template <typename Visit>
void Collector::visit_closed(Visit visit) {
  const std::vector<TrackedPtr> now(closed_.begin(), closed_.end());
  for (const TrackedPtr& tracked : now) {
    if (tracked->closed.has_value()) visit(tracked);
  }
}

void Collector::settle(int64_t until_us) {
  visit_ready([&](const TrackedPtr& tracked) {
    const Flow& latest = *tracked->latest;
    if (!latest.has_hello_us || latest.hello_us + DuplicateFlows::kWaitUs <= until_us) flush(tracked);
  });
  visit_closed([&](const TrackedPtr& tracked) {
    if (tracked->latest->last_us + kClosedUs <= until_us) conclude(tracked);
  });
  early_.expire(until_us);
  release_until(until_us, kNoneClosed);
  unseen_.settle(until_us);
  outcomes_.settle(until_us);
  if (until_us >= expired_us_ + kExpireEveryUs) expire(until_us);
}

void Collector::expire(int64_t until_us) {
  expired_us_ = until_us;
  const int64_t before_us = until_us - kLongestWaitUs;
  // Flows are evicted first, because they may refer to evicted entries.
  std::vector<TrackedPtr> all;
  tracked_.for_each([&](uint64_t, const TrackedPtr& tracked) { all.push_back(tracked); });
  for (const TrackedPtr& tracked : all) {
    const Flow& latest = *tracked->latest;
    if (latest.last_us < until_us - kLongestSilenceUs) {
      conclude(tracked);
    } else if (latest.has_hello_us && latest.hello_us < before_us) {
      same_hello(tracked.get());
    } else if (tracked->identity == nullptr && latest.flow_first_us < before_us) {
      // The last chance of a flow without a later slice: the answers of its time are about to be evicted.
      tracked->identity = address_identity(latest, sources());
      if (tracked->identity != nullptr) set_ready(tracked);
    }
  }
  dns_.expire(before_us);
  // The connection may be near the first packet of a slice that waits for later ones.
  quic_peers_.expire(until_us - 2 * QuicPeers::kNearUs - Window::kMaxSeconds * kSecondUs);
  duplicates_.expire(until_us - DuplicateFlows::kKeptUs);
  unseen_.expire(until_us - kLongestSilenceUs);
  loops_.expire(until_us);
  subflows_.expire(until_us - kLongestSilenceUs);
  waiting_.expire(before_us);
  outcomes_.expire(until_us);
}

std::vector<std::unique_ptr<Window>> Collector::close(int64_t until_us) {
  for (const JoinedSlice& joined : subflows_.take(until_us)) count_joined(joined);
  visit_ready([&](const TrackedPtr& tracked) {
    // One thread may have emitted later hellos than the other.
    const Flow& latest = *tracked->latest;
    if (!latest.has_hello_us || latest.hello_us < until_us) flush(tracked);
  });
  settle(until_us);
  release_until(until_us, until_us);
  count_suspects(until_us);
  return windows_.take(until_us);
}

void Collector::conclude_all() {
  std::vector<TrackedPtr> all;
  tracked_.for_each([&](uint64_t, const TrackedPtr& tracked) { all.push_back(tracked); });
  for (const TrackedPtr& tracked : all) conclude(tracked);
}

std::vector<std::unique_ptr<Window>> Collector::finish(const int64_t* last_us) {
  // Later than any time, but far from the limits of the type.
  constexpr int64_t kEndUs = INT64_MAX / 2;
  conclude_all();
  for (const JoinedSlice& joined : subflows_.take(kEndUs)) count_joined(joined);
  // Subflows that count as flows are tracked again.
  conclude_all();
  release_until(kEndUs, kEndUs);
  count_suspects(kEndUs);
  unseen_.settle(kEndUs);
  outcomes_.finish(last_us);
  if (windows_.empty() && last_us != nullptr) windows_.at(*last_us);
  return windows_.take(kEndUs);
}

std::map<std::string, uint64_t> Collector::take_overflow() {
  const std::pair<const char*, uint64_t*> parts[] = {
      {"dnsAnswers", &dns_.overflow},           {"duplicates", &duplicates_.overflow},
      {"pendingSlices", &early_.overflow},      {"notVisibleFlows", &unseen_.overflow},
      {"waitingExchanges", &waiting_.overflow}, {"loopCalls", &loops_.overflow},
      {"subflows", &subflows_.overflow},        {"outcomes", &outcomes_.overflow},
      {"quicPeers", &quic_peers_.overflow},     {"dnsZones", &dns_zones_.overflow},
  };
  for (const auto& [ceiling, count] : parts) {
    if (*count > 0) overflow_[ceiling] += *count;
    *count = 0;
  }
  std::map<std::string, uint64_t> taken;
  taken.swap(overflow_);
  return taken;
}

// `is_final`: no later slice can contain a hello.
void Collector::identify(const TrackedPtr& tracked, bool is_final) {
  const Flow& flow = *tracked->latest;
  tracked->identity = own_identity(flow, &names_);
  if (tracked->identity != nullptr || (!is_final && may_send_hello_later(flow))) return;
  tracked->identity = address_identity(flow, sources());
  if (tracked->identity != nullptr) return;
  tracked->identity = relay_identity(flow, tracked->exchanges, &names_);
  tracked->is_relay = tracked->identity != nullptr;
}

// A call may complete a loop. Then the flows with calls to the name are known, including ended ones.
void Collector::note_call(const TrackedPtr& tracked, const Exchange& exchange) {
  const Flow& latest = *tracked->latest;
  if (tracked->identity != nullptr || !is_ai_runtime(latest, &names_)) return;
  const uint8_t shape = names_.lookup().shape_of(exchange);
  count_unlisted(latest, exchange.start_us, shape);
  suspect(tracked, exchange, shape);
  const bool is_socket = (names_.traits_of(*latest.hello) & kKeepsConversation) != 0;
  for (const TrackedPtr& flow : loops_.add(*unlisted_identity(latest), tracked, exchange, shape, is_socket)) {
    flow->identity = unlisted_identity(*flow->latest);
    flow->is_relay = true;
    if (!tracked_.contains(flow->flow_id)) {
      flow->is_over = true;
      tracked_.put(flow->flow_id, flow);
    }
    set_ready(flow);
  }
}

// Counts the requests of a runtime to unlisted names. Without a loop nothing else about them is stored.
void Collector::count_unlisted(const Flow& flow, int64_t start_us, uint8_t shape) {
  if ((shape & (kMayBeCall | kMayBeSideCall)) == 0) return;
  Host* host = windows_.at(start_us).host(flow.client, start_us, rank_of(flow));
  if (host != nullptr) ++host->unlisted_requests;
}

// One request does not make a loop. Its bytes count when the window closes, unless later calls named its flow by then.
void Collector::suspect(const TrackedPtr& tracked, const Exchange& exchange, uint8_t shape) {
  if ((shape & kStreamedCall) == 0 && !is_relayed_call(exchange)) return;
  if (suspects_.size() >= kMaxSuspects) count_suspects(INT64_MAX);
  suspects_.push_back({tracked, exchange.start_us, exchange.bytes_up + exchange.bytes_down});
}

void Collector::count_suspects(int64_t until_us) {
  const int64_t window_us = windows_.window_us();
  const auto is_due = [&](const Suspect& call) {
    return window_start_of(call.start_us, window_us) + window_us <= until_us;
  };
  for (const Suspect& call : suspects_) {
    if (!is_due(call) || call.flow->identity != nullptr || same_hello(call.flow.get()) == SameHello::kDuplicate)
      continue;
    const Flow& flow = *call.flow->latest;
    Host* host = windows_.at(call.start_us).host(flow.client, call.start_us, rank_of(flow));
    // Only a part with a row of its name has a hint.
    if (host != nullptr) {
      const uint32_t flows = call.flow->is_new(kCountedRelay) ? 1 : 0;
      host->add(UnseenSums{Unseen::kRelay, AppHint::kUnknown, flows, call.bytes, call.start_us, call.start_us});
    }
  }
  std::erase_if(suspects_, is_due);
}

void Collector::set_ready(const TrackedPtr& tracked) {
  if (!tracked->ready.has_value()) tracked->ready = ready_.insert(ready_.end(), tracked);
}

void Collector::forget(uint64_t flow_id) {
  if (const TrackedPtr* found = tracked_.find(flow_id)) {
    const TrackedPtr tracked = *found;
    if (tracked->ready.has_value()) ready_.erase(*tracked->ready);
    if (tracked->closed.has_value()) closed_.erase(*tracked->closed);
    tracked->ready.reset();
    tracked->closed.reset();
    tracked_.erase(flow_id);
  }
  waiting_.take(flow_id);
}

void Collector::flush(const TrackedPtr& tracked) {
  if (tracked->is_over) {
    conclude(tracked);
    return;
  }
  if (tracked->ready.has_value()) ready_.erase(*tracked->ready);
  tracked->ready.reset();
  const FlowPtr latest = tracked->latest;
  // A hello before the slices may make the flow a second leg.
  const auto is_ahead = [&](const Exchange& exchange) {
    return !latest->has_hello_us && exchange.start_us > latest->last_us;
  };
  std::vector<Exchange> ahead;
  std::copy_if(tracked->exchanges.begin(), tracked->exchanges.end(), std::back_inserter(ahead), is_ahead);
  std::erase_if(tracked->exchanges, is_ahead);
  count(tracked);
  tracked->exchanges = std::move(ahead);
  if (latest->has(kFlowLastSlice)) conclude(tracked);
}

// Processes the last record of the flow. An explicit end may be missing: a flow whose last slice was flushed and that
// was silent afterwards ends without a record.
void Collector::conclude(const TrackedPtr& ended) {
  const TrackedPtr tracked = ended;
  forget(tracked->flow_id);
  if (tracked->identity == nullptr) identify(tracked, true);
  count(tracked);
  if (tracked->identity == nullptr || same_hello(tracked.get()) == SameHello::kDuplicate) return;
  count_other(*tracked);
  const Flow& latest = *tracked->latest;
  if (latest.hello == nullptr || tracked->has(kCountedEstablished) || tracked->has(kCountedOneWay)) return;
  Row* row = windows_.at(latest.first_us).row(tracked->identity, latest.first_us);
  if (row != nullptr) ++row->failed_flows;
}

// A flow with two hellos may have either name. Its bytes count under one of them.
void Collector::count_other(const TrackedFlow& tracked) {
  const Flow& latest = *tracked.latest;
  const IdentityPtr other = other_identity(latest, &names_);
  if (other == nullptr || other->name == tracked.identity->name) return;
  Row* row = windows_.at(latest.first_us).row(other, latest.first_us);
  if (row == nullptr) return;
  ++row->flows;
  ++row->answered_slices;
  ++row->contradicted_slices;
  row->last_us = std::max(row->last_us, latest.last_us);
  row->add_server(latest);
}

// Counts a subflow of a multipath connection under the name of its first flow, or as a flow if that is unknown.
void Collector::count_joined(const JoinedSlice& joined) {
  if (joined.identity == nullptr) {
    follow(joined.slice);
    return;
  }
  const Flow& slice = *joined.slice;
  waiting_.take(slice.id);
  Window& window = windows_.at(slice.first_us);
  Row* row = window.row(joined.identity, slice.first_us);
  if (row == nullptr) return;
  // Any machine that observed a token can join with it, so a joined subflow is no evidence about the first host.
  SliceView unproven(slice);
  unproven.is_answered = false;
  unproven.is_contradicted = false;
  unproven.is_established = false;
  unproven.client_mac = 0;
  row->add(unproven, joined.flow.get());
  row->note_open_time(slice, window.start_us());
  row->add_server(slice);
}

// The result is final, because the other leg may be evicted before the flow ends.
SameHello Collector::same_hello(TrackedFlow* tracked) {
  if (!tracked->latest->has_hello_us) return SameHello::kOnly;
  if (tracked->same_hello.has_value()) return *tracked->same_hello;
  const auto [outcome, is_final] = duplicates_.same_hello(*tracked->latest);
  if (is_final) tracked->same_hello = outcome;
  return outcome;
}

// A second leg counts only its bytes before the hello, which may have been counted before the hello was known.
void Collector::count(const TrackedPtr& tracked) {
  // The flow has no name yet; a later flow may add one.
  if (tracked->identity == nullptr) return;
  const IdentityPtr identity = tracked->identity;
  const std::vector<FlowPtr> slices = std::move(tracked->slices);
  const std::vector<Exchange> exchanges = std::move(tracked->exchanges);
  tracked->slices.clear();
  tracked->exchanges.clear();
  const SameHello same = same_hello(tracked.get());
  const bool is_duplicate = same == SameHello::kDuplicate;
  const int64_t until_us = tracked->latest->hello_us;
  for (const FlowPtr& slice : slices) {
    if (is_duplicate && slice->has_hello_us) continue;
    Window& window = windows_.at(slice->first_us);
    if (tracked->is_relay) add_relay_part(&window, *slice, tracked.get());
    Row* row = window.row(identity, slice->first_us);
    if (row == nullptr) continue;
    SliceView view(*slice);
    // Bytes before the hello may have been counted before the hello was known.
    if (same == SameHello::kUnclear && slice->has_hello_us) view.is_answered = false;
    row->add(view, tracked.get());
    if (slice->has_hello_us && is_counted_again(same)) count_copy(row, tracked.get());
    row->note_open_time(*slice, window.start_us());
    if (!slice->is_bare_end()) row->add_hello(*slice);
    row->add_server(*slice);
  }
  const bool may_be_copy = same == SameHello::kUnclear || same == SameHello::kRetold;
  for (const Exchange& exchange : exchanges) {
    if (same == SameHello::kAgain || (is_duplicate && exchange.start_us >= until_us)) continue;
    Window& window = windows_.at(exchange.start_us);
    Row* row = window.row(identity, exchange.start_us);
    if (row == nullptr) continue;
    Exchange counted = exchange;
    if (may_be_copy) counted.flags |= kCopiedFlag;
    row->add(counted, window.start_us());
  }
}

}  // namespace wiretally

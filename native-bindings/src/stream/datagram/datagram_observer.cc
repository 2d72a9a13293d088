#include "datagram_observer.h"

#include <algorithm>

#include "../../base/ports.h"
#include "../../protocol/message_form.h"
#include "../../protocol/naming/dhcp.h"
#include "../../protocol/naming/dhcp6.h"
#include "../../protocol/naming/mdns.h"
#include "../../protocol/naming/nbns.h"
#include "../../protocol/turn.h"
#include "../first_bytes.h"
#include "host_observations.h"

namespace wiretally {

namespace {

// The maximum number of datagrams of a flow that looks like QUIC or STUN without a hello.
constexpr uint8_t kMaxDatagrams = 64;
constexpr uint16_t kHttpsPort = 443;

bool is_long_header(Span datagram) { return datagram.size > 0 && (datagram.data[0] & 0x80) != 0; }

// Parsers of protocols on fixed ports that contain names and addresses.
struct DiscoveryPort {
  bool (*parse)(Span payload, HostObservations* out);
  uint16_t low;
  uint16_t high;
  Malformed malformed;
};
constexpr DiscoveryPort kHostDiscoveryPorts[] = {
    {parse_dhcp4, 67, 68, Malformed::kDhcpMessage},
    {parse_dhcp6, 546, 547, Malformed::kDhcpMessage},
    {parse_mdns, 5353, 5353, Malformed::kDnsMessage},
    {parse_nbns, 137, 137, Malformed::kDnsMessage},
};

// The packet with a possible DTLS payload: the content of a TURN channel when that is DTLS, else the packet itself.
const Packet& dtls_carrier(const Packet& packet, Packet* inside) {
  return open_channel_data(packet, inside) && looks_like_dtls(inside->payload) ? *inside : packet;
}

// The data of a datagram that SOCKS 5 relays.
bool open_relayed(const Packet& packet, Packet* inside, ProxyTarget* target) {
  size_t header = 0;
  if (!read_socks5_datagram(packet.payload, &header, target)) return false;
  *inside = packet;
  inside->payload = Span{packet.payload.data + header, packet.payload.size - header};
  inside->payload_bytes -= static_cast<uint32_t>(std::min<size_t>(header, packet.payload_bytes));
  return true;
}

}  // namespace

// Processes one DNS message. Tunnels use the port as well: such a flow counts as unknown datagrams from here on.
bool DatagramObserver::on_dns(const Packet& packet, TrackResult* result) {
  const bool was_tunnel = result->id == FactStore::id_of_hint(AppHint::kDnsTunnel);
  const MessageForm form = !checks_form_ || packet.payload.size == 0 ? MessageForm::kSound
                                                                     : dns_form(packet.payload, packet.cut_short);
  if (form == MessageForm::kOther) {
    dns_->on_message(packet.payload, packet);  // counts it as malformed
    return false;
  }
  const bool is_tunnel = was_tunnel || form == MessageForm::kTunnelLike;
  result->id = FactStore::id_of_hint(is_tunnel ? AppHint::kDnsTunnel : AppHint::kDns);
  result->done = dns_->wants_none();
  if (!result->done && packet.payload.size > 0) dns_->on_message(packet.payload, packet);
  return true;
}

// DNS and the naming protocols: every datagram is one message.
bool DatagramObserver::on_named_port(const Packet& packet, TrackResult* result) {
  const auto has_port = [&](uint16_t low, uint16_t high) {
    const auto within = [&](uint16_t port) { return port >= low && port <= high; };
    return within(packet.ends.source_port) || within(packet.ends.destination_port);
  };
  if (has_port(kDnsPort, kDnsPort)) return on_dns(packet, result);
  const bool is_named = is_naming_port(packet.ends.source_port) || is_naming_port(packet.ends.destination_port);
  if (checks_form_ && is_named && packet.payload.size > 0) {
    const uint16_t port = is_naming_port(packet.ends.destination_port) ? packet.ends.destination_port
                                                                       : packet.ends.source_port;
    if (!is_naming_message(port, packet.payload, packet.cut_short)) return false;
    result->id = FactStore::id_of_hint(AppHint::kNaming);
  }
  for (const DiscoveryPort& port : kHostDiscoveryPorts) {
    if (!has_port(port.low, port.high)) continue;
    result->done = !emits_observations_;
    if (result->done || packet.payload.size == 0) return true;
    HostObservations found;
    if (!port.parse(packet.payload, &found) && !packet.cut_short) counters_->count(port.malformed);
    emit_observations(found, packet, exclusion_.get(), sink_);
    return true;
  }
  return checks_form_ && is_named;
}

TrackResult DatagramObserver::on_packet(TrackId id, uint64_t flow_id, const Packet& outer, bool from_client) {
  TrackResult result;
  result.id = id;
  FlowFacts* flow = facts_->find(id);
  const bool was_named = id == FactStore::id_of_hint(AppHint::kDns) || id == FactStore::id_of_hint(AppHint::kNaming) ||
                         id == FactStore::id_of_hint(AppHint::kDnsTunnel);
  if (flow == nullptr && on_named_port(outer, &result)) return result;
  if (was_named) {
    // The flow uses another protocol than its port suggests.
    result.id = 0;
  } else if (FactStore::is_hint(id)) {
    result.done = true;
    return result;
  }
  if (outer.payload.size == 0) return result;
  Track* const track = flow != nullptr ? tracks_->of(*flow) : nullptr;
  const bool is_zero = outer.payload.data[0] == 0;
  if (is_zero && (flow == nullptr || (track != nullptr && track->datagrams.may_be_relayed()))) {
    on_zero(flow, track, flow_id, outer, from_client, &result);
  } else {
    on_datagram(flow, track, flow_id, outer, from_client, nullptr, &result);
  }
  return result;
}

// The header of a SOCKS proxy begins with a zero byte, and QUIC and DTLS do not.
void DatagramObserver::on_zero(const FlowFacts* flow, Track* track, uint64_t flow_id, const Packet& packet,
                               bool from_client, TrackResult* result) {
  Packet inside;
  ProxyTarget target;
  const bool is_relayed = open_relayed(packet, &inside, &target);
  on_datagram(flow, track, flow_id, is_relayed ? inside : packet, from_client, is_relayed ? &target : nullptr, result);
}

// `relayed_to`: `packet` is the data behind the header of a SOCKS proxy; null: it is not.
void DatagramObserver::on_datagram(const FlowFacts* flow, Track* track, uint64_t flow_id, const Packet& packet,
                                   bool from_client, const ProxyTarget* relayed_to, TrackResult* result) {
  if (flow == nullptr) {
    track = first_datagram(result, flow_id, packet, from_client, relayed_to != nullptr);
    if (track == nullptr) return;
  } else if (track == nullptr) {
    // Its payload state was evicted; a new connection may still open here.
    if (!looks_like_quic_long_header(packet.payload)) return;
    track = tracks_->take(&result->id, flow_id);
    track->phase = Phase::kDatagrams;
  }
  track->flow_id = flow_id;
  if (track->cutter) track->cutter->set_flow(flow_id);
  const bool quic = track->datagrams.quic_ != nullptr || track->facts->hint == AppHint::kQuic;
  if (quic && !is_long_header(packet.payload)) {
    on_quic_data(track, packet);
  } else if (quic || (!track->datagrams.dtls_ && looks_like_quic_long_header(packet.payload))) {
    track = on_quic(track, packet, from_client, result);
    tracks_->weigh_datagrams(track);
  } else {
    on_dtls(track, packet, result);
    tracks_->weigh_datagrams(track);
  }
  if (relayed_to != nullptr) note_relayed(track, side_of(packet.ends), *relayed_to);
  if (track->datagrams.datagrams_ < UINT8_MAX) ++track->datagrams.datagrams_;
  if (track->facts->hello == nullptr && track->datagrams.datagrams_ > kMaxDatagrams) track->phase = Phase::kDone;
  tracks_->settle(track, result);
}

// A name is evidence on its own. Other protocols may begin like the header with an address, in one direction.
void DatagramObserver::note_relayed(Track* track, unsigned side, const ProxyTarget& target) {
  bool(&is_relayed)[2] = track->datagrams.is_relayed_;
  is_relayed[side] = true;
  FlowFacts& flow = *track->facts;
  if (flow.proxy_kind != ProxyKind::kNone) return;
  if (!(is_relayed[0] && is_relayed[1]) && !target.is_name()) return;
  flow.proxy_kind = ProxyKind::kSocks5;
  flow.own_texts().proxy = target;
}

Track* DatagramObserver::first_datagram(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client,
                                        bool is_relayed) {
  const bool quic = looks_like_quic_long_header(packet.payload);
  Packet inside;
  const bool dtls = !quic && looks_like_dtls(dtls_carrier(packet, &inside).payload);
  const bool stun = !quic && !dtls && is_stun(packet.payload);
  if (!quic && !dtls && !stun && !is_relayed) {
    // In the middle of a QUIC connection only short headers occur; another connection may open on the same ports.
    const bool may_be_quic = packet.ends.source_port == kHttpsPort || packet.ends.destination_port == kHttpsPort;
    if (may_be_quic && !looks_like_wireguard(packet.payload)) return nullptr;
    const AppHint hint = look_at_datagram(packet.payload, packet.ends.source_port, packet.ends.destination_port);
    result->id = hint == AppHint::kUnknown ? 0 : FactStore::id_of_hint(hint);
    result->done = true;
    return nullptr;
  }
  Track* track = tracks_->take(&result->id, flow_id);
  track->phase = Phase::kDatagrams;
  if (stun) track->facts->hint = AppHint::kStun;
  const unsigned side = side_of(packet.ends);
  track->facts->client_side = static_cast<uint8_t>(from_client ? side : 1 - side);
  return track;
}

Track* DatagramObserver::on_quic(Track* track, const Packet& packet, bool from_client, TrackResult* result) {
  if (!track->datagrams.quic_) {
    track->datagrams.quic_ = std::make_unique<QuicClientHandshake>();
    tracks_->hold_datagrams(track);
  }
  const QuicDatagramResult seen = track->datagrams.quic_->on_datagram(packet.payload, from_client,
                                                                      packet.cut_short ? nullptr : counters_);
  if (seen.is_quic) track->facts->hint = AppHint::kQuic;
  if (seen.new_connection && track->facts->hello != nullptr) track = restart_quic(track, result);
  FlowFacts& flow = *track->facts;
  if (seen.retry_seen) flow.flags |= kFlowRetried;
  if (seen.is_answered) flow.flags |= kFlowAnswered;
  // Two concurrent connections on one pair of ports: one of them is a decoy, or the client shares its socket.
  if (seen.is_older_alive) flow.flags |= kFlowContradicted;
  QuicLongHeader header;
  const bool is_handshake = flow.hello != nullptr && parse_quic_long_header(packet.payload, &header) &&
                            header.type == QuicPacketType::kHandshake;
  if (is_handshake && !seen.from_client && !seen.retry_seen) flow.flags |= kFlowServerHello | kFlowTls13;
  // The client has its keys from the server (RFC 9001 §4.1), also where no packet of that was captured.
  if (is_handshake) track->datagrams.has_keys_ = true;
  if (seen.hello.size > 0) on_quic_hello(track, seen, packet, result);
  return track;
}

void DatagramObserver::on_quic_hello(Track* track, const QuicDatagramResult& seen, const Packet& packet,
                                     TrackResult* result) {
  const ClientHello* hello = hellos_->read(seen.hello, HelloProtocol::kQuic);
  if (hello == nullptr) {
    counters_->count(Malformed::kQuicClientHello);
    return;
  }
  FlowFacts& flow = *track->facts;
  const bool is_first = flow.hello == nullptr;
  if (is_first) {
    flow.client_side = static_cast<uint8_t>(side_of(packet.ends));
    result->hello_sender_is_source = true;
  }
  hellos_->add(*hello, seen.hello, &flow, track->flow_id, seen.packets, seen.is_second_hello, packet);
  result->hello_found = true;
  if (is_first) exchanges_->begin(track, ExchangeUnit::kPackets, false);
}

// 1-RTT packets: only direction and length are readable.
void DatagramObserver::on_quic_data(Track* track, const Packet& packet) {
  FlowFacts& flow = *track->facts;
  if (flow.hello == nullptr) return;
  const bool is_up = side_of(packet.ends) == flow.client_side;
  (is_up ? track->datagrams.client_data_ : track->datagrams.server_data_) = true;
  track->datagrams.has_keys_ = true;
  if (track->datagrams.client_data_ && track->datagrams.server_data_)
    flow.flags |= kFlowEstablished | kFlowServerHello | kFlowTls13;
  if (!track->cutter) return;
  track->cutter->on_record(is_up, packet.payload_bytes, 1, false, packet.ts_ns, sink_);
}

// A further connection on the same 5-tuple is a separate flow; facts of the previous one keep its id,
// which the flow table releases.
Track* DatagramObserver::restart_quic(Track* track, TrackResult* result) {
  const uint64_t flow_id = track->flow_id;
  const uint8_t client_side = track->facts->client_side;
  const bool is_relayed[2] = {track->datagrams.is_relayed_[0], track->datagrams.is_relayed_[1]};
  std::unique_ptr<QuicClientHandshake> quic = std::move(track->datagrams.quic_);
  exchanges_->finish(track);
  tracks_->give_back(track);
  result->id = 0;
  result->restart = true;
  Track* fresh = tracks_->take(&result->id, flow_id);
  fresh->phase = Phase::kDatagrams;
  fresh->datagrams.quic_ = std::move(quic);
  std::copy(is_relayed, is_relayed + 2, fresh->datagrams.is_relayed_);
  fresh->facts->hint = AppHint::kQuic;
  fresh->facts->client_side = client_side;
  tracks_->hold_datagrams(fresh);
  return fresh;
}

void DatagramObserver::on_dtls(Track* track, const Packet& outer, TrackResult* result) {
  Packet inside;
  const Packet& packet = dtls_carrier(outer, &inside);
  if (!track->datagrams.dtls_) {
    if (!looks_like_dtls(packet.payload)) return;
    track->datagrams.dtls_ = std::make_unique<DtlsClientHandshake>();
    tracks_->hold_datagrams(track);
  }
  const DtlsDatagramResult seen = track->datagrams.dtls_->on_datagram(packet.payload,
                                                                      packet.cut_short ? nullptr : counters_);
  FlowFacts& flow = *track->facts;
  if (seen.is_dtls) flow.hint = AppHint::kDtls;
  if (seen.retry_seen) flow.flags |= kFlowRetried;
  if (seen.server_hello) flow.flags |= kFlowServerHello | kFlowAnswered;
  if (seen.hello.size > 0) {
    const ClientHello* hello = hellos_->read(seen.hello, HelloProtocol::kDtls);
    if (hello == nullptr) {
      counters_->count(Malformed::kDtlsClientHello);
      return;
    }
    if (flow.hello == nullptr) flow.client_side = static_cast<uint8_t>(side_of(packet.ends));
    hellos_->add(*hello, seen.hello, &flow, track->flow_id, seen.packets, seen.is_second_hello, packet);
    result->hello_found = result->hello_sender_is_source = true;
  }
  // Everything of interest after the ServerHello is encrypted.
  if (seen.server_hello && flow.hello != nullptr) track->phase = Phase::kDone;
}

}  // namespace wiretally

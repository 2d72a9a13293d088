// Finds the unobserved traffic in each slice.
#include "unseen.h"

#include <algorithm>
#include <iterator>

#include "../flow/traffic_class.h"

namespace wiretally {

namespace {

// Below this number of packets one way and none back, the flow was refused or unanswered. Above, one direction was not
// captured. A SYN that a firewall drops is sent up to seven times, and contains no data.
constexpr uint64_t kMinOneWayPackets = 4;
// HTTP/3's port, RFC 9114 §3.1.
constexpr uint16_t kQuicPort = 443;
// UNKNOWN_UDP_BYTES of src/reading/collector/not-visible.ts.
constexpr uint64_t kUnknownUdpBytes = 4096;

bool is_greeted(AppHint hint) { return hint == AppHint::kTls || hint == AppHint::kQuic || hint == AppHint::kDtls; }

bool is_tunnel(const Flow& flow, const Names& names) {
  const AppHint hint = flow.app_hint;
  return hint == AppHint::kWireGuard || hint == AppHint::kOpenVpn || hint == AppHint::kIpsec ||
         hint == AppHint::kEncrypted || relays_datagrams(flow) ||
         (flow.hello != nullptr && names.is_tunnel_name(flow.sni));
}

Unseen find_tunnel_kind(const Flow& flow) {
  const bool is_calling = flow.app_hint == AppHint::kIpsec && (flow.look & kLookCalling) != 0;
  return is_calling ? Unseen::kWifiCalling : Unseen::kTunnel;
}

// Any traffic may use a port, so only a hello to it counts as DNS.
bool is_dns(const Flow& flow, const Names& names) {
  const bool is_to_port = flow.has_hello_us && flow.server_port == kDnsOverTlsPort;
  if (is_to_port || names.is_doh_name(flow.sni)) return true;
  return flow.hello != nullptr && is_encrypted_dns(alpn_of(flow.hello->ja4), flow.server_port);
}

bool is_tor_flow(const Flow& flow) {
  return flow.hello != nullptr && is_tor(alpn_of(flow.hello->ja4), flow.sni, flow.look);
}

// True for unknown UDP with much traffic in both directions, like that of every tunnel.
bool is_unknown_udp(const Flow& flow) {
  if (flow.is_tcp || (flow.app_hint != AppHint::kUnknown && flow.app_hint != AppHint::kStun)) return false;
  if (flow.packets_up == 0 || flow.packets_down == 0) return false;
  if (is_host_discovery_port(flow.server_port) || is_host_discovery_port(flow.client_port)) return false;
  return flow.payload() >= kUnknownUdpBytes;
}

// True for a flow that starts like TLS or QUIC, or whose start is not in the capture, and that has no hello and no
// name. Flows without a name for other reasons (SSH, HTTP, databases) do not count.
bool lacks_hello(const Flow& flow) {
  if (is_greeted(flow.app_hint)) return true;
  // A QUIC connection whose start was not captured, or another protocol.
  if (flow.server_port == kQuicPort && is_unknown_udp(flow)) return true;
  if (flow.app_hint != AppHint::kUnknown || !flow.has(kFlowCutShort)) return false;
  return flow.is_tcp || flow.server_port == kQuicPort;
}

bool is_unnamed_tunnel(const Flow& flow) {
  return flow.hello == nullptr && flow.sni.empty() && flow.server_port != kQuicPort && is_unknown_udp(flow);
}

}  // namespace

bool relays_datagrams(const Flow& flow) { return !flow.is_tcp && flow.proxy_kind == ProxyKind::kSocks5; }

bool is_host_discovery_port(uint16_t port) {
  static constexpr uint16_t kPorts[] = {53, 67, 68, 123, 137, 138, 1900, 5353, 5355};
  return std::find(std::begin(kPorts), std::end(kPorts), port) != std::end(kPorts);
}

bool may_be_one_way(const Flow& flow) { return flow.is_tcp && (flow.packets_up == 0 || flow.packets_down == 0); }

bool is_one_way(const Flow& flow) {
  if (!flow.has(kFlowFirstSlice) || flow.payload() == 0) return false;
  return may_be_one_way(flow) && flow.packets() >= kMinOneWayPackets;
}

bool may_send_hello_later(const Flow& flow) {
  if (!flow.has(kFlowFirstSlice) || flow.has(kFlowLastSlice) || flow.has_hello_us) return false;
  return flow.last_us - flow.flow_first_us < kMaxHelloDelayUs;
}

bool hides_name(const Flow& flow, const Names& names) {
  return flow.hello != nullptr && flow.has_ech && names.is_ech_name(flow.sni);
}

Unseen find_hidden_kind(const Flow& flow, const Names& names) {
  if (hides_name(flow, names)) return Unseen::kEch;
  if (is_dns(flow, names)) return Unseen::kDns;
  if (flow.app_hint == AppHint::kDnsTunnel) return Unseen::kDnsTunnel;
  if (is_tor_flow(flow)) return Unseen::kTor;
  if (flow.app_hint == AppHint::kSsh) return Unseen::kSsh;
  if (flow.app_hint == AppHint::kStun) return Unseen::kMedia;
  if (is_tunnel(flow, names) || is_unnamed_tunnel(flow)) return find_tunnel_kind(flow);
  if (flow.has(kFlowContradicted)) return Unseen::kConflict;
  if ((flow.look & kLookNoRecords) != 0) return Unseen::kUnknown;
  if (flow.app_hint == AppHint::kMail && !flow.has_hello_us) return Unseen::kMail;
  if (flow.has_hello_us) return flow.has(kFlowServerHello) ? Unseen::kUnnamed : Unseen::kUnanswered;
  if (flow.has(kFlowMidFlow) || lacks_hello(flow)) return Unseen::kMidFlow;
  if (flow.packets_up == 0 || flow.packets_down == 0) return Unseen::kOneWay;
  return flow.has(kFlowCutShort) ? Unseen::kDamaged : Unseen::kUnknown;
}

Unseen counted_kind(unsigned number, AppHint hint) {
  static constexpr Unseen kKinds[] = {Unseen::kTunnel,   Unseen::kDns,     Unseen::kMidFlow, Unseen::kLoss,
                                      Unseen::kConflict, Unseen::kUnnamed, Unseen::kRelay,   Unseen::kUnsized};
  static_assert(std::size(kKinds) == kNotVisibleKinds);
  return kKinds[number] == Unseen::kTunnel && hint == AppHint::kSsh ? Unseen::kSsh : kKinds[number];
}

size_t find_unseen_parts(const Flow& flow, const Names& names, UnseenPart parts[kMaxUnseenParts]) {
  size_t count = 0;
  const uint64_t bytes = flow.bytes();
  if (hides_name(flow, names)) parts[count++] = {Unseen::kEch, bytes};
  if (flow.app_hint == AppHint::kSsh) parts[count++] = {Unseen::kSsh, bytes};
  if (is_tor_flow(flow)) parts[count++] = {Unseen::kTor, bytes};
  if (is_tunnel(flow, names) || is_unnamed_tunnel(flow)) parts[count++] = {find_tunnel_kind(flow), bytes};
  if (is_dns(flow, names)) parts[count++] = {Unseen::kDns, bytes};
  if (flow.sni.empty() && flow.hello == nullptr && (flow.has(kFlowMidFlow) || lacks_hello(flow))) {
    parts[count++] = {Unseen::kMidFlow, bytes};
  }
  if (is_one_way(flow)) parts[count++] = {Unseen::kOneWay, bytes};
  if (flow.lost() > 0) parts[count++] = {Unseen::kLoss, flow.lost()};
  if (flow.has(kFlowContradicted)) parts[count++] = {Unseen::kConflict, bytes};
  return count;
}

bool has_whole_part(const Flow& flow, const Names& names) {
  UnseenPart parts[kMaxUnseenParts];
  const size_t count = find_unseen_parts(flow, names, parts);
  return std::any_of(parts, parts + count, [](const UnseenPart& part) { return part.kind != Unseen::kLoss; });
}

bool is_fully_observed(const Flow& flow, const Names& names) {
  if (flow.has(kFlowContradicted) || flow.lost() > 0 || flow.app_hint == AppHint::kSsh) return false;
  if (is_tunnel(flow, names) || is_dns(flow, names) || is_tor_flow(flow)) return false;
  if (!flow.has_hello_us && (flow.has(kFlowMidFlow) || lacks_hello(flow) || is_unknown_udp(flow))) return false;
  return !(flow.has(kFlowFirstSlice) ? is_one_way(flow) : may_be_one_way(flow));
}

}  // namespace wiretally

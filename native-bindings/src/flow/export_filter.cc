// Export filter: decides whether a slice is exported; the cheapest tests come first.
#include "export_filter.h"

#include <algorithm>

#include "../base/text.h"
#include "traffic_class.h"

namespace wiretally {

namespace {

constexpr uint16_t kQuicPort = 443;
constexpr uint32_t kMinOneWayPackets = 4;
// kMaxHelloDelayUs of collector/unseen.h.
constexpr int64_t kGreetingNs = 10'000'000'000;
// Minimum upload of a flow that looks like a model call to a relay: MIN_UP_BYTES of src/catalogue/agent-loop.ts, and the
// smallest hello of an AI runtime (runtimes.json).
constexpr uint64_t kRelayMinUpBytes = 4'240;
// UNKNOWN_UDP_BYTES of src/reading/collector/not-visible.ts.
constexpr uint64_t kUnknownUdpBytes = 4'096;
// kFirstUserPort of collector/collector.cc.
constexpr uint16_t kFirstUserPort = 1024;
// Maximum delay of an answer after the flow that uses it: kLateAnswerUs of collector/dns_map.h, and kLate of
// pipeline/flush_clock.h for packets of several queues.
constexpr int64_t kLateAnswerNs = 1'050'000'000;

bool is_host_discovery_port(uint16_t port) {
  static constexpr uint16_t kPorts[] = {53, 67, 68, 123, 137, 138, 1900, 5353, 5355};
  return std::find(std::begin(kPorts), std::end(kPorts), port) != std::end(kPorts);
}

bool is_tunnel(uint8_t hint) {
  return hint == static_cast<uint8_t>(AppHint::kSsh) || hint == static_cast<uint8_t>(AppHint::kWireGuard) ||
         hint == static_cast<uint8_t>(AppHint::kOpenVpn) || hint == static_cast<uint8_t>(AppHint::kIpsec) ||
         hint == static_cast<uint8_t>(AppHint::kEncrypted);
}

// True for unknown UDP with much traffic in both directions: is_unknown_udp of collector/unseen.cc.
bool is_unknown_udp(const FlowRecord& record) {
  const AppHint hint = static_cast<AppHint>(record.app_hint);
  if (record.protocol != 17 || (hint != AppHint::kUnknown && hint != AppHint::kStun)) return false;
  if (record.packets_up == 0 || record.packets_down == 0) return false;
  return record.payload_up + record.payload_down >= kUnknownUdpBytes && !is_host_discovery_port(record.server_port) &&
         !is_host_discovery_port(record.client_port);
}

// True for a flow with one direction. Later slices may be silent in one direction, so they are hidden only after a
// first slice that was. A flow that was exported once stays exported.
bool is_one_way(const FlowRecord& record, bool is_first) {
  if (record.protocol != 6 || !is_first || (record.packets_up > 0 && record.packets_down > 0)) return false;
  if (record.payload_up + record.payload_down == 0) return false;
  return record.packets_up + record.packets_down >= kMinOneWayPackets;
}

// True for a flow that begins like TLS or QUIC, or whose start is not in the capture, without a readable hello:
// lacks_hello of collector/unseen.cc.
bool lacks_hello(const FlowRecord& record) {
  switch (static_cast<AppHint>(record.app_hint)) {
    case AppHint::kTls:
    case AppHint::kQuic:
    case AppHint::kDtls: return true;
    case AppHint::kUnknown:
      return (record.header.flags & kFlowCutShort) != 0 && (record.protocol == 6 || record.server_port == 443);
    default: return false;
  }
}

// True if the client may be the other end: between two local hosts the ports determine it, see was_joined_from_answer
// of collector/collector.cc.
bool may_be_reversed(const ExportFilter& rules, const FlowRecord& record) {
  if (record.client_port >= kFirstUserPort || record.server_port < kFirstUserPort) return false;
  if (record.protocol == 6 && (record.header.flags & kFlowMidFlow) == 0) return false;
  return rules.local.contains(record.server_address, record.ip_version);
}

// True if the blind spots of the slice are known only with other slices, or if it contains nothing else.
bool is_unclear(const FlowRecord& record, bool has_hello, bool is_first) {
  if (record.packets_up + record.packets_down == 0) return true;
  const bool is_mid_flow = (record.header.flags & kFlowMidFlow) != 0;
  if (!has_hello && !is_mid_flow && lacks_hello(record)) return true;
  if (!has_hello && record.server_port == kQuicPort && is_unknown_udp(record)) return true;
  return is_one_way(record, is_first);
}

}  // namespace

uint16_t not_visible_kinds(const FlowRecord& record) {
  const bool is_named = record.ja4[0] != '\0' || record.sni_length != 0;
  uint16_t kinds = 0;
  if (is_tunnel(record.app_hint) || (!is_named && is_unknown_udp(record))) kinds |= kTunnelKind;
  if (is_encrypted_dns(alpn_of(record), record.server_port)) kinds |= kDnsKind;
  if (!is_named && (record.header.flags & kFlowMidFlow) != 0) kinds |= kMidFlowKind;
  if (record.lost_up != 0 || record.lost_down != 0) kinds |= kLossKind;
  if ((record.header.flags & kFlowContradicted) != 0) kinds |= kConflictKind;
  return kinds;
}

uint8_t look_of_ends(const ExportFilter& rules, const FlowRecord& record, Span sni) {
  const bool is_in = rules.local.is_internal(record.client_address, record.server_address, record.ip_version);
  const bool may_lack_name = record.ja4[0] != '\0' && (sni.size == 0 || is_tor_name(text_of(sni)));
  const bool is_named = may_lack_name && rules.named->contains(record.server_address);
  const bool is_calling = record.app_hint == static_cast<uint8_t>(AppHint::kIpsec) &&
                          rules.calling->contains(record.server_address);
  return static_cast<uint8_t>((is_in ? kLookInside : 0) | (is_named ? kLookNamed : 0) |
                              (is_calling ? kLookCalling : 0));
}

bool must_export(const ExportFilter& rules, const FlowRecord& record, TrafficClass traffic_class, Span sni,
                 int64_t now_ns) {
  const bool has_hello = record.ja4[0] != '\0';
  const bool is_first = (record.header.flags & kFlowFirstSlice) != 0;
  const bool is_last = (record.header.flags & kFlowLastSlice) != 0;
  if (record.proxy_kind != 0 || record.user_agent_length != 0 || record.other_sni_length != 0) return true;
  // Totals have no destinations.
  if (traffic_class == TrafficClass::kHidden) return true;
  // Totals do not have this kind.
  if (is_tor(alpn_of(record), text_of(sni), record.look)) return true;
  if ((record.header.flags & kFlowJoined) != 0) return true;  // The connection determines whose data it transports.
  if (is_unclear(record, has_hello, is_first)) return true;
  if (!rules.local.contains(record.client_address, record.ip_version) || may_be_reversed(rules, record)) return true;
  // A runtime of AI tools with an unlisted name may call a relay, unless the whole flow sent too few bytes for that.
  const bool is_too_small = is_first && is_last && sni.size != 0 && record.payload_up < kRelayMinUpBytes;
  if (has_hello && !is_too_small && rules.watchlist->has_cipher_of(padded_text(record.ja4))) {
    return true;
  }
  if (sni.size != 0) return rules.names->has_name(sni);
  if (is_host_discovery_port(record.server_port) || is_host_discovery_port(record.client_port)) return false;
  // The flow may still send a hello. The next record begins now at the earliest.
  if (is_first && !is_last && !has_hello && now_ns - record.flow_first_ns < kGreetingNs) return true;
  if (record.payload_up + record.payload_down == 0) return false;
  if (rules.noted.contains(record.server_address, record.ip_version)) return true;
  return now_ns - record.flow_first_ns < kLateAnswerNs || rules.answered->contains(record.server_address);
}

}  // namespace wiretally

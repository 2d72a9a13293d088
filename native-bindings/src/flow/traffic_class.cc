#include "traffic_class.h"

#include <algorithm>

#include "../base/text.h"

namespace wiretally {

namespace {

// A connection that a firewall stops sends its hello a few times, and nothing answers.
constexpr uint64_t kMaxUnanswered = 16'384;
// Or an alert in the clear refuses it: a record of 7 bytes (RFC 8446 §6).
constexpr uint64_t kMaxAlert = 16;
// In JA4.
constexpr size_t kAlpnAt = 8, kAlpnLength = 2;

}  // namespace

TrafficClass class_of(const SliceFacts& slice) {
  if (slice.payload_up + slice.payload_down == 0) return TrafficClass::kHarmless;
  // The own resolver passes such messages on to the outside.
  if (slice.hint == AppHint::kDnsTunnel || slice.is_name_hidden) return TrafficClass::kHidden;
  // Packets that the snaplen cut may be those of a proxy.
  const bool is_inside = (slice.look & kLookInside) != 0 && (slice.flags & kFlowCutShort) == 0;
  const TrafficClass unread = is_inside ? TrafficClass::kInside : TrafficClass::kHidden;
  if ((slice.flags & kFlowContradicted) != 0) return unread;
  if (slice.has_hello) {
    // Records of application data may be anything: only a ServerHello answers a hello.
    const bool is_answered = (slice.flags & kFlowServerHello) != 0;
    const bool is_named = slice.has_name || (slice.look & kLookNamed) != 0;
    if ((slice.look & kLookNoRecords) != 0) return unread;
    if (is_answered && is_named) return TrafficClass::kLookedInto;
    if (slice.payload_down <= kMaxAlert && slice.payload_up <= kMaxUnanswered) return TrafficClass::kHarmless;
    return unread;
  }
  if ((slice.look & kLookParsed) != 0) return TrafficClass::kLookedInto;
  if (slice.is_tcp) return unread;
  if (slice.hint == AppHint::kDns) return TrafficClass::kLookedInto;
  return slice.hint == AppHint::kNaming ? TrafficClass::kHarmless : unread;
}

TrafficClass class_of(const FlowRecord& record, Span sni) {
  const bool has_name = record.sni_length != 0 || record.proxy_length != 0;
  const std::string_view alpn = alpn_of(record);
  const bool is_name_hidden = is_encrypted_dns(alpn, record.server_port) || is_tor(alpn, text_of(sni), record.look);
  return class_of(SliceFacts{static_cast<AppHint>(record.app_hint), record.look, record.header.flags,
                             record.protocol == 6, !alpn.empty(), has_name, is_name_hidden, record.payload_up,
                             record.payload_down});
}

std::string_view alpn_of(std::string_view ja4) {
  return ja4.size() < kAlpnAt + kAlpnLength ? std::string_view() : ja4.substr(kAlpnAt, kAlpnLength);
}

std::string_view alpn_of(const FlowRecord& record) {
  return record.ja4[0] == '\0' ? std::string_view() : std::string_view(record.ja4 + kAlpnAt, kAlpnLength);
}

bool is_encrypted_dns(std::string_view alpn, uint16_t server_port) {
  // "dot" and "doq".
  return !alpn.empty() && (server_port == kDnsOverTlsPort || alpn == "dt" || alpn == "dq");
}

bool is_tor_name(std::string_view name) {
  constexpr std::string_view kBegin = "www.";
  constexpr size_t kEnd = 4, kLeast = 8, kMost = 20;
  if (name.size() < kBegin.size() + kLeast + kEnd || name.size() > kBegin.size() + kMost + kEnd) return false;
  const std::string_view end = name.substr(name.size() - kEnd);
  if (name.substr(0, kBegin.size()) != kBegin || (end != ".com" && end != ".net")) return false;
  const std::string_view label = name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd);
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool is_tor(std::string_view alpn, std::string_view name, uint8_t look) {
  return alpn == "00" && (look & kLookNamed) == 0 && is_tor_name(name);
}

}  // namespace wiretally

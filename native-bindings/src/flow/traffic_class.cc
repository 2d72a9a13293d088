#include "traffic_class.h"

namespace wiretally {

namespace {

// A connection that a firewall stops sends its hello a few times, and nothing answers.
constexpr uint64_t kMaxUnanswered = 16'384;
// Or an alert in the clear refuses it: a record of 7 bytes (RFC 8446 §6).
constexpr uint64_t kMaxAlert = 16;

}  // namespace

TrafficClass class_of(const SliceFacts& slice) {
  if (slice.payload_up + slice.payload_down == 0) return TrafficClass::kHarmless;
  // The own resolver passes such messages on to the outside.
  if (slice.hint == AppHint::kDnsTunnel || slice.is_name_hidden) return TrafficClass::kHidden;
  const TrafficClass unread = (slice.look & kLookInside) != 0 ? TrafficClass::kInside : TrafficClass::kHidden;
  if ((slice.flags & kFlowContradicted) != 0) return unread;
  if (slice.has_hello) {
    const bool is_answered = (slice.flags & (kFlowServerHello | kFlowEstablished)) != 0;
    const bool is_named = slice.has_name || (slice.look & kLookNamed) != 0;
    if (is_answered && is_named) return TrafficClass::kLookedInto;
    if (slice.payload_down <= kMaxAlert && slice.payload_up <= kMaxUnanswered) return TrafficClass::kHarmless;
    return unread;
  }
  if ((slice.look & kLookParsed) != 0) return TrafficClass::kLookedInto;
  if (slice.is_tcp) return unread;
  if (slice.hint == AppHint::kDns) return TrafficClass::kLookedInto;
  return slice.hint == AppHint::kNaming ? TrafficClass::kHarmless : unread;
}

TrafficClass class_of(const FlowRecord& record) {
  const bool has_name = record.sni_length != 0 || record.proxy_length != 0;
  return class_of(SliceFacts{static_cast<AppHint>(record.app_hint), record.look, record.header.flags,
                             record.protocol == 6, record.ja4[0] != '\0', has_name, false, record.payload_up,
                             record.payload_down});
}

}  // namespace wiretally

// FrameAccount classifies frames without ports (ARP, ICMP, IPsec, unknown types, damage), and sums them.
#include "frame_account.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "../packet/group_address.h"
#include "../protocol/naming/arp.h"

namespace wiretally {

namespace {

constexpr uint16_t kArp = 0x0806, kRarp = 0x8035, kMacsec = 0x88e5, kPppoeDiscovery = 0x8863, kEapol = 0x888e;
// IANA protocol numbers.
constexpr uint8_t kIcmp = 1, kEsp = 50, kIcmp6 = 58;

// These protocols carry other packets, whose content was not read.
bool is_tunnel_protocol(uint8_t protocol) {
  switch (protocol) {
    case 4:   // IP in IP
    case 41:  // IPv6 in IP
    case 47:  // GRE
    case kEsp:
    case 51:   // AH
    case 97:   // EtherIP
    case 108:  // IPComp
    case 115:  // L2TP
    case 137:  // MPLS in IP
      return true;
    default: return false;
  }
}

// True if all bytes are equal, or if each is one more than the one before.
bool repeats(Span bytes) {
  constexpr size_t kMaxPeriod = 32, kLeast = 8;
  const auto holds = [&](size_t period, uint8_t step) {
    for (size_t i = period; i < bytes.size; ++i) {
      if (bytes.data[i] != static_cast<uint8_t>(bytes.data[i - period] + step)) return false;
    }
    return true;
  };
  if (bytes.size <= kLeast) return false;
  if (holds(1, 1)) return true;
  for (size_t period = 1; period <= std::min(kMaxPeriod, bytes.size - kLeast); ++period) {
    if (holds(period, 0)) return true;
  }
  return false;
}

// ping fills its packets in this way, with or without a time before it.
bool is_pattern(Span bytes) {
  constexpr size_t kTimeBytes = 16;
  return repeats(bytes) || (bytes.size > kTimeBytes && repeats(Span{bytes.data + kTimeBytes, bytes.size - kTimeBytes}));
}

// Recognizes messages between a host and its switch by their form: an EtherType alone proves nothing.
bool is_harmless_link(uint16_t type, Span body, bool is_cut) {
  constexpr size_t kArpBytes = 28, kHeader = 4;
  if (is_cut || body.size < kHeader) return false;
  if (type == kArp || type == kRarp) {
    HostObservations ignored;
    // RFC 826 and RFC 903 share the layout; of RARP the operations are 3 and 4.
    const bool is_sound = type == kArp ? parse_arp(body, &ignored)
                                       : body.size >= kArpBytes && std::memcmp(body.data, "\0\1\x08\0\6\4\0", 7) == 0;
    return is_sound && body.size <= kArpBytes + kMaxFramePadding;
  }
  const uint8_t first = body.data[0], second = body.data[1];
  // RFC 2516 §4: version and type 1, the codes of discovery, and the length behind code and session.
  const bool is_pppoe = type == kPppoeDiscovery && first == 0x11 &&
                        (second == 0x09 || second == 0x07 || second == 0x19 || second == 0x65 || second == 0xa7);
  // IEEE 802.1X §11.3: versions 1 to 3 and types to 8, then the length.
  const bool is_eapol = type == kEapol && first >= 1 && first <= 3 && second <= 8;
  if (!is_pppoe && !is_eapol) return false;
  Cursor cursor(body);
  cursor.skip(is_pppoe ? 4 : 2);
  const size_t length = cursor.be16();
  return cursor.ok() && length <= cursor.remaining() && cursor.remaining() - length <= kMaxFramePadding;
}

// RFC 1812 §4.3.2.3, RFC 4443 §3: an error quotes as much as fits into 576 or 1280 bytes, of a packet that its receiver sent.
bool is_error_quote(Span quoted, size_t cut_bytes, const Endpoints& ends) {
  constexpr size_t kUnsure = 128, kMost4 = 576 - 28, kMost6 = 1280 - 48;
  if (quoted.size == 0) return false;
  const uint8_t version = quoted.data[0] >> 4;
  const bool is_6 = version == 6;
  if (version != 4 && !is_6) return false;
  const size_t size = quoted.size + cut_bytes;
  if (size <= kUnsure) return true;
  const size_t sender_at = is_6 ? 8 : 12, address_bytes = is_6 ? 16 : 4;
  return version == ends.ip_version && size <= (is_6 ? kMost6 : kMost4) && quoted.size >= sender_at + address_bytes &&
         std::memcmp(quoted.data + sender_at, ends.destination, address_bytes) == 0;
}

constexpr size_t kIcmpHeader = 8;

bool is_echo(Span message, uint8_t protocol, bool is_answer) {
  if (message.size < kIcmpHeader || (protocol != kIcmp && protocol != kIcmp6)) return false;
  const uint8_t wanted = protocol == kIcmp6 ? (is_answer ? 129 : 128) : (is_answer ? 0 : 8);
  return message.data[0] == wanted;
}

// RFC 792, RFC 4443: true if a message cannot carry data of a tool. Echoes are harmless if they are small or filled
// with a pattern; messages about neighbors and groups do not leave the link.
bool is_harmless_icmp(Span message, size_t cut_bytes, uint8_t protocol, const Endpoints& ends) {
  constexpr size_t kSmallEcho = 64, kSmall = 128;
  const bool is_cut = cut_bytes > 0;
  if (message.size < kIcmpHeader) return !is_cut;
  const uint8_t type = message.data[0];
  const Span body{message.data + kIcmpHeader, message.size - kIcmpHeader};
  const bool is_6 = protocol == kIcmp6;
  if (is_echo(message, protocol, true) || is_echo(message, protocol, false))
    return !is_cut && (body.size <= kSmallEcho || is_pattern(body));
  const bool is_error = is_6 ? type >= 1 && type <= 4 : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
  if (is_error) return is_error_quote(body, cut_bytes, ends);
  const bool is_of_link = is_6 && type >= 130 && type <= 143;
  if (is_of_link) return is_group_address(ends.destination, 6) || is_link_address(ends.source, 6);
  return !is_cut && message.size <= kSmall;
}

bool stays_inside(const ExportFilter& rules, const Endpoints& ends) {
  return rules.local.is_internal(ends.source, ends.destination, ends.ip_version);
}

}  // namespace

void EchoRequests::note(const Packet& packet, const NonPortInfo& other) {
  if (!is_echo(other.body, other.ip_protocol, false)) return;
  const uint64_t hash = hash_of(packet.ends.source, packet.ends.destination, other.body);
  known_[hash % kMaxRequests] = hash;
}

bool EchoRequests::is_answered_by(const Packet& packet, const NonPortInfo& other) const {
  const uint64_t hash = hash_of(packet.ends.destination, packet.ends.source, other.body);
  return known_[hash % kMaxRequests] == hash;
}

// Identifier, number and data follow the checksum.
uint64_t EchoRequests::hash_of(const uint8_t* client, const uint8_t* server, Span message) const {
  constexpr size_t kIdentifierAt = 4;
  uint64_t hash = hash_words({load_u64(client), load_u64(client + 8), load_u64(server), load_u64(server + 8)}, secret_);
  for (size_t i = kIdentifierAt; i < message.size; ++i) hash = (hash ^ message.data[i]) * 0x100000001b3;
  return hash ^ (hash >> 32);
}

FrameAccount::Judged FrameAccount::judge(const Frame& frame, const Packet& packet, const NonPortInfo& other,
                                         DecodeResult result, bool is_other_answer) const {
  constexpr Judged kHarmless{TrafficClass::kHarmless, FrameCause::kNone};
  const Endpoints& ends = ends_of(packet);
  const bool has_ends = ends.ip_version != 0;
  const size_t cut_bytes = frame.wire_bytes > frame.captured ? frame.wire_bytes - frame.captured : 0;
  const bool is_group_frame = packet.destination_mac != nullptr && (packet.destination_mac[0] & 1) != 0;
  FrameCause cause = FrameCause::kDamaged;
  if (result == DecodeResult::kNoPort) {
    cause = FrameCause::kProtocol;
    if (!has_ends) {
      const uint16_t type = other.ether_type;
      if (is_harmless_link(type, other.body, cut_bytes > 0)) return kHarmless;
      if (type == kMacsec) return {TrafficClass::kHidden, FrameCause::kTunnel};
    } else if (other.ip_protocol == kIcmp || other.ip_protocol == kIcmp6) {
      if (!is_other_answer && is_harmless_icmp(other.body, cut_bytes, other.ip_protocol, ends)) return kHarmless;
    } else if (is_tunnel_protocol(other.ip_protocol)) {
      cause = FrameCause::kTunnel;
    }
  }
  const bool is_in = has_ends ? stays_inside(*rules_, ends) : is_group_frame && result == DecodeResult::kNoPort;
  if (!is_in) return {TrafficClass::kHidden, cause};
  // A VPN to a gateway inside may contain all traffic of the host.
  const bool is_vpn = cause == FrameCause::kTunnel && other.ip_protocol == kEsp;
  return {TrafficClass::kInside, is_vpn ? FrameCause::kTunnel : FrameCause::kNone};
}

// The headers inside a tunnel prove nothing, and a tunnel from a host to the outside is that host's own traffic.
const Endpoints& FrameAccount::ends_of(const Packet& packet) const {
  return packet.tunnel_depth > 0 && rules_->leaves_in_tunnel(packet.outer) ? packet.outer : packet.ends;
}

void FrameAccount::take_trailer(const Frame& frame, uint32_t bytes, Packet* packet, EventSink* sink) {
  packet->wire_bytes -= bytes;
  add_damaged(ends_of(*packet), frame.ts_ns, 0, bytes, sink);
}

// The local end is the host; between two other ends, it is the one that sent first.
FrameHost FrameAccount::host_of(const Endpoints& ends, bool is_reversed) const {
  FrameHost host{};
  if (ends.ip_version == 0) return host;
  const bool is_from_local = rules_->local.contains(ends.source, ends.ip_version);
  const bool is_to_local = rules_->local.contains(ends.destination, ends.ip_version);
  const bool is_from_host = is_from_local || (!is_to_local && !is_reversed);
  std::memcpy(host.address, is_from_host ? ends.source : ends.destination, sizeof host.address);
  std::memcpy(host.peer, is_from_host ? ends.destination : ends.source, sizeof host.peer);
  host.ip_version = ends.ip_version;
  return host;
}

FrameAccount::Entry& FrameAccount::entry_of(const FrameHost& host, Judged judged, int64_t first_ns, EventSink* sink) {
  AccountRecord sums{};
  sums.first_ns = sums.last_ns = first_ns;
  std::memcpy(sums.host, host.address, sizeof sums.host);
  if (judged.traffic_class == TrafficClass::kHidden) std::memcpy(sums.peer, host.peer, sizeof sums.peer);
  sums.ip_version = host.ip_version;
  sums.traffic_class = static_cast<uint8_t>(judged.traffic_class);
  sums.cause = static_cast<uint8_t>(judged.cause);
  const uint32_t window = clock_.number(first_ns);
  const uint64_t kinds = (uint64_t{sums.ip_version} << 16) | (uint64_t{sums.traffic_class} << 8) | uint64_t{sums.cause};
  const uint64_t ends = hash_words({load_u64(sums.host), load_u64(sums.host + 8), load_u64(sums.peer),
                                    load_u64(sums.peer + 8)},
                                   secret_);
  const uint64_t hash = hash_words({ends, window, kinds, 0}, secret_);
  Entry* const existing = table_.find(hash, [&](const Entry& entry) {
    constexpr size_t kBegin = offsetof(AccountRecord, host), kEnd = offsetof(AccountRecord, reserved);
    const auto key_of = [](const AccountRecord& of) { return reinterpret_cast<const uint8_t*>(&of) + kBegin; };
    return entry.window == window && std::memcmp(key_of(entry.sums), key_of(sums), kEnd - kBegin) == 0;
  });
  if (existing != nullptr) return *existing;
  if (table_.is_full()) flush(sink);
  return table_.add(hash, Entry{window, sums});
}

void FrameAccount::add_sums(const FrameHost& host, Judged judged, int64_t first_ns, int64_t last_ns, uint64_t packets,
                            uint64_t bytes, EventSink* sink) {
  AccountRecord& sums = entry_of(host, judged, first_ns, sink).sums;
  sums.first_ns = std::min(sums.first_ns, first_ns);
  sums.last_ns = std::max(sums.last_ns, last_ns);
  sums.packets += packets;
  sums.bytes += bytes;
}

bool FrameAccount::add(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
                       EventSink* sink) {
  if (!knows_host(packet) || answers_echo(packet, other, result)) return false;
  if (rules_ != nullptr) count(frame, packet, judge(frame, packet, other, result, false), false, sink);
  return true;
}

bool FrameAccount::take_tunnelled(const Packet& packet, EventSink* sink) {
  if (rules_ == nullptr || !rules_->leaves_in_tunnel(packet.outer) || !stays_inside(*rules_, packet.ends)) return false;
  add_sums(host_of(packet.outer, false), {TrafficClass::kHidden, FrameCause::kTunnel}, packet.ts_ns, packet.ts_ns,
           packet.frames, packet.wire_bytes, sink);
  return true;
}

void FrameAccount::add_between(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
                               bool is_reversed, bool is_other_answer, EventSink* sink) {
  if (rules_ == nullptr) return;
  count(frame, packet, judge(frame, packet, other, result, is_other_answer), is_reversed, sink);
}

bool FrameAccount::answers_echo(const Packet& packet, const NonPortInfo& other, DecodeResult result) const {
  if (rules_ == nullptr || result != DecodeResult::kNoPort) return false;
  const Span message = other.body;
  if (!is_echo(message, other.ip_protocol, true) || stays_inside(*rules_, ends_of(packet))) return false;
  return !is_pattern(Span{message.data + kIcmpHeader, message.size - kIcmpHeader});
}

void FrameAccount::count(const Frame& frame, const Packet& packet, Judged judged, bool is_reversed, EventSink* sink) {
  // A datagram counts with all its frames.
  const uint64_t packets = packet.reassembled ? packet.frames : 1;
  const uint64_t bytes = packet.reassembled ? packet.wire_bytes : frame.wire_bytes;
  add_sums(host_of(ends_of(packet), is_reversed), judged, frame.ts_ns, frame.ts_ns, packets, bytes, sink);
}

void FrameAccount::add_dropped(const DroppedFragments& dropped, int64_t now_ns, EventSink* sink) {
  if (rules_ == nullptr) return;
  const Endpoints& ends = rules_->leaves_in_tunnel(dropped.outer) ? dropped.outer : dropped.ends;
  add_damaged(ends, now_ns, dropped.frames, dropped.wire_bytes, sink);
}

void FrameAccount::add_damaged(const Endpoints& ends, int64_t ts_ns, uint64_t packets, uint64_t bytes,
                               EventSink* sink) {
  const bool is_in = ends.ip_version != 0 && stays_inside(*rules_, ends);
  const Judged judged{is_in ? TrafficClass::kInside : TrafficClass::kHidden,
                      is_in ? FrameCause::kNone : FrameCause::kDamaged};
  add_sums(host_of(ends, false), judged, ts_ns, ts_ns, packets, bytes, sink);
}

void FrameAccount::flush(EventSink* sink) {
  for (const Entry& entry : table_.entries()) {
    sink->emit(RecordType::kAccount, 0, &entry.sums, sizeof entry.sums, nullptr, 0);
  }
  table_.clear();
}

}  // namespace wiretally

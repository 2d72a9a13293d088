// Counts malformed packets by layer and reason. A malformed packet increments one counter and is then dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wiretally {

// X(name, "layer.reason"): add a line here for a new reason; numbers are not stored anywhere.
#define WIRETALLY_MALFORMED(X)                 \
  X(kCaptureLength, "capture.length")          \
  X(kCaptureTime, "capture.time")              \
  X(kCaptureFilter, "capture.filter")          \
  X(kEthernetShort, "ethernet.short")          \
  X(kVlanShort, "vlan.short")                  \
  X(kLinkUnknown, "link.unknown_type")         \
  X(kLinkShort, "link.short")                  \
  X(kIp4Version, "ipv4.version")               \
  X(kIp4HeaderLength, "ipv4.header_length")    \
  X(kIp4TotalLength, "ipv4.total_length")      \
  X(kIp4Checksum, "ipv4.checksum")             \
  X(kIp6Version, "ipv6.version")               \
  X(kIp6PayloadLength, "ipv6.payload_length")  \
  X(kIp6Extension, "ipv6.extension")           \
  X(kTcpShort, "tcp.short")                    \
  X(kTcpDataOffset, "tcp.data_offset")         \
  X(kTcpChecksum, "tcp.checksum")              \
  X(kUdpShort, "udp.short")                    \
  X(kUdpLength, "udp.length")                  \
  X(kUdpChecksum, "udp.checksum")              \
  X(kTunnelDepth, "tunnel.depth")              \
  X(kTunnelShort, "tunnel.short")              \
  X(kTunnelHeader, "tunnel.header")            \
  X(kFragmentOverlap, "fragment.overlap")      \
  X(kFragmentBeyondEnd, "fragment.beyond_end") \
  X(kFragmentLength, "fragment.length")        \
  X(kFragmentTimeout, "fragment.timeout")      \
  X(kFragmentTableFull, "fragment.table_full") \
  X(kDnsMessage, "dns.message")                \
  X(kDhcpMessage, "dhcp.message")              \
  X(kTlsRecord, "tls.record")                  \
  X(kTlsClientHello, "tls.client_hello")       \
  X(kQuicHeader, "quic.header")                \
  X(kQuicDecrypt, "quic.decrypt")              \
  X(kQuicFrame, "quic.frame")                  \
  X(kQuicClientHello, "quic.client_hello")     \
  X(kDtlsRecord, "dtls.record")                \
  X(kDtlsClientHello, "dtls.client_hello")

enum class Malformed : uint16_t {
#define WIRETALLY_ENUM(name, text) name,
  WIRETALLY_MALFORMED(WIRETALLY_ENUM)
#undef WIRETALLY_ENUM
      kCount
};

struct Counters {
  uint64_t packets = 0;
  uint64_t wire_bytes = 0;
  uint64_t undecoded = 0;  // no TCP or UDP header in them
  uint64_t snaplen_cut = 0;
  uint64_t fragments = 0;
  std::array<uint64_t, static_cast<size_t>(Malformed::kCount)> malformed{};

  void count(Malformed reason) { ++malformed[static_cast<size_t>(reason)]; }

  void add(const Counters& other) {
    packets += other.packets;
    wire_bytes += other.wire_bytes;
    undecoded += other.undecoded;
    snaplen_cut += other.snaplen_cut;
    fragments += other.fragments;
    for (size_t i = 0; i < malformed.size(); ++i) malformed[i] += other.malformed[i];
  }
};

// Returns the "layer.reason" of a counter number.
inline const char* malformed_name(size_t number) {
  static constexpr const char* kNames[] = {
#define WIRETALLY_NAME(name, text) text,
      WIRETALLY_MALFORMED(WIRETALLY_NAME)
#undef WIRETALLY_NAME
  };
  return number < static_cast<size_t>(Malformed::kCount) ? kNames[number] : "";
}

}  // namespace wiretally

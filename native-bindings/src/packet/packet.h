// A decoded packet: the headers of one captured frame. packet/ fills it, stream/ and
// flow/ read it.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

// Innermost 5-tuple in the order of the packet (source first). IPv4 addresses use the first four bytes.
struct Endpoints {
  uint8_t source[16];
  uint8_t destination[16];
  uint16_t source_port;  // host byte order
  uint16_t destination_port;
  uint8_t protocol;    // 6 or 17
  uint8_t ip_version;  // 4 or 6
};

constexpr unsigned kMaxVlans = 4;        // deeper tags are walked but not kept
constexpr unsigned kMaxTunnelDepth = 8;  // encapsulations that are followed; deeper is counted as malformed

// Fields by frequency of access: what every packet of a flow needs is one cache line, what its payload needs is the next one.
struct alignas(64) Packet {
  Endpoints ends;
  uint8_t vlan_count;
  uint8_t tunnel_depth;
  int64_t ts_ns;
  uint32_t wire_bytes;     // frame on the wire, link header and tunnels included; of a datagram all its frames
  uint32_t payload_bytes;  // payload by the headers
  uint8_t tcp_flags;       // 0 for UDP
  bool cut_short;          // the snaplen cut into the payload
  bool reassembled;        // reassembled from IP fragments
  bool has_other_bytes;    // some fragments had conflicting copies
  uint16_t frames;         // number of captured frames: 1, more for a fragmented datagram

  alignas(64) Span payload;  // captured TCP or UDP payload (may be shorter than payload_bytes when cut)
  Span segment;              // TCP or UDP header and payload, as far as captured; empty when the header is not whole
  Span ip_header;            // the innermost one, of IPv6 without its extensions
  uint32_t segment_bytes;    // Bytes of the segment by its headers.
  uint32_t sequence;         // TCP
  uint32_t acknowledgement;  // TCP
  uint32_t file_index;
  const uint8_t* source_mac;  // 6 bytes or null: of the innermost Ethernet header of the packet
  const uint8_t* destination_mac;
  uint16_t vlans[kMaxVlans];         // outermost first
  uint8_t tunnels[kMaxTunnelDepth];  // Encapsulation numbers, outermost first
  Endpoints outer;                   // addresses around the outermost tunnel; only with tunnel_depth > 0
};

// Returns the addresses around the outermost tunnel; the IP version is 0 if there is none.
inline Endpoints outer_ends(const Packet& packet) { return packet.tunnel_depth == 0 ? Endpoints{} : packet.outer; }

// Returns the time to live, or the hop limit; 0 if it is not known.
inline uint8_t ttl_of(const Packet& packet) {
  const size_t at = packet.ends.ip_version == 6 ? 7 : 8;
  return packet.ip_header.size <= at ? uint8_t{0} : packet.ip_header.data[at];
}

// Systems begin with 64 or more, and paths of the Internet have fewer than 48 routers.
inline bool is_far(uint8_t ttl) { return ttl != 0 && ttl <= 16; }

}  // namespace wiretally

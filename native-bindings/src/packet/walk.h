// Walk is the state of decoding one frame from link header to ports: the remaining bytes, the captured part, and
// results.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/counters.h"
#include "../base/view.h"
#include "decode.h"
#include "layer.h"
#include "packet.h"

namespace wiretally {

// An IP fragment at which a walk ended; the walk's bytes are the fragment's.
struct FragmentHeader {
  uint8_t ip_version;
  uint8_t protocol;
  bool more;
  uint32_t id;
  uint32_t offset;
};

struct Walk {
  Packet carrier;     // innermost UDP packet that seemed to carry a tunnel; first, as it begins a cache line
  const uint8_t* at;  // next byte
  size_t captured;    // bytes there
  size_t wire;        // bytes on the wire; never less than captured
  Packet* packet;
  NonPortInfo* other;
  Counters* counters;
  FragmentHeader fragment{};
  bool has_carrier = false;
  uint8_t next_protocol = 0;      // Set for kIp6Chain.
  bool has_wlan_pad = false;      // padding of the 802.11 header to four bytes, from radiotap
  bool gre_has_sequence = false;  // distinguishes ERSPAN I from II

  bool has(size_t count) const { return captured >= count; }

  // Returns how a walk ends that needs `count` bytes and has fewer: cut by the snaplen, or malformed on the wire.
  Layer lacks(size_t count, Malformed reason) {
    if (wire >= count) return Layer::kCut;
    return malformed(reason);
  }
  Layer malformed(Malformed reason) {
    counters->count(reason);
    return Layer::kMalformed;
  }

  // Returns the next bytes as a header; valid only after has(kSize).
  template <size_t kSize>
  View<kSize> view() const {
    return View<kSize>(at);
  }

  // Valid only after has(count).
  void skip(size_t count) {
    at += count;
    captured -= count;
    wire -= count;
  }

  // Bytes after `count` are trailer or padding.
  void limit(size_t count) {
    if (wire > count) wire = count;
    if (captured > count) captured = count;
  }

  // Returns false, and counts the packet, if it exceeds the maximum depth.
  bool enter(Encapsulation encapsulation) {
    if (packet->tunnel_depth == kMaxTunnelDepth) {
      counters->count(Malformed::kTunnelDepth);
      return false;
    }
    if (packet->tunnel_depth == 0 || packet->outer.ip_version == 0) packet->outer = packet->ends;
    packet->tunnels[packet->tunnel_depth++] = static_cast<uint8_t>(encapsulation);
    return true;
  }

  Layer next_ether_type(uint16_t ether_type) {
    other->ether_type = ether_type;
    other->ip_protocol = 0;
    return next_layer(Space::kEtherType, ether_type);
  }
};

// Walks from `layer` to an end: kPacket, kNoPort, kMalformed, kCut or kFragment. An outer packet replaces an inner
// packet without ports.
Layer walk_to_end(Layer layer, Walk* walk);

// Begins a walk at the frame's link header.
Layer begin_walk(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters, Walk* walk);

// Counts the result of a walk and converts it to the result of decode.h.
DecodeResult conclude(Layer end, const Walk& walk);

// These functions guess from the first bytes, for payloads that no header announces.
bool looks_like_ip(const Walk& walk, size_t at);
bool looks_like_ethernet(const Walk& walk, size_t at);
bool looks_like_ppp(const Walk& walk, size_t at);  // True for a protocol that the walk supports.

// These checks are stricter, because a header on a UDP port proves little: IPv4 needs a correct checksum, IPv6 a length
// equal to the rest and a known next header. Both reject truncated packets. `trailer` is the number of bytes that may
// follow the packet.
bool holds_ip(const Walk& walk, size_t at, size_t trailer = 0);
// Ethernet must announce such IP, or another known header. A check sequence and a time stamp may follow it.
bool holds_frame(const Walk& walk, size_t at);

// Advances by `header` bytes to an IP packet if the bytes look like one; else returns kNoMatch.
Layer step_into_ip(Walk* walk, size_t header, Encapsulation encapsulation);

// Continues with the packet after a Unix address family.
Layer follow_family(Walk* walk, uint32_t family);

// Returns the tunnel in a UDP payload on a port that no registry assigns to a tunnel; kNoPort if there is none.
// Administrators choose ports for VXLAN, FOU and mirrors freely, so every packet must prove itself: VXLAN and TZSP by
// 40 fixed bits of the header and a known frame type, FOU by version, length and checksum of IPv4. One in 2^40 random
// payloads passes.
Layer tunnel_by_content(const Walk& walk);

bool is_aruba_tunnel(uint16_t protocol);

// Each Layer has one walker, in files by family.
#define WIRETALLY_WALKER(name, walker, ...) Layer walker(Walk*);
WIRETALLY_LAYERS(WIRETALLY_WALKER, WIRETALLY_WALKER, WIRETALLY_NO_LINE)
#undef WIRETALLY_WALKER

}  // namespace wiretally

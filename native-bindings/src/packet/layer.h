// Layer: every header that the decoder can walk, and its next headers; generated from layer_table.h.
#pragma once

#include <cstdint>

#include "../base/view.h"
#include "layer_table.h"

namespace wiretally {

struct Walk;

#define WIRETALLY_NO_LINE(...)

// A header that can be walked, or how a walk ends.
enum class Layer : uint8_t {
#define WIRETALLY_LINE(name, ...) k##name,
  WIRETALLY_LAYERS(WIRETALLY_LINE, WIRETALLY_LINE, WIRETALLY_NO_LINE)
#undef WIRETALLY_LINE
      kWalked,  // number of the layers above
  kPacket = kWalked,
  kNoPort,  // the packet has no ports: neither TCP nor UDP follows
  kMalformed,
  kCut,
  kFragment,
  kNoMatch,  // no tunnel on this UDP port: the UDP packet itself is the packet
};

// These registries assign the numbers in next-header fields.
enum class Space : uint8_t { kNone, kLinkType, kEtherType, kGre, kPpp, kIpProtocol, kUdpPort, kNshNext };

// Returns the layer that a number announces; kNoPort if the table does not list it.
Layer next_layer(Space space, uint32_t number);

// True for the few ports on which UDP carries tunnels; false positives are possible, misses are not.
bool may_carry_tunnel(uint16_t port);

constexpr uint32_t kVxlanStart = 0x08000000;  // the flag of a VNI, and reserved bits
constexpr uint32_t kTzspStart = 0x01000001;   // version 1, a received packet, Ethernet

// True for the few UDP payloads that tunnel_by_content checks; all of their `size` bytes were captured.
inline bool may_begin_tunnel(const uint8_t* payload, size_t size) {
  if (size < 28) return false;
  const uint32_t start = View<4>(payload).be32<0>();
  return start == kVxlanStart || start == kTzspStart || ((start >> 24) == 0x45 && (start & 0xffff) == size);
}

Layer walk_layer(Layer layer, Walk* walk);

// Layers of a walk, for output. Tags that only mark a frame (VLAN, SGT, VN-tag) are omitted.
enum class Encapsulation : uint8_t {
  kNone,
#define WIRETALLY_LINE(name, ...) k##name,
  WIRETALLY_LAYERS(WIRETALLY_NO_LINE, WIRETALLY_LINE, WIRETALLY_LINE)
#undef WIRETALLY_LINE
      kCount,
};
// Flows keep six bits of each.
static_assert(static_cast<unsigned>(Encapsulation::kCount) <= 64);

}  // namespace wiretally

// Layer: every header that the decoder can walk, and what follows what; made of layer_table.h.
#pragma once

#include <cstdint>

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
  kNoPort,
  kMalformed,
  kCut,
  kFragment,
  kNotThat,  // a guess by port number was wrong: the UDP packet itself is the packet
};

// Whose numbers: the registries that next-header fields refer to.
enum class Space : uint8_t { kNone, kLinkType, kEtherType, kGre, kPpp, kIpProtocol, kUdpPort, kNshNext };

// What follows: kNoPort when the table does not know.
Layer follow(Space space, uint32_t number);

// True for the few ports on which UDP carries tunnels; false positives are possible, misses are not.
bool may_carry_tunnel(uint16_t port);

Layer walk_layer(Layer layer, Walk* walk);

// What a walk went through, for output. Tags that only mark a frame (VLAN, SGT, VN-tag) are not among them.
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

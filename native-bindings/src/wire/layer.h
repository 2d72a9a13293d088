// Layer: every header that the decoder can walk, and the one table of what follows what.
#pragma once

#include <cstdint>

namespace wiretally {

struct Walk;

// A header that can be walked, or how a walk ends. Order is that of kHandlers in layer.cc.
enum class Layer : uint8_t {
  kEthernet, kLinkLlc, kNull, kLoop, kRawIp, kPpp, kPppHdlc, kPppMultilink, kCiscoHdlc, kFrameRelay, kWlan,
  kRadiotap, kPpi, kSll, kSll2, kPktap, kNflog,
  kVlan, kMpls, kPppoe, kPbb, kCiscoMetadata, kVnTag, kEtag, kNsh,
  kIp4, kIp6, kIp6Chain, kAh, kTcp, kUdp, kIp4InIp, kIp6InIp, kMplsInIp, kEtherIp, kL2tp3, kGre, kPptp, kAruba,
  kTeb, kErspan12, kErspan3, kWccp,
  kVxlan, kVxlanGpe, kGeneve, kGtp, kTeredo, kL2tp, kCapwap, kMplsInUdp, kAyiya,
  kWalked,        // number of the layers above
  kPacket = kWalked,
  kNoPort,
  kMalformed,
  kCut,
  kFragment,
  kNotThat,       // a guess by port number was wrong: the UDP packet itself is the packet
};

// Whose numbers: the registries that next-header fields refer to.
enum class Space : uint8_t { kLinkType, kEtherType, kGre, kPpp, kIpProtocol, kUdpPort, kNshNext };

// What follows: kNoPort when the table does not know.
Layer follow(Space space, uint32_t number);

// True for the few ports on which UDP carries tunnels; false positives are possible, misses are not.
bool may_carry_tunnel(uint16_t port);

Layer walk_layer(Layer layer, Walk* walk);

// What a walk went through, for output. Tags that only mark a frame (VLAN, SGT, VN-tag) are not among them.
enum class Encapsulation : uint8_t {
  kNone, kMpls, kPppoe, kPbb, kNsh, kIpIp, k6in4, k4in6, k6in6, kEtherIp, kGre, kErspan1, kErspan2, kErspan3,
  kWccp, kPptp, kVxlan, kVxlanGpe, kGeneve, kGtp, kTeredo, kL2tp, kCapwap, kMplsUdp, kAruba,
  kAyiya, kTurn,
  kCount,
};

}  // namespace wiretally

// LINKTYPE_NULL and LINKTYPE_LOOP (tcpdump.org/linktypes.html): four bytes with the address family of the packet,
// in the order of the writing host, or in network order. The writer is not recorded, and
// not every number is known here:
// - IPv6 has a number of its own on each system;
// - IRIX and UNICOS/mp put sixteen bits into the first two bytes;
// - early Linux wrote two zero bytes and an ether type;
// - FF 03 begins a PPP frame that was written under this number.
// For unknown families the packet itself is probed.
#include "walk.h"

namespace wiretally {
namespace {

constexpr uint32_t kIp4Family = 2;
constexpr uint32_t kSmallestEtherType = 0x600;
constexpr uint32_t kShortIp4Family = 0x0200;  // 00 02 00 00, read as little-endian

// Linux uses 10, NetBSD, OpenBSD and Npcap 24, FreeBSD 28, macOS 30.
bool is_ip6_family(uint32_t family) { return family == 10 || family == 24 || family == 28 || family == 30; }

// The value of the four bytes in either order: families and ether types fit into sixteen bits.
uint32_t family_of(uint32_t little, uint32_t big) {
  if (little == kShortIp4Family) return kIp4Family;
  return (little >> 16) == 0 ? little : big;
}

// An IP header whose length is that of the whole rest: loopback frames have no padding.
bool is_surely_ip(const Walk& walk) {
  if (!looks_like_ip(walk, 0)) return false;
  if (walk.has(40) && (walk.at[0] >> 4) == 6) return size_t{walk.view<40>().be16<4>()} + 40 == walk.wire;
  return walk.has(20) && (walk.at[0] >> 4) == 4 && walk.view<20>().be16<2>() == walk.wire;
}

}  // namespace

Layer follow_family(Walk* walk, uint32_t family) {
  if (family == kIp4Family) return walk->next_ether_type(0x0800);
  return is_ip6_family(family) ? walk->next_ether_type(0x86dd) : Layer::kNoPort;
}

Layer walk_null(Walk* walk) {
  if (walk->has(2) && walk->view<2>().be16<0>() == 0xff03) return Layer::kPppHdlc;
  if (!walk->has(4)) return walk->lacks(4, Malformed::kLinkShort);
  const auto header = walk->view<4>();
  const uint32_t family = family_of(header.le32<0>(), header.be32<0>());
  walk->skip(4);
  const bool is_ether_type = family >= kSmallestEtherType && family <= 0xffff;
  const Layer layer = is_ether_type ? walk->next_ether_type(static_cast<uint16_t>(family))
                                    : follow_family(walk, family);
  return layer == Layer::kNoPort && is_surely_ip(*walk) ? Layer::kRawIp : layer;
}

// OpenBSD, for which the number was assigned, uses network order; some writers use their own.
Layer walk_loop(Walk* walk) { return walk_null(walk); }

}  // namespace wiretally

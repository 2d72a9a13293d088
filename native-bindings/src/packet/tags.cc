// Tags and shims between a link header and IP: VLANs, MPLS, PPPoE, provider backbone, Cisco metadata, VN-tag,
// NSH.
#include "walk.h"

namespace wiretally {
namespace {

// Skips a shim that ends in an ether type.
Layer behind(Walk* walk, size_t header) {
  if (!walk->has(header)) return walk->lacks(header, Malformed::kTunnelShort);
  walk->skip(header - 2);
  const uint16_t type = walk->view<2>().be16<0>();
  walk->skip(2);
  return walk->next_ether_type(type);
}

// MPLS does not announce the payload of the bottom label (RFC 4928): IP by its first nibble when the rest agrees,
// else a pseudo-wire with a control word (RFC 4385) or without.
Layer behind_labels(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kTunnelShort);
  const uint8_t nibble = walk->view<1>().u8<0>() >> 4;
  if (nibble == 4 && looks_like_ip(*walk, 0)) return walk->next_ether_type(0x0800);
  if (nibble == 6 && looks_like_ip(*walk, 0)) return walk->next_ether_type(0x86dd);
  if (nibble == 0 && walk->has(4) && looks_like_ethernet(*walk, 4)) {
    walk->skip(4);
    return Layer::kEthernet;
  }
  if (nibble != 1 && looks_like_ethernet(*walk, 0)) return Layer::kEthernet;
  if (nibble == 4) return walk->next_ether_type(0x0800);  // its walker counts the fault
  return nibble == 6 ? walk->next_ether_type(0x86dd) : Layer::kNoPort;
}

}  // namespace

// IEEE 802.1Q §9.6: two bytes of tag, then type or length.
Layer walk_vlan(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kVlanShort);
  const auto tag = walk->view<4>();
  Packet* packet = walk->packet;
  if (packet->vlan_count < kMaxVlans) packet->vlans[packet->vlan_count++] = tag.be16<0>() & 0x0fff;
  const uint16_t type = tag.be16<2>();
  walk->skip(4);
  if (type >= 0x600) return walk->next_ether_type(type);
  if (type > 1500) return Layer::kNoPort;
  walk->limit(type);
  return Layer::kLinkLlc;
}

// RFC 3032 §2.1.
Layer walk_mpls(Walk* walk) {
  if (!walk->enter(Encapsulation::kMpls)) return Layer::kMalformed;
  for (;;) {
    if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
    const bool is_bottom = (walk->view<4>().u8<2>() & 1) != 0;
    walk->skip(4);
    if (is_bottom) return behind_labels(walk);
  }
}

// RFC 2516 §4: session data has code 0.
Layer walk_pppoe(Walk* walk) {
  if (!walk->has(6)) return walk->lacks(6, Malformed::kTunnelShort);
  const auto header = walk->view<6>();
  if (header.u8<0>() != 0x11) return walk->malformed(Malformed::kTunnelHeader);
  if (header.u8<1>() != 0) return Layer::kNoPort;
  if (!walk->enter(Encapsulation::kPppoe)) return Layer::kMalformed;
  const size_t length = header.be16<4>();
  walk->skip(6);
  walk->limit(length);
  return Layer::kPpp;
}

// IEEE 802.1ah: a four-byte service tag, then the customer's whole frame.
Layer walk_pbb(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kPbb)) return Layer::kMalformed;
  walk->skip(4);
  return Layer::kEthernet;
}

// Cisco MetaData with the security group tag: version, length in words, options, ether type.
Layer walk_cisco_metadata(Walk* walk) {
  if (!walk->has(2)) return walk->lacks(2, Malformed::kTunnelShort);
  const size_t words = walk->view<2>().u8<1>();
  return behind(walk, 2 + words * 4 + 2);
}

Layer walk_vn_tag(Walk* walk) { return behind(walk, 6); }

// IEEE 802.1BR.
Layer walk_etag(Walk* walk) { return behind(walk, 8); }

// RFC 8300 §2.2: length in words in the low six bits, next protocol in the fourth byte.
Layer walk_nsh(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kTunnelShort);
  const auto header = walk->view<8>();
  const size_t length = size_t{header.be16<0>() & 0x3fu} * 4;
  const uint8_t next = header.u8<3>();
  if ((header.u8<0>() >> 6) != 0 || length < 8) return walk->malformed(Malformed::kTunnelHeader);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kNsh)) return Layer::kMalformed;
  walk->skip(length);
  return follow(Space::kNshNext, next);
}

}  // namespace wiretally

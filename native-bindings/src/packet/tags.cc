// Walks tags and shims between a link header and IP: VLANs, MPLS, PPPoE, provider backbone, Cisco metadata, VN-tag,
// NSH, MACsec, HSR, time stamps of switches, TRILL, FabricPath.
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

// MPLS does not announce the payload of the bottom label (RFC 4928). It is IP if the first nibble and the rest of the
// header agree, else a pseudo-wire with a control word (RFC 4385) or without.
Layer behind_labels(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kTunnelShort);
  if (holds_frame(*walk, 0)) return Layer::kEthernet;
  const uint8_t nibble = walk->view<1>().u8<0>() >> 4;
  if (nibble == 4 && looks_like_ip(*walk, 0)) return walk->next_ether_type(0x0800);
  if (nibble == 6 && looks_like_ip(*walk, 0)) return walk->next_ether_type(0x86dd);
  if (nibble == 0 && walk->has(4) && looks_like_ethernet(*walk, 4)) {
    walk->skip(4);
    return Layer::kEthernet;
  }
  if (nibble != 1 && looks_like_ethernet(*walk, 0)) return Layer::kEthernet;
  if (nibble == 4) return walk->next_ether_type(0x0800);  // The walker of IPv4 counts the fault.
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

// IEEE 802.1AE §9.3: flags, length of a short frame, packet number, and the identifier of the sender if SC is set. Only
// frames without encryption (E) are readable; an integrity check value of 16 bytes follows their payload.
Layer walk_macsec(Walk* walk) {
  constexpr uint8_t kVersion = 0x80, kSender = 0x20, kEncrypted = 0x08, kChanged = 0x04;
  constexpr size_t kCheckBytes = 16;
  if (!walk->has(6)) return walk->lacks(6, Malformed::kTunnelShort);
  const uint8_t flags = walk->at[0];
  const size_t short_length = walk->at[1] & 0x3fu;
  if ((flags & (kVersion | kEncrypted | kChanged)) != 0) return Layer::kNoPort;
  const size_t header = (flags & kSender) != 0 ? 14 : 6;
  if (!walk->has(header)) return walk->lacks(header, Malformed::kTunnelShort);
  walk->skip(header);
  if (walk->wire >= kCheckBytes) walk->limit(walk->wire - kCheckBytes);
  if (short_length != 0) walk->limit(short_length);
  return behind(walk, 2);
}

// IEC 62439-3 §5.6: path and size, sequence number, then the type. The trailer of PRP (§4.1) lies behind the IP packet.
Layer walk_hsr(Walk* walk) { return behind(walk, 6); }

// Arista's time stamp (EOS, "timestamp header"): subtype, version, then 64 or 48 bits; a flag marks UTC, TAI has none.
Layer walk_arista_time(Walk* walk) {
  constexpr uint16_t k64Bits = 0x0010, k48Bits = 0x0020, kUtc = 0x0100;
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  const uint16_t version = walk->view<4>().be16<2>() & ~kUtc;
  if (version != k64Bits && version != k48Bits) return Layer::kNoPort;
  return behind(walk, version == k64Bits ? 14 : 12);
}

// RFC 6325 §3.1: version, options in words, hops, and the nicknames of two bridges; then the customer's whole frame.
Layer walk_trill(Walk* walk) {
  if (!walk->has(6)) return walk->lacks(6, Malformed::kTunnelShort);
  const uint16_t start = walk->view<6>().be16<0>();
  if ((start >> 14) != 0) return walk->malformed(Malformed::kTunnelHeader);
  const size_t header = 6 + size_t{(start >> 6) & 0x1fu} * 4;
  if (!walk->has(header)) return walk->lacks(header, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kTrill)) return Layer::kMalformed;
  walk->skip(header);
  return Layer::kEthernet;
}

// Cisco FabricPath: forwarding tag and hops, then the customer's whole frame.
Layer walk_fabric_path(Walk* walk) {
  if (!walk->has(2)) return walk->lacks(2, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kFabricPath)) return Layer::kMalformed;
  walk->skip(2);
  return Layer::kEthernet;
}

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
  return next_layer(Space::kNshNext, next);
}

}  // namespace wiretally

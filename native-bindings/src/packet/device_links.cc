// Walks link headers that firewalls, routers and capture cards write in front of a packet (tcpdump.org/linktypes.html).
#include "walk.h"

namespace wiretally {
namespace {

Layer into_raw_ip(Walk* walk, size_t header) {
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  walk->skip(header);
  return Layer::kRawIp;
}

Layer step_behind(Walk* walk, size_t header, Layer inside) {
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  walk->skip(header);
  return inside;
}

// Continues with the ether type at `type_at`; its packet follows the whole header.
Layer step_by_type(Walk* walk, size_t type_at, size_t header) {
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  const uint16_t type = View<2>(walk->at + type_at).be16<0>();
  walk->skip(header);
  return walk->next_ether_type(type);
}

// This Ethernet has the tag of a switch between addresses and type, as Linux captures it on the port of a router's
// processor.
Layer behind_switch_tag(Walk* walk, size_t tag) {
  constexpr size_t kAddresses = 12;
  if (!walk->has(kAddresses)) return walk->lacks(kAddresses, Malformed::kEthernetShort);
  const auto ethernet = walk->view<kAddresses>();
  walk->packet->destination_mac = ethernet.at<0>();
  walk->packet->source_mac = ethernet.at<6>();
  return step_by_type(walk, kAddresses + tag, kAddresses + tag + 2);
}

// The header of Juniper's routers is "MGC", flags, and extensions if a flag announces them. `inside` follows; if the
// router kept no link header, four bytes of address family and IP follow.
Layer behind_juniper(Walk* walk, Layer inside) {
  constexpr uint32_t kMagic = 0x4d4743;
  constexpr uint8_t kExtended = 0x80, kNoLink = 0x02;
  if (!walk->has(4)) return walk->lacks(4, Malformed::kLinkShort);
  const uint32_t start = walk->view<4>().be32<0>();
  if ((start >> 8) != kMagic) return walk->malformed(Malformed::kLinkShort);
  size_t header = 4;
  if ((start & kExtended) != 0) {
    if (!walk->has(6)) return walk->lacks(6, Malformed::kLinkShort);
    header = 6 + size_t{walk->view<6>().be16<4>()};
  }
  if ((start & kNoLink) != 0) return into_raw_ip(walk, header + 4);
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  walk->skip(header);
  return inside;
}

}  // namespace

// LINKTYPE_ENC, OpenBSD and FreeBSD (enc0 of pfSense and OPNsense): family in the order of the host, SPI, flags.
Layer walk_enc(Walk* walk) { return into_raw_ip(walk, 12); }

// LINKTYPE_PFLOG: the first byte is the length without padding, which is to four bytes, on some systems to eight.
Layer walk_pflog(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  const size_t length = walk->at[0];
  const size_t header = (length + 3) & ~size_t{3};
  const size_t wide = (length + 7) & ~size_t{7};
  if (length < 4) return walk->malformed(Malformed::kLinkShort);
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  const bool is_wide = !looks_like_ip(*walk, header) && walk->has(wide) && looks_like_ip(*walk, wide);
  return into_raw_ip(walk, is_wide ? wide : header);
}

// LINKTYPE_ERF, cards of Endace (ERF types reference): time, type, flags, lengths, extension headers of eight bytes.
Layer walk_erf(Walk* walk) {
  constexpr uint8_t kMore = 0x80;
  if (!walk->has(16)) return walk->lacks(16, Malformed::kLinkShort);
  const uint8_t type = walk->at[8] & 0x7f;
  const size_t length = walk->view<16>().be16<14>();
  bool has_extension = (walk->at[8] & kMore) != 0;
  walk->skip(16);
  while (has_extension) {
    if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
    has_extension = (walk->at[0] & kMore) != 0;
    walk->skip(8);
  }
  switch (type) {
    case 1:
    case 10:
    case 15:
    case 19: walk->limit(length); return Layer::kPppHdlc;
    case 2:
    case 11:
    case 16:
    case 20: break;  // Ethernet
    case 22: walk->limit(length); return Layer::kIp4;
    case 23: walk->limit(length); return Layer::kIp6;
    default: return Layer::kNoPort;
  }
  if (!walk->has(2)) return walk->lacks(2, Malformed::kLinkShort);
  walk->skip(2);  // offset and padding
  walk->limit(length);
  return Layer::kEthernet;
}

Layer walk_juniper_ethernet(Walk* walk) { return behind_juniper(walk, Layer::kEthernet); }
Layer walk_juniper_ppp(Walk* walk) { return behind_juniper(walk, Layer::kPppHdlc); }
Layer walk_juniper_frame_relay(Walk* walk) { return behind_juniper(walk, Layer::kFrameRelay); }
Layer walk_juniper_hdlc(Walk* walk) { return behind_juniper(walk, Layer::kCiscoHdlc); }

// LINKTYPE_IPNET, Solaris: version, family, and zones in 24 bytes.
Layer walk_ipnet(Walk* walk) { return into_raw_ip(walk, 24); }

// LINKTYPE_IEEE802_5: access and frame control, addresses, and a route where the source address announces one.
Layer walk_token_ring(Walk* walk) {
  constexpr size_t kHeader = 14;
  if (!walk->has(kHeader + 1)) return walk->lacks(kHeader + 1, Malformed::kLinkShort);
  const bool has_route = (walk->at[8] & 0x80) != 0;
  return step_behind(walk, kHeader + (has_route ? walk->at[kHeader] & 0x1fu : 0), Layer::kLinkLlc);
}

// LINKTYPE_SLIP: direction and the header before compression.
Layer walk_slip(Walk* walk) { return into_raw_ip(walk, 16); }

Layer walk_fddi(Walk* walk) { return step_behind(walk, 13, Layer::kLinkLlc); }

// LINKTYPE_SYMANTEC_FIREWALL
Layer walk_symantec(Walk* walk) { return step_by_type(walk, 6, 44); }

// RFC 2625 §3: two addresses of eight bytes.
Layer walk_ip_over_fibre_channel(Walk* walk) { return step_behind(walk, 16, Layer::kLinkLlc); }

// LINKTYPE_SUNATM: the low four bits of the first byte are the kind of traffic.
Layer walk_sun_atm(Walk* walk) {
  constexpr uint8_t kLlc = 2;
  if (walk->has(1) && (walk->at[0] & 0x0f) != kLlc) return Layer::kNoPort;
  return step_behind(walk, 4, Layer::kLinkLlc);
}

// LINKTYPE_APPLE_IP_OVER_IEEE1394: two addresses of eight bytes.
Layer walk_ip_over_1394(Walk* walk) { return step_by_type(walk, 16, 18); }

// LINKTYPE_DOCSIS: frame control, a parameter, a length, an extended header where the last bit announces one, a check sequence.
Layer walk_docsis(Walk* walk) {
  constexpr uint8_t kKind = 0xc0, kExtended = 0x01;
  if (!walk->has(2)) return walk->lacks(2, Malformed::kLinkShort);
  if ((walk->at[0] & kKind) != 0) return Layer::kNoPort;  // no packet
  return step_behind(walk, 6 + ((walk->at[0] & kExtended) != 0 ? size_t{walk->at[1]} : 0), Layer::kEthernet);
}

Layer walk_net_analyzer(Walk* walk) { return step_behind(walk, 4, Layer::kEthernet); }
Layer walk_net_analyzer_preamble(Walk* walk) { return step_behind(walk, 12, Layer::kEthernet); }

// LINKTYPE_IPOIB: a route header of 40 bytes, the type, and two reserved bytes (RFC 4391 §6).
Layer walk_ip_over_infiniband(Walk* walk) { return step_by_type(walk, 40, 44); }

// LINKTYPE_ETHERNET_MPACKET: preamble and delimiter.
Layer walk_preamble(Walk* walk) { return step_behind(walk, 8, Layer::kEthernet); }

// LINKTYPE_DSA_TAG_BRCM, LINKTYPE_DSA_TAG_DSA
Layer walk_switch_tag(Walk* walk) { return behind_switch_tag(walk, 4); }
// LINKTYPE_DSA_TAG_BRCM_PREPEND
Layer walk_switch_tag_in_front(Walk* walk) { return step_behind(walk, 4, Layer::kEthernet); }
// LINKTYPE_DSA_TAG_EDSA
Layer walk_switch_tag_with_type(Walk* walk) { return behind_switch_tag(walk, 8); }

}  // namespace wiretally

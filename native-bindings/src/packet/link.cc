// Walks link headers of captures, by LINKTYPE.
#include "walk.h"

namespace wiretally {
namespace {

// ARPHRD numbers of SLL that change what the protocol field means.
Layer follow_sll(Walk* walk, uint16_t hardware, uint16_t protocol) {
  if (hardware == 801) return Layer::kWlan;
  if (hardware == 803) return Layer::kRadiotap;
  if (hardware == 824) return Layer::kNoPort;  // netlink
  if (protocol == 0x0004) return Layer::kLinkLlc;
  return walk->next_ether_type(protocol);
}

}  // namespace

// IEEE 802.3 §3.2.6: a value from 0x600 on is a type, a value up to 1500 is a length.
Layer walk_ethernet(Walk* walk) {
  if (!walk->has(14)) return walk->lacks(14, Malformed::kEthernetShort);
  const auto ethernet = walk->view<14>();
  walk->packet->destination_mac = ethernet.at<0>();
  walk->packet->source_mac = ethernet.at<6>();
  const uint16_t type = ethernet.be16<12>();
  walk->skip(14);
  if (type >= 0x600) return walk->next_ether_type(type);
  if (type > 1500) return Layer::kNoPort;
  walk->limit(type);
  return Layer::kLinkLlc;
}

// IEEE 802.2 LLC, with SNAP (RFC 1042).
Layer walk_llc(Walk* walk) {
  if (!walk->has(3)) return Layer::kNoPort;
  const auto llc = walk->view<3>();
  const uint32_t saps = llc.be16<0>();
  if (llc.u8<2>() != 0x03) return Layer::kNoPort;
  if (saps == 0x0606) {
    walk->skip(3);
    return walk->next_ether_type(0x0800);
  }
  if (saps != 0xaaaa) return Layer::kNoPort;
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const auto snap = walk->view<8>();
  const uint32_t vendor = snap.be32<2>() & 0x00ffffff;
  const uint16_t type = snap.be16<6>();
  walk->skip(8);
  // 00-00-00 is Ethernet, 00-00-f8 its bridged form (IEEE 802.1H).
  return vendor == 0 || vendor == 0x0000f8 ? walk->next_ether_type(type) : Layer::kNoPort;
}

Layer walk_raw_ip(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  const uint8_t version = walk->view<1>().u8<0>() >> 4;
  if (version == 4) return walk->next_ether_type(0x0800);
  return version == 6 ? walk->next_ether_type(0x86dd) : Layer::kNoPort;
}

// RFC 2427: Q.922 address, UI, then an NLPID; or directly an ether type, as Cisco does.
Layer walk_frame_relay(Walk* walk) {
  for (unsigned n = 0;; ++n) {
    if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
    const bool is_last = (walk->view<1>().u8<0>() & 1) != 0;
    walk->skip(1);
    if (is_last && n > 0) break;
    if (is_last || n == 3) return Layer::kNoPort;
  }
  if (!walk->has(2)) return walk->lacks(2, Malformed::kLinkShort);
  const auto header = walk->view<2>();
  if (header.u8<0>() != 0x03) {
    const uint16_t type = header.be16<0>();
    walk->skip(2);
    return walk->next_ether_type(type);
  }
  walk->skip(1);
  if (header.u8<1>() == 0) walk->skip(1);  // padding
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  const uint8_t nlpid = walk->view<1>().u8<0>();
  walk->skip(1);
  if (nlpid == 0xcc) return walk->next_ether_type(0x0800);
  if (nlpid == 0x8e) return walk->next_ether_type(0x86dd);
  if (nlpid != 0x80) return Layer::kNoPort;
  if (!walk->has(5)) return walk->lacks(5, Malformed::kLinkShort);
  const auto snap = walk->view<5>();
  const uint16_t type = snap.be16<3>();
  const bool is_ethernet_type = (snap.be32<0>() >> 8) == 0;
  const bool is_bridged = (snap.be32<0>() >> 8) == 0x0080c2 && (type == 0x0007);  // 802.3 without FCS
  walk->skip(5);
  if (is_bridged) return Layer::kEthernet;
  return is_ethernet_type ? walk->next_ether_type(type) : Layer::kNoPort;
}

Layer walk_sll(Walk* walk) {
  if (!walk->has(16)) return walk->lacks(16, Malformed::kLinkShort);
  const auto sll = walk->view<16>();
  if (sll.be16<4>() == 6) walk->packet->source_mac = sll.at<6>();
  const uint16_t hardware = sll.be16<2>();
  const uint16_t protocol = sll.be16<14>();
  walk->skip(16);
  return follow_sll(walk, hardware, protocol);
}

Layer walk_sll2(Walk* walk) {
  if (!walk->has(20)) return walk->lacks(20, Malformed::kLinkShort);
  const auto sll = walk->view<20>();
  if (sll.u8<11>() == 6) walk->packet->source_mac = sll.at<12>();
  const uint16_t hardware = sll.be16<8>();
  const uint16_t protocol = sll.be16<0>();
  walk->skip(20);
  return follow_sll(walk, hardware, protocol);
}

// Apple's pktap_header: length, record type, and the DLT of what follows, in the order of the host (little).
Layer walk_pktap(Walk* walk) {
  if (!walk->has(12)) return walk->lacks(12, Malformed::kLinkShort);
  const auto header = walk->view<12>();
  const size_t length = header.le32<0>();
  const uint32_t link_type = header.le32<8>();
  if (length < 12) return walk->malformed(Malformed::kLinkShort);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kLinkShort);
  walk->skip(length);
  return next_layer(Space::kLinkType, link_type);
}

Layer walk_ppi(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const auto header = walk->view<8>();
  const size_t length = header.le16<2>();
  const uint32_t link_type = header.le32<4>();
  if (length < 8) return walk->malformed(Malformed::kLinkShort);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kLinkShort);
  walk->skip(length);
  return next_layer(Space::kLinkType, link_type);
}

// LINKTYPE_NFLOG: attributes are in the byte order of the host that wrote them. An order that gives an impossible
// length is excluded.
Layer walk_nflog(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const uint8_t family = walk->view<8>().u8<0>();
  const uint16_t little = walk->view<8>().le16<4>();
  const bool is_big = little < 4 || little > walk->wire - 4;
  walk->skip(4);
  while (walk->has(4)) {
    const auto attribute = walk->view<4>();
    const size_t length = is_big ? attribute.be16<0>() : attribute.le16<0>();
    const uint16_t type = is_big ? attribute.be16<2>() : attribute.le16<2>();
    if (length < 4) return walk->malformed(Malformed::kLinkShort);
    if ((type & 0x7fff) == 9) {  // NFULA_PAYLOAD
      walk->limit(length);
      walk->skip(4);
      const Layer inner = follow_family(walk, family);
      return inner == Layer::kNoPort && looks_like_ip(*walk, 0) ? Layer::kRawIp : inner;  // A frame of a bridge.
    }
    const size_t padded = (length + 3) & ~size_t{3};
    if (!walk->has(padded)) return walk->lacks(padded, Malformed::kLinkShort);
    walk->skip(padded);
  }
  return walk->captured < walk->wire ? Layer::kCut : Layer::kNoPort;
}

bool looks_like_ethernet(const Walk& walk, size_t at) {
  if (walk.captured < at + 14) return walk.captured < walk.wire && walk.wire >= at + 14;
  const uint16_t type = View<14>(walk.at + at).be16<12>();
  if (type >= 0x600) return type == 0x0806 || next_layer(Space::kEtherType, type) != Layer::kNoPort;
  return type <= walk.wire - at - 14;
}

bool holds_frame(const Walk& walk, size_t at) {
  constexpr size_t kMaxTrailer = 32;
  size_t type_at = at + 12;
  for (unsigned tags = 0; walk.has(type_at + 2); ++tags, type_at += 4) {
    const uint16_t type = View<2>(walk.at + type_at).be16<0>();
    const Layer next = type < 0x600 ? Layer::kNoPort : next_layer(Space::kEtherType, type);
    if (next == Layer::kVlan && tags < kMaxVlans) continue;
    if (next == Layer::kIp4 || next == Layer::kIp6) return holds_ip(walk, type_at + 2, kMaxTrailer);
    return type == 0x0806 || next != Layer::kNoPort;
  }
  return false;
}

}  // namespace wiretally

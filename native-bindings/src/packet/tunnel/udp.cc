// Walks tunnels over UDP on well-known ports. A port is no proof: each walker checks its header and the first bytes
// inside, and returns kNoMatch if they do not match; then the UDP packet itself is the packet.
#include "../walk.h"

namespace wiretally {
namespace {

// Continues with an Ethernet frame behind `header` bytes, if there is one.
Layer step_into_ethernet(Walk* walk, size_t header, Encapsulation encapsulation) {
  if (!looks_like_ethernet(*walk, header)) return Layer::kNoMatch;
  if (!walk->enter(encapsulation)) return Layer::kMalformed;
  walk->skip(header);
  return Layer::kEthernet;
}

}  // namespace

Layer step_into_ip(Walk* walk, size_t header, Encapsulation encapsulation) {
  if (!looks_like_ip(*walk, header)) return Layer::kNoMatch;
  if (!walk->enter(encapsulation)) return Layer::kMalformed;
  walk->skip(header);
  return walk->next_ether_type((walk->view<1>().u8<0>() >> 4) == 4 ? uint16_t{0x0800} : uint16_t{0x86dd});
}

// RFC 7348 §5. Only the I flag is checked, because the group policy extension sets a second one.
Layer walk_vxlan(Walk* walk) {
  if (!walk->has(8)) return Layer::kNoMatch;
  const auto header = walk->view<8>();
  if ((header.u8<0>() & 0x08) == 0 || header.u8<7>() != 0) return Layer::kNoMatch;
  return step_into_ethernet(walk, 8, Encapsulation::kVxlan);
}

// draft-ietf-nvo3-vxlan-gpe §3: version in bits 2-3, I and P flags, next protocol in the fourth byte.
Layer walk_vxlan_gpe(Walk* walk) {
  if (!walk->has(8)) return Layer::kNoMatch;
  const auto header = walk->view<8>();
  if ((header.u8<0>() & 0x38) != 0x08 || header.u8<7>() != 0) return Layer::kNoMatch;
  if ((header.u8<0>() & 0x04) == 0) return step_into_ethernet(walk, 8, Encapsulation::kVxlanGpe);
  const Layer inner = next_layer(Space::kNshNext, header.u8<3>());
  if (inner == Layer::kEthernet) return step_into_ethernet(walk, 8, Encapsulation::kVxlanGpe);
  if (inner == Layer::kIp4 || inner == Layer::kIp6) return step_into_ip(walk, 8, Encapsulation::kVxlanGpe);
  if (inner == Layer::kNoPort) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kVxlanGpe)) return Layer::kMalformed;
  walk->skip(8);
  return inner;
}

// RFC 8926 §3.4.
Layer walk_geneve(Walk* walk) {
  if (!walk->has(8)) return Layer::kNoMatch;
  const auto header = walk->view<8>();
  if ((header.u8<0>() >> 6) != 0) return Layer::kNoMatch;
  const size_t length = 8 + size_t{header.u8<0>() & 0x3fu} * 4;
  const uint16_t protocol = header.be16<2>();
  if (!walk->has(length)) return Layer::kNoMatch;
  if (protocol == 0x6558) return step_into_ethernet(walk, length, Encapsulation::kGeneve);
  const Layer inner = next_layer(Space::kEtherType, protocol);
  if (inner == Layer::kIp4 || inner == Layer::kIp6) return step_into_ip(walk, length, Encapsulation::kGeneve);
  if (inner == Layer::kNoPort) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kGeneve)) return Layer::kMalformed;
  walk->skip(length);
  return walk->next_ether_type(protocol);
}

// RFC 4380 §5.1.1: authentication and origin indications may precede the IPv6 packet.
Layer walk_teredo(Walk* walk) {
  Cursor cursor(walk->at, walk->captured);
  if (cursor.remaining() >= 2 && walk->view<2>().be16<0>() == 1) {
    cursor.skip(2);
    const size_t client = cursor.u8();
    const size_t authentication = cursor.u8();
    cursor.skip(client + authentication + 9);
  }
  Cursor origin = cursor;
  if (origin.be16() == 0 && origin.ok()) cursor.skip(8);
  if (!cursor.ok() || cursor.remaining() < 40 || (cursor.position()[0] >> 4) != 6) return Layer::kNoMatch;
  return step_into_ip(walk, walk->captured - cursor.remaining(), Encapsulation::kTeredo);
}

namespace {

// RFC 3931 §4.1.2.1: a data message of version 3 over UDP. Both ends agree on the lengths of the cookie and the
// sublayer after the session, so each possible length is tried.
Layer walk_l2tp3_in_udp(Walk* walk) {
  for (size_t header = 8; header <= 20; header += 4) {
    if (holds_frame(*walk, header)) return step_into_ethernet(walk, header, Encapsulation::kL2tp);
  }
  return Layer::kNoMatch;
}

}  // namespace

// RFC 2661 §3.1: a data message of version 2 carries PPP.
Layer walk_l2tp(Walk* walk) {
  Cursor cursor(walk->at, walk->captured);
  const uint16_t flags = cursor.be16();
  if (flags == 0x0003) return walk_l2tp3_in_udp(walk);
  if ((flags & 0x8000) != 0 || (flags & 0x000f) != 2) return Layer::kNoMatch;
  const uint16_t length = (flags & 0x4000) != 0 ? cursor.be16() : uint16_t{0};
  cursor.skip(4);  // tunnel and session
  if ((flags & 0x0800) != 0) cursor.skip(4);
  if ((flags & 0x0200) != 0) cursor.skip(cursor.be16());
  const size_t header = walk->captured - cursor.remaining();
  if (!cursor.ok() || !looks_like_ppp(*walk, header)) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kL2tp)) return Layer::kMalformed;
  if (length >= header) walk->limit(length);
  walk->skip(header);
  return Layer::kPpp;
}

// RFC 5415 §4.3: the top five bits of the second byte are the header length in words. The T flag marks an 802.11
// frame; without it the frame is 802.3.
Layer walk_capwap(Walk* walk) {
  if (!walk->has(8)) return Layer::kNoMatch;
  const auto header = walk->view<8>();
  if (header.u8<0>() != 0) return Layer::kNoMatch;  // version 0, not DTLS
  const size_t length = 4u * (header.u8<1>() >> 3);
  const bool is_native = (header.u8<2>() & 0x01) != 0;
  const uint8_t binding = (header.u8<2>() >> 1) & 0x1f;
  const bool is_whole = (header.u8<3>() & 0x88) == 0;  // no fragment, no keep-alive
  if (length < 8 || !is_whole || !walk->has(length)) return Layer::kNoMatch;
  if (!is_native) return step_into_ethernet(walk, length, Encapsulation::kCapwap);
  if (binding != 1) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kCapwap)) return Layer::kMalformed;
  walk->skip(length);
  return Layer::kWlan;
}

// RFC 7510.
Layer walk_mpls_in_udp(Walk* walk) {
  if (!walk->has(8)) return Layer::kNoMatch;
  return walk->enter(Encapsulation::kMplsInUdp) ? Layer::kMpls : Layer::kMalformed;
}

}  // namespace wiretally

// Walks tunnels directly over IP: GRE (RFC 2784, 2890; with PPP: gre_ppp.cc) with ERSPAN and WCCP inside, EtherIP (RFC
// 3378), L2TPv3 (RFC 3931), MPLS in IP (RFC 4023).
#include "../walk.h"

namespace wiretally {
namespace {

constexpr uint16_t kGreChecksum = 0x8000;
constexpr uint16_t kGreRouting = 0x4000;
constexpr uint16_t kGreKey = 0x2000;
constexpr uint16_t kGreSequence = 0x1000;

// An entry of length zero ends the source route (RFC 1701).
Layer skip_routes(Walk* walk) {
  for (;;) {
    if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
    const uint8_t length = walk->view<4>().u8<3>();
    walk->skip(4);
    if (length == 0) return Layer::kGre;
    if (!walk->has(length)) return walk->lacks(length, Malformed::kTunnelShort);
    walk->skip(length);
  }
}

}  // namespace

Layer walk_gre(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  const auto header = walk->view<4>();
  const uint16_t flags = header.be16<0>();
  const uint16_t protocol = header.be16<2>();
  const uint16_t version = flags & 7;
  if (version == 1) return Layer::kPptp;
  if (version != 0) return walk->malformed(Malformed::kTunnelHeader);
  const bool has_checksum = (flags & (kGreChecksum | kGreRouting)) != 0;
  const bool has_sequence = (flags & kGreSequence) != 0;
  const bool has_key = (flags & kGreKey) != 0;
  const size_t length = 4u + (has_checksum ? 4u : 0u) + (has_key ? 4u : 0u) + (has_sequence ? 4u : 0u);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kGre)) return Layer::kMalformed;
  walk->skip(length);
  if ((flags & kGreRouting) != 0) {
    const Layer end = skip_routes(walk);
    if (end != Layer::kGre) return end;
  }
  walk->gre_has_sequence = has_sequence;
  const Layer inner = next_layer(Space::kGre, is_aruba_tunnel(protocol) ? 0x8200 : protocol);
  return inner != Layer::kNoPort ? inner : walk->next_ether_type(protocol);
}

Layer walk_teb(Walk*) { return Layer::kEthernet; }

// draft-foschiano-erspan §4: type I has neither a header nor a GRE sequence number, type II has eight
// bytes and version 1; some switches send type III with this number too.
Layer walk_erspan_1_2(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kTunnelShort);
  const unsigned version = walk->gre_has_sequence ? walk->view<8>().u8<0>() >> 4 : 0;
  if (version == 2) return Layer::kErspan3;
  if (version > 2) return walk->malformed(Malformed::kTunnelHeader);
  const Encapsulation type = version == 1 ? Encapsulation::kErspan2 : Encapsulation::kErspan1;
  if (!walk->enter(type)) return Layer::kMalformed;
  if (version == 1) walk->skip(8);
  return Layer::kEthernet;
}

// Type III: twelve bytes, eight more when the O bit is set; the frame type is Ethernet or IP.
Layer walk_erspan_3(Walk* walk) {
  if (!walk->has(12)) return walk->lacks(12, Malformed::kTunnelShort);
  const auto header = walk->view<12>();
  if ((header.u8<0>() >> 4) != 2) return walk->malformed(Malformed::kTunnelHeader);
  const uint16_t last = header.be16<10>();
  const size_t length = (last & 1) != 0 ? 20 : 12;
  if (!walk->has(length)) return walk->lacks(length, Malformed::kTunnelShort);
  if (!walk->enter(Encapsulation::kErspan3)) return Layer::kMalformed;
  walk->skip(length);
  return ((last >> 10) & 0x1f) == 2 ? Layer::kRawIp : Layer::kEthernet;
}

// WCCP version 2 puts a four-byte redirect header before the IP packet; version 1 does not.
Layer walk_wccp(Walk* walk) {
  if (!walk->enter(Encapsulation::kWccp)) return Layer::kMalformed;
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  if ((walk->view<4>().u8<0>() >> 4) != 4) walk->skip(4);
  return walk->next_ether_type(0x0800);
}

Layer walk_ether_ip(Walk* walk) {
  if (!walk->has(2)) return walk->lacks(2, Malformed::kTunnelShort);
  if ((walk->view<2>().u8<0>() >> 4) != 3) return walk->malformed(Malformed::kTunnelHeader);
  if (!walk->enter(Encapsulation::kEtherIp)) return Layer::kMalformed;
  walk->skip(2);
  return Layer::kEthernet;
}

// RFC 3931 §4.1.1: session id, then a cookie and a sublayer with lengths that only the two ends know. Accepts Ethernet
// after one of the four usual header lengths, nothing else.
Layer walk_l2tp3(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  if (walk->view<4>().be32<0>() == 0) return Layer::kNoPort;  // control
  for (size_t header = 4; header <= 16; header += 4) {
    if (!walk->has(header + 14) || View<14>(walk->at + header).be16<12>() < 0x600) continue;
    if (!looks_like_ethernet(*walk, header)) continue;
    if (!walk->enter(Encapsulation::kL2tp)) return Layer::kMalformed;
    walk->skip(header);
    return Layer::kEthernet;
  }
  return Layer::kNoPort;
}

// RFC 8986 §4.9: Ethernet by its IP protocol number.
Layer walk_ethernet_in_ip(Walk* walk) {
  return walk->enter(Encapsulation::kEthernetInIp) ? Layer::kEthernet : Layer::kMalformed;
}

// RFC 7761 §4.9.3: a register message carries a multicast packet to the rendezvous point; other messages and null
// registers carry none.
Layer walk_pim(Walk* walk) {
  constexpr uint8_t kRegister = 0x21;  // version 2, type 1
  constexpr uint32_t kNull = 0x40000000;
  if (!walk->has(8) || walk->at[0] != kRegister) return Layer::kNoPort;
  if ((walk->view<8>().be32<4>() & kNull) != 0 || !looks_like_ip(*walk, 8)) return Layer::kNoPort;
  if (!walk->enter(Encapsulation::kPimRegister)) return Layer::kMalformed;
  walk->skip(8);
  return Layer::kRawIp;
}

Layer walk_mpls_in_ip(Walk*) { return Layer::kMpls; }

}  // namespace wiretally

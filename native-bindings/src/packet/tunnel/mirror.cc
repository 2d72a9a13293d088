// Walks mirrors and tunnels over UDP whose inner packet must prove itself, because their own header proves little: TZSP
// (the sniffer of MikroTik's RouterOS and of Aruba's access points; the form as Wireshark's packet-tzsp.c reads it),
// GRE in UDP (RFC 8086), GUE (draft-ietf-intarea-gue), FOU (Linux' fou.c), LISP and its generic form (RFC 9300 §5.1,
// RFC 9305), and Juniper's packet mirror (JUNOSe Packet Mirroring).
#include "../walk.h"

namespace wiretally {
namespace {

constexpr uint16_t kTzspEthernet = 1;
constexpr uint16_t kTzspWlan = 18;
constexpr uint8_t kLastTag = 1;

// An Ethernet frame whose own header announces what is there, or nothing.
Layer step_into_frame(Walk* walk, size_t header, Encapsulation encapsulation) {
  if (!holds_frame(*walk, header)) return Layer::kNoMatch;
  if (!walk->enter(encapsulation)) return Layer::kMalformed;
  walk->skip(header);
  return Layer::kEthernet;
}

Layer step_into_right_ip(Walk* walk, size_t header, Encapsulation encapsulation) {
  return holds_ip(*walk, header) ? step_into_ip(walk, header, encapsulation) : Layer::kNoMatch;
}

// GRE with nothing but checksum, key and sequence number (RFC 8086 §3.2), and what it announces.
bool holds_gre(const Walk& walk, size_t at) {
  constexpr uint16_t kReserved = 0x4fff;
  if (!walk.has(at + 4)) return false;
  const View<4> start(walk.at + at);
  const uint16_t flags = start.be16<0>();
  const uint16_t protocol = start.be16<2>();
  const size_t options = ((flags >> 15) & 1u) + ((flags >> 13) & 1u) + ((flags >> 12) & 1u);
  const size_t inner = at + 4 + options * 4;
  if ((flags & kReserved) != 0 || !walk.has(inner)) return false;
  if (protocol == 0x0800 || protocol == 0x86dd) return holds_ip(walk, inner);
  if (protocol == 0x88be) return holds_frame(walk, inner) || holds_frame(walk, inner + 8);  // ERSPAN I, II
  if (protocol == 0x22eb) return walk.has(inner + 12) && (walk.at[inner] >> 4) == 2;        // ERSPAN III
  return protocol == 0x6558 ? holds_frame(walk, inner) : protocol == 0x8847;
}

// Returns the length of a TZSP header with its tags; 0 if it is none.
size_t tzsp_header(const Walk& walk) {
  Cursor cursor(walk.at, walk.captured);
  const uint8_t version = cursor.u8();
  const uint8_t type = cursor.u8();
  cursor.skip(2);
  if (!cursor.ok() || version != 1 || type > 1) return 0;
  for (uint8_t tag = cursor.u8(); tag != kLastTag; tag = cursor.u8()) {
    if (tag != 0) cursor.skip(cursor.u8());  // 0 is padding
    if (!cursor.ok()) return 0;
  }
  return walk.captured - cursor.remaining();
}

}  // namespace

// Version 1, a packet that was received or one to send, the protocol, and tags up to the last one.
Layer walk_tzsp(Walk* walk) {
  const size_t header = tzsp_header(*walk);
  if (header == 0) return Layer::kNoMatch;
  const uint16_t protocol = walk->view<4>().be16<2>();
  if (protocol == kTzspEthernet) return step_into_frame(walk, header, Encapsulation::kTzsp);
  if (protocol != kTzspWlan || !walk->has(header + 24)) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kTzsp)) return Layer::kMalformed;
  walk->skip(header);
  return Layer::kWlan;
}

Layer walk_gre_in_udp(Walk* walk) { return holds_gre(*walk, 0) ? Layer::kGre : Layer::kNoMatch; }

// Version 0 has a header of four bytes and options; version 1 is the IP packet itself.
Layer walk_gue(Walk* walk) {
  if (!walk->has(4)) return Layer::kNoMatch;
  const auto start = walk->view<4>();
  const unsigned version = start.u8<0>() >> 6;
  if (version == 1) return step_into_right_ip(walk, 0, Encapsulation::kGue);
  const bool is_control = (start.u8<0>() & 0x20) != 0;
  const size_t header = 4 + size_t{start.u8<0>() & 0x1fu} * 4;
  const uint8_t protocol = start.u8<1>();
  if (version != 0 || is_control || !walk->has(header)) return Layer::kNoMatch;
  if (protocol == 4 || protocol == 41) return step_into_right_ip(walk, header, Encapsulation::kGue);
  if (protocol == 143) return step_into_frame(walk, header, Encapsulation::kGue);
  const bool is_ether_ip = protocol == 97 && walk->has(header + 2) && walk->at[header] == 0x30;
  if (!is_ether_ip && (protocol != 47 || !holds_gre(*walk, header))) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kGue)) return Layer::kMalformed;
  walk->skip(header);
  return is_ether_ip ? Layer::kEtherIp : Layer::kGre;
}

// FOU has the IP packet or the GRE header without anything in front.
Layer walk_fou(Walk* walk) {
  if (!walk->has(4)) return Layer::kNoMatch;
  if (walk->at[0] == 0x45 || (walk->at[0] >> 4) == 6) return step_into_right_ip(walk, 0, Encapsulation::kFou);
  if (!holds_gre(*walk, 0)) return walk_gue(walk);  // ip-fou(8) has one command for both
  return walk->enter(Encapsulation::kFou) ? Layer::kGre : Layer::kMalformed;
}

// Eight bytes of flags, nonce or map version, and locator bits or instance. With the P flag the last byte of the first
// word names what follows.
Layer walk_lisp(Walk* walk) {
  constexpr uint8_t kNonce = 0x80, kEcho = 0x20, kMapVersion = 0x10, kNextProtocol = 0x04;
  if (!walk->has(8)) return Layer::kNoMatch;
  const uint8_t flags = walk->at[0];
  const bool has_nonce = (flags & kNonce) != 0;
  if ((flags & kMapVersion) != 0 && has_nonce) return Layer::kNoMatch;
  if ((flags & kEcho) != 0 && !has_nonce) return Layer::kNoMatch;
  if ((flags & kNextProtocol) == 0) return step_into_right_ip(walk, 8, Encapsulation::kLisp);
  const Layer inner = next_layer(Space::kNshNext, walk->at[3]);
  if (inner == Layer::kEthernet) return step_into_frame(walk, 8, Encapsulation::kLisp);
  if (inner == Layer::kIp4 || inner == Layer::kIp6) return step_into_right_ip(walk, 8, Encapsulation::kLisp);
  return Layer::kNoMatch;
}

// The identifiers of the mirror and of the session have four bytes each; IP, or PPP of a subscriber, follows.
Layer walk_juniper_mirror(Walk* walk) {
  constexpr size_t kHeader = 8;
  if (holds_ip(*walk, kHeader)) return step_into_right_ip(walk, kHeader, Encapsulation::kJuniperMirror);
  if (holds_frame(*walk, kHeader)) return step_into_frame(walk, kHeader, Encapsulation::kJuniperMirror);
  const bool is_framed = walk->has(kHeader + 4) && View<2>(walk->at + kHeader).be16<0>() == 0xff03;
  if (!is_framed || !looks_like_ppp(*walk, kHeader)) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kJuniperMirror)) return Layer::kMalformed;
  walk->skip(kHeader);
  return Layer::kPpp;
}

Layer tunnel_by_content(const Walk& walk) {
  if (!may_begin_tunnel(walk.at, walk.captured)) return Layer::kNoPort;
  const uint32_t start = walk.view<4>().be32<0>();
  if ((start >> 24) == 0x45) {
    const bool is_whole = walk.captured == walk.wire && walk.has(20) && walk.view<20>().be16<2>() == walk.wire;
    return is_whole && holds_ip(walk, 0) ? Layer::kFou : Layer::kNoPort;
  }
  if (start == kVxlanStart) return walk.at[7] == 0 && holds_frame(walk, 8) ? Layer::kVxlan : Layer::kNoPort;
  const size_t header = tzsp_header(walk);
  return header != 0 && holds_frame(walk, header) ? Layer::kTzsp : Layer::kNoPort;
}

}  // namespace wiretally

// Link headers that firewalls, routers and capture cards write in front of a packet (tcpdump.org/linktypes.html).
#include "walk.h"

namespace wiretally {
namespace {

Layer into_raw_ip(Walk* walk, size_t header) {
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  walk->skip(header);
  return Layer::kRawIp;
}

// The header of Juniper's routers: "MGC", flags, and extensions when a flag says so. `inside` follows, or, where the
// router kept no link header, four bytes of address family and IP.
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

}  // namespace wiretally

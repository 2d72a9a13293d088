// PPP (RFC 1661, RFC 1662, multilink: RFC 1990) and the HDLC framing of Cisco's routers (RFC 1547 §4.3.1), which
// captures store under the same LINKTYPE numbers: the first byte distinguishes them.
#include "walk.h"

namespace wiretally {
namespace {

constexpr uint8_t kCiscoUnicast = 0x0f;
constexpr uint8_t kCiscoMulticast = 0x8f;
constexpr uint8_t kWholeFrame = 0xc0;  // B and E: a multilink fragment that begins and ends its frame

}  // namespace

bool looks_like_ppp(const Walk& walk, size_t at) {
  Cursor cursor(walk.at, walk.captured);
  cursor.skip(at);
  uint32_t protocol = cursor.u8();
  if (protocol == 0xff && cursor.u8() == 0x03) protocol = cursor.u8();
  if ((protocol & 1) == 0) protocol = (protocol << 8) | cursor.u8();
  return cursor.ok() && next_layer(Space::kPpp, protocol) != Layer::kNoPort;
}

// RFC 1661 §2, RFC 1662 §3.1: address and control may be left out, the protocol may be one byte when that is
// odd.
Layer walk_ppp(Walk* walk) {
  if (walk->has(2) && walk->view<2>().be16<0>() == 0xff03) walk->skip(2);
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  uint16_t protocol = walk->view<1>().u8<0>();
  if ((protocol & 1) != 0) {
    walk->skip(1);
    return next_layer(Space::kPpp, protocol);
  }
  if (!walk->has(2)) return walk->lacks(2, Malformed::kLinkShort);
  protocol = walk->view<2>().be16<0>();
  walk->skip(2);
  return next_layer(Space::kPpp, protocol);
}

// RFC 1990 §3: four bytes of flags and sequence number, or two when both ends negotiated that. Complete frames
// are decoded; fragments are not reassembled.
Layer walk_ppp_multilink(Walk* walk) {
  if (!walk->has(2)) return walk->lacks(2, Malformed::kTunnelShort);
  if ((walk->view<2>().u8<0>() & kWholeFrame) != kWholeFrame) return Layer::kNoPort;
  for (const size_t header : {size_t{4}, size_t{2}}) {
    if (!looks_like_ppp(*walk, header)) continue;
    walk->skip(header);
    return Layer::kPpp;
  }
  return Layer::kNoPort;
}

// LINKTYPE_PPP and LINKTYPE_PPP_HDLC: Cisco's when the first byte is one of its addresses, which are no protocols of
// PPP.
Layer walk_ppp_hdlc(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  const uint8_t address = walk->view<1>().u8<0>();
  return address == kCiscoUnicast || address == kCiscoMulticast ? Layer::kCiscoHdlc : Layer::kPpp;
}

// LINKTYPE_PPP_PPPD and LINKTYPE_PPP_WITH_DIR: a direction in place of the address, or in front of the frame.
Layer walk_ppp_with_direction(Walk* walk) {
  if (!walk->has(2)) return walk->lacks(2, Malformed::kLinkShort);
  walk->skip(walk->at[0] <= 1 && walk->at[1] == 0x03 ? 2 : 1);
  return Layer::kPppHdlc;
}

Layer walk_cisco_hdlc_with_direction(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  walk->skip(1);
  return Layer::kCiscoHdlc;
}

Layer walk_frame_relay_with_direction(Walk* walk) {
  if (!walk->has(1)) return walk->lacks(1, Malformed::kLinkShort);
  walk->skip(1);
  return Layer::kFrameRelay;
}

Layer walk_cisco_hdlc(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kLinkShort);
  const uint16_t type = walk->view<4>().be16<2>();
  walk->skip(4);
  return walk->next_ether_type(type);
}

}  // namespace wiretally

// Walks IEEE 802.11 data frames (§9.2.3, §9.3.2), bare or behind radiotap, down to their LLC header.
#include "walk.h"

namespace wiretally {
namespace {

constexpr uint8_t kToDs = 0x01;
constexpr uint8_t kFromDs = 0x02;
constexpr uint8_t kProtected = 0x40;
constexpr uint8_t kOrder = 0x80;  // In QoS frames, an HT control field follows.

struct RadiotapFlags {
  bool has_fcs = false;
  bool has_data_pad = false;
};

// Bit 1 of the present words announces the flags field, which follows an optional 8-byte clock (bit 0).
RadiotapFlags radiotap_flags(const Walk& walk, size_t header) {
  Cursor cursor(walk.at, header);
  cursor.skip(4);
  const uint32_t present = cursor.le32();
  size_t at = 8;
  for (uint32_t word = present; (word & 0x80000000u) != 0 && cursor.ok(); at += 4) word = cursor.le32();
  if (!cursor.ok() || (present & 2) == 0) return {};
  if ((present & 1) != 0) {
    cursor.skip(((at + 7) & ~size_t{7}) - at + 8);
  }
  const uint8_t flags = cursor.u8();
  return {(flags & 0x10) != 0, (flags & 0x20) != 0};
}

void set_macs(Walk* walk, uint8_t ds, const uint8_t* header) {
  // Addresses 1 to 3 are at 4, 10 and 16; the fourth at 24.
  Packet* packet = walk->packet;
  packet->destination_mac = header + ((ds & kToDs) != 0 ? 16 : 4);
  packet->source_mac = header + ((ds & kFromDs) == 0 ? 10 : (ds & kToDs) == 0 ? 16 : 24);
}

// `length` is the length by the header, of which eight bytes are available.
Layer behind_monitor_header(Walk* walk, size_t length) {
  if (length < 8) return walk->malformed(Malformed::kLinkShort);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kLinkShort);
  walk->skip(length);
  return Layer::kWlan;
}

}  // namespace

Layer walk_radiotap(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const size_t header = walk->view<8>().le16<2>();
  if (header < 8) return walk->malformed(Malformed::kLinkShort);
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  const RadiotapFlags flags = radiotap_flags(*walk, header);
  walk->skip(header);
  if (flags.has_fcs && walk->wire >= 4) walk->limit(walk->wire - 4);
  walk->has_wlan_pad = flags.has_data_pad;
  return Layer::kWlan;
}

// LINKTYPE_IEEE802_11_PRISM: message code and length in the order of the host; some cards write AVS under this number.
Layer walk_prism(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const auto header = walk->view<8>();
  constexpr uint32_t kAvs = 0x80211000;
  if ((header.be32<0>() & 0xfffff000) == kAvs) return Layer::kAvs;
  const size_t length = header.le32<4>() > 0xffff ? header.be32<4>() : header.le32<4>();
  return behind_monitor_header(walk, length);
}

// LINKTYPE_IEEE802_11_AVS: magic and length in network order.
Layer walk_avs(Walk* walk) {
  if (!walk->has(8)) return walk->lacks(8, Malformed::kLinkShort);
  const size_t length = walk->view<8>().be32<4>();
  return behind_monitor_header(walk, length);
}

Layer walk_wlan(Walk* walk) {
  if (!walk->has(24)) return walk->lacks(24, Malformed::kLinkShort);
  const auto frame = walk->view<24>();
  uint8_t type = frame.u8<0>();
  uint8_t flags = frame.u8<1>();
  uint16_t sequence = frame.le16<22>();
  // Some access controllers send frame control and sequence control the other way round inside CAPWAP.
  if ((type & 0x0f) != 0x08 && (flags & 0x0f) == 0x08) {
    type = frame.u8<1>();
    flags = frame.u8<0>();
    sequence = frame.be16<22>();
  }
  const bool is_data = (type & 0x0f) == 0x08 && (type & 0x40) == 0;
  const bool is_first_fragment = (sequence & 0x0f) == 0;
  if (!is_data || !is_first_fragment || (flags & kProtected) != 0) return Layer::kNoPort;
  const uint8_t ds = flags & (kToDs | kFromDs);
  size_t header = ds == (kToDs | kFromDs) ? 30 : 24;
  bool is_amsdu = false;
  if ((type & 0x80) != 0) {
    if (!walk->has(header + 2)) return walk->lacks(header + 2, Malformed::kLinkShort);
    is_amsdu = (walk->at[header] & 0x80) != 0;
    header += (flags & kOrder) != 0 ? 6 : 2;
  }
  if (walk->has_wlan_pad) header = (header + 3) & ~size_t{3};
  if (!walk->has(header)) return walk->lacks(header, Malformed::kLinkShort);
  set_macs(walk, ds, walk->at);
  walk->skip(header);
  if (!is_amsdu) return Layer::kLinkLlc;
  // The first frame of an aggregate has addresses, a length and LLC.
  return Layer::kEthernet;
}

}  // namespace wiretally

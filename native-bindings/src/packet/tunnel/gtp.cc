// GTP-U (3GPP TS 29.281 §5): version 1, protocol type 1; message 255 contains a user packet, IP, PPP or Ethernet. Truncated headers
// are counted once the first two bytes identify GTP-U; the outer UDP packet then remains the packet.
#include "../walk.h"

namespace wiretally {
namespace {

constexpr uint8_t kVersionMask = 0xf0;
constexpr uint8_t kVersion1 = 0x30;   // Version 1, and protocol type GTP instead of GTP'.
constexpr uint8_t kAnyOption = 0x07;  // extension, sequence and N-PDU number share four bytes
constexpr uint8_t kHasExtension = 0x04;
constexpr uint8_t kUserPacket = 255;
constexpr size_t kFixedBytes = 8;

// Returns the length of the header, or how a walk ends that cannot read the whole header.
struct Header {
  Layer end = Layer::kGtp;
  size_t bytes = kFixedBytes;
};

// Extension headers: length in words, content, type of the next.
Header read_header(Walk* walk) {
  if (!walk->has(kFixedBytes)) return {walk->lacks(kFixedBytes, Malformed::kTunnelShort)};
  if ((walk->at[0] & kAnyOption) == 0) return {};
  size_t length = kFixedBytes + 4;
  if (!walk->has(length)) return {walk->lacks(length, Malformed::kTunnelShort)};
  uint8_t next = (walk->at[0] & kHasExtension) != 0 ? walk->at[length - 1] : uint8_t{0};
  while (next != 0) {
    if (!walk->has(length + 4)) return {walk->lacks(length + 4, Malformed::kTunnelShort)};
    const size_t extension = size_t{walk->at[length]} * 4;
    if (extension == 0) return {walk->malformed(Malformed::kTunnelHeader)};
    length += extension;
    if (!walk->has(length)) return {walk->lacks(length, Malformed::kTunnelShort)};
    next = walk->at[length - 1];
  }
  return {Layer::kGtp, length};
}

}  // namespace

Layer walk_gtp(Walk* walk) {
  if (!walk->has(2)) return Layer::kNoMatch;
  const auto start = walk->view<2>();
  if ((start.u8<0>() & kVersionMask) != kVersion1 || start.u8<1>() != kUserPacket) return Layer::kNoMatch;
  const Header header = read_header(walk);
  if (header.end != Layer::kGtp) return header.end;
  if (walk->wire == header.bytes) return Layer::kNoMatch;  // an empty one
  if (!walk->has(header.bytes + 1)) return Layer::kCut;
  const uint8_t first = walk->at[header.bytes];
  const bool is_ip4 = (first >> 4) == 4 && (first & 0x0f) >= 5;
  const bool is_ip6 = (first >> 4) == 6;
  // No field announces Ethernet, and a MAC address may begin like an IP header: only a payload that is not an IP packet
  // can be a frame.
  const bool is_frame = !looks_like_ip(*walk, header.bytes) && holds_frame(*walk, header.bytes);
  if (!is_frame && !is_ip4 && !is_ip6 && !looks_like_ppp(*walk, header.bytes)) return Layer::kNoMatch;
  if (!walk->enter(Encapsulation::kGtp)) return Layer::kMalformed;
  walk->skip(header.bytes);
  if (is_frame) return Layer::kEthernet;
  if (is_ip4) return walk->next_ether_type(0x0800);
  return is_ip6 ? walk->next_ether_type(0x86dd) : Layer::kPpp;
}

}  // namespace wiretally

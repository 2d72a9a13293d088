// Walks IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, and IP carried in IP (RFC 2003, 2473, 4213).
#include "checksum.h"
#include "walk.h"

namespace wiretally {
namespace {

constexpr unsigned kMaxExtensions = 16;  // hosts process few; a longer chain only hides what follows

Layer at_fragment(Walk* walk, const FragmentHeader& fragment) {
  walk->fragment = fragment;
  walk->other->ip_protocol = fragment.protocol;
  return Layer::kFragment;
}

Layer enter_protocol(Walk* walk, uint8_t protocol) {
  walk->other->ip_protocol = protocol;
  walk->other->body = Span{walk->at, walk->captured};
  return next_layer(Space::kIpProtocol, protocol);
}

}  // namespace

Layer walk_ip4(Walk* walk) {
  if (!walk->has(20)) return walk->lacks(20, Malformed::kIp4HeaderLength);
  const auto ip = walk->view<20>();
  if ((ip.u8<0>() >> 4) != 4) return walk->malformed(Malformed::kIp4Version);
  const size_t header = size_t{ip.u8<0>() & 15u} * 4;
  if (header < 20) return walk->malformed(Malformed::kIp4HeaderLength);
  // Zero means "rest of the frame" if the sender's hardware segments packets (TSO) behind the capture point.
  size_t total = ip.be16<2>() == 0 ? walk->wire : ip.be16<2>();
  if (total < header) return walk->malformed(Malformed::kIp4TotalLength);
  if (total > walk->wire) {
    walk->counters->count(Malformed::kIp4TotalLength);  // the content of the frame is still a packet
    total = walk->wire;
  }
  Endpoints& ends = walk->packet->ends;
  ends = Endpoints{};
  ends.ip_version = 4;
  ip.copy<12, 4>(ends.source);
  ip.copy<16, 4>(ends.destination);
  walk->limit(total);
  if (!walk->has(header)) return walk->lacks(header, Malformed::kIp4HeaderLength);
  const uint16_t fragment = ip.be16<6>();
  const uint16_t id = ip.be16<4>();
  const uint8_t protocol = ip.u8<9>();
  walk->packet->ip_header = Span{walk->at, header};
  walk->skip(header);
  if ((fragment & 0x3fff) != 0) {
    return at_fragment(walk, {4, protocol, (fragment & 0x2000) != 0, id, (fragment & 0x1fffu) * 8});
  }
  return enter_protocol(walk, protocol);
}

Layer walk_ip6(Walk* walk) {
  if (!walk->has(40)) return walk->lacks(40, Malformed::kIp6PayloadLength);
  const auto ip = walk->view<40>();
  if ((ip.u8<0>() >> 4) != 6) return walk->malformed(Malformed::kIp6Version);
  Endpoints& ends = walk->packet->ends;
  ends = Endpoints{};
  ends.ip_version = 6;
  ip.copy<8, 16>(ends.source);
  ip.copy<24, 16>(ends.destination);
  walk->packet->ip_header = Span{walk->at, 40};
  const size_t length = ip.be16<4>();
  walk->next_protocol = ip.u8<6>();
  walk->skip(40);
  if (length > walk->wire) walk->counters->count(Malformed::kIp6PayloadLength);
  if (length != 0) walk->limit(length);  // zero: a jumbogram (RFC 2675), or cut into segments by hardware
  return Layer::kIp6Chain;
}

Layer walk_ip6_chain(Walk* walk) {
  uint8_t protocol = walk->next_protocol;
  for (unsigned n = 0; n < kMaxExtensions; ++n) {
    const bool is_option = protocol == 0 || protocol == 43 || protocol == 60 || protocol == 135 || protocol == 139 ||
                           protocol == 140;
    if (!is_option && protocol != 44) return enter_protocol(walk, protocol);
    if (!walk->has(8)) return walk->lacks(8, Malformed::kIp6Extension);
    const auto extension = walk->view<8>();
    const uint8_t next = extension.u8<0>();
    if (protocol == 44) {
      const uint16_t fragment = extension.be16<2>();
      const uint32_t id = extension.be32<4>();
      walk->skip(8);
      // With offset zero and without more fragments, this is a whole packet with the header (RFC 6946).
      if ((fragment & 0xfff9) != 0) {
        return at_fragment(walk, {6, next, (fragment & 1) != 0, id, fragment & 0xfff8u});
      }
    } else {
      const size_t length = (size_t{extension.u8<1>()} + 1) * 8;
      if (!walk->has(length)) return walk->lacks(length, Malformed::kIp6Extension);
      walk->skip(length);
    }
    protocol = next;
  }
  return walk->malformed(Malformed::kIp6Extension);
}

// Authentication header, RFC 4302 §2: its length is in words, less two.
Layer walk_ah(Walk* walk) {
  if (!walk->has(12)) return walk->lacks(12, Malformed::kIp6Extension);
  const auto header = walk->view<12>();
  const size_t length = (size_t{header.u8<1>()} + 2) * 4;
  if (length < 12) return walk->malformed(Malformed::kIp6Extension);
  if (!walk->has(length)) return walk->lacks(length, Malformed::kIp6Extension);
  walk->next_protocol = header.u8<0>();
  walk->skip(length);
  if (walk->packet->ends.ip_version == 6) return Layer::kIp6Chain;
  return enter_protocol(walk, walk->next_protocol);
}

Layer walk_ip4_in_ip(Walk* walk) {
  const bool in_ip4 = walk->packet->ends.ip_version == 4;
  if (!walk->enter(in_ip4 ? Encapsulation::kIpIp : Encapsulation::k4in6)) return Layer::kMalformed;
  return Layer::kIp4;
}

Layer walk_ip6_in_ip(Walk* walk) {
  const bool in_ip4 = walk->packet->ends.ip_version == 4;
  if (!walk->enter(in_ip4 ? Encapsulation::k6in4 : Encapsulation::k6in6)) return Layer::kMalformed;
  return Layer::kIp6;
}

bool looks_like_ip(const Walk& walk, size_t at) {
  if (walk.captured < at + 1) return false;
  const uint8_t* ip = walk.at + at;
  const size_t left = walk.captured - at;
  const size_t on_wire = walk.wire - at;
  if ((ip[0] >> 4) == 4) {
    if (left < 20) return left < on_wire;  // cut: undecided
    const View<20> view(ip);
    const size_t total = view.be16<2>();
    return (view.u8<0>() & 15) >= 5 && total <= on_wire && (total >= 20 || total == 0);
  }
  if ((ip[0] >> 4) != 6) return false;
  if (left < 40) return left < on_wire;
  return size_t{View<40>(ip).be16<4>()} + 40 <= on_wire;
}

bool holds_ip(const Walk& walk, size_t at, size_t trailer) {
  if (!looks_like_ip(walk, at) || !walk.has(at + 20)) return false;
  const uint8_t* ip = walk.at + at;
  if ((ip[0] >> 4) == 4) {
    const size_t header = size_t{ip[0] & 15u} * 4;
    return walk.has(at + header) && ones_complement_sum(Span{ip, header}, 0) == 0xffff;
  }
  if (!walk.has(at + 40)) return false;
  const uint8_t next = ip[6];
  const bool is_extension = next == 0 || next == 43 || next == 44 || next == 60;
  const bool is_known = next == 58 || is_extension || next_layer(Space::kIpProtocol, next) != Layer::kNoPort;
  const size_t end = at + 40 + View<40>(ip).be16<4>();
  return is_known && end <= walk.wire && walk.wire - end <= trailer;
}

}  // namespace wiretally

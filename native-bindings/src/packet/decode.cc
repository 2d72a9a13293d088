// decode_frame has a fast path for the most common packets, and walks through all layers for the rest.
#include "decode.h"

#include <cstring>

#include "walk.h"

namespace wiretally {
namespace {

constexpr unsigned kMaxHeaders = 64;  // headers walked in one frame, tags and tunnels together

void begin_packet(const Frame& frame, Packet* packet) {
  packet->ts_ns = frame.ts_ns;
  packet->wire_bytes = frame.wire_bytes;
  packet->file_index = frame.file_index;
  packet->frames = 1;
  packet->reassembled = packet->has_other_bytes = false;
  packet->vlan_count = 0;
  packet->tunnel_depth = 0;
  packet->ip_header = packet->segment = Span{};
  packet->segment_bytes = 0;
}

// Plain has the remaining bytes of a plain packet, and their length according to the headers.
struct Plain {
  const uint8_t* at;
  size_t captured;
  size_t wire;
  size_t length;
};

inline bool plain_ip4(Plain* plain, Packet* packet) {
  Endpoints* ends = &packet->ends;
  if (plain->captured < 28) return false;
  const View<20> ip(plain->at);
  const size_t total = ip.be16<2>();
  if (ip.u8<0>() != 0x45 || (ip.be16<6>() & 0x3fff) != 0 || total > plain->wire || total < 28) return false;
  std::memset(ends->source, 0, sizeof ends->source);
  std::memset(ends->destination, 0, sizeof ends->destination);
  ip.copy<12, 4>(ends->source);
  ip.copy<16, 4>(ends->destination);
  ends->protocol = ip.u8<9>();
  ends->ip_version = 4;
  packet->ip_header = Span{plain->at, 20};
  plain->length = total - 20;
  plain->at += 20;
  plain->captured -= 20;
  return true;
}

inline bool plain_ip6(Plain* plain, Packet* packet) {
  Endpoints* ends = &packet->ends;
  if (plain->captured < 48) return false;
  const View<40> ip(plain->at);
  plain->length = ip.be16<4>();
  if ((ip.u8<0>() >> 4) != 6 || plain->length > plain->wire - 40 || plain->length < 8) return false;
  ip.copy<8, 16>(ends->source);
  ip.copy<24, 16>(ends->destination);
  ends->protocol = ip.u8<6>();
  ends->ip_version = 6;
  packet->ip_header = Span{plain->at, 40};
  plain->at += 40;
  plain->captured -= 40;
  return true;
}

// Returns the length of the TCP or UDP header; 0 if the header is not plain.
inline size_t plain_transport(Plain* plain, Packet* packet) {
  Endpoints& ends = packet->ends;
  const View<8> ports(plain->at);
  ends.source_port = ports.be16<0>();
  ends.destination_port = ports.be16<2>();
  if (ends.protocol == 6) {
    if (plain->captured < 20) return 0;
    const View<20> tcp(plain->at);
    packet->sequence = tcp.be32<4>();
    packet->acknowledgement = tcp.be32<8>();
    packet->tcp_flags = tcp.u8<13>();
    const size_t header = 4u * (tcp.u8<12>() >> 4);
    return header < 20 ? 0 : header;
  }
  const size_t datagram = ports.be16<4>();
  if (ends.protocol != 17 || datagram < 8 || datagram > plain->length) return 0;
  if (may_carry_tunnel(ends.source_port) || may_carry_tunnel(ends.destination_port)) return 0;
  const size_t captured = plain->captured < datagram ? plain->captured : datagram;
  if (may_begin_tunnel(plain->at + 8, captured - 8)) return 0;
  packet->sequence = packet->acknowledgement = 0;
  packet->tcp_flags = 0;
  plain->length = datagram;
  return 8;
}

// Decodes Ethernet with at most one VLAN tag, IPv4 without options or IPv6 without extensions, and TCP or UDP that
// carries no tunnel and has consistent lengths. Returns false if nothing was decided: the walk must decode the frame.
bool decode_plain(const Frame& frame, Packet* packet) {
  if (frame.captured < 42 || frame.fcs_bytes != 0) return false;
  const View<18> ethernet(frame.data);
  uint16_t type = ethernet.be16<12>();
  size_t link = 14;
  begin_packet(frame, packet);
  if (type == 0x8100) {
    packet->vlans[0] = ethernet.be16<14>() & 0x0fff;
    packet->vlan_count = 1;
    type = ethernet.be16<16>();
    link = 18;
  }
  Plain plain{frame.data + link, frame.captured - link, frame.wire_bytes - link, 0};
  const bool is_plain = type == 0x0800 ? plain_ip4(&plain, packet) : type == 0x86dd ? plain_ip6(&plain, packet) : false;
  if (!is_plain) return false;
  const size_t header = plain_transport(&plain, packet);
  if (header == 0 || header > plain.length || header > plain.captured) return false;
  packet->segment = Span{plain.at, plain.captured < plain.length ? plain.captured : plain.length};
  packet->segment_bytes = static_cast<uint32_t>(plain.length);
  const size_t payload_bytes = plain.length - header;
  const size_t captured = plain.captured - header;
  packet->payload_bytes = static_cast<uint32_t>(payload_bytes);
  packet->cut_short = captured < payload_bytes;
  packet->payload = Span{plain.at + header, captured < payload_bytes ? captured : payload_bytes};
  packet->destination_mac = frame.data;
  packet->source_mac = frame.data + 6;
  return true;
}

}  // namespace

Layer begin_walk(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters, Walk* walk) {
  begin_packet(frame, packet);
  packet->ends = Endpoints{};
  packet->payload = Span{};
  packet->payload_bytes = packet->sequence = packet->acknowledgement = 0;
  packet->tcp_flags = 0;
  packet->cut_short = false;
  packet->source_mac = packet->destination_mac = nullptr;
  *other = NonPortInfo{};
  walk->at = frame.data;
  walk->captured = frame.captured - frame.fcs_bytes;
  walk->wire = frame.wire_bytes - frame.fcs_bytes;
  walk->packet = packet;
  walk->other = other;
  walk->counters = counters;
  const Layer first = next_layer(Space::kLinkType, frame.link_type);
  if (first == Layer::kNoPort) counters->count(Malformed::kLinkUnknown);
  return first;
}

Layer walk_to_end(Layer layer, Walk* walk) {
  for (unsigned n = 0; layer < Layer::kWalked; ++n) {
    layer = n < kMaxHeaders ? walk_layer(layer, walk) : walk->malformed(Malformed::kTunnelDepth);
  }
  if (layer == Layer::kPacket || layer == Layer::kFragment || !walk->has_carrier) return layer;
  if (layer == Layer::kCut) ++walk->counters->snaplen_cut;
  *walk->packet = walk->carrier;
  return Layer::kPacket;
}

DecodeResult conclude(Layer end, const Walk& walk) {
  switch (end) {
    case Layer::kPacket: return DecodeResult::kPacket;
    case Layer::kFragment: ++walk.counters->fragments; return DecodeResult::kFragment;
    case Layer::kCut: ++walk.counters->snaplen_cut; return DecodeResult::kCut;
    case Layer::kMalformed: ++walk.counters->undecoded; return DecodeResult::kMalformed;
    default:
      ++walk.counters->undecoded;
      if (walk.other->ip_protocol == 0) walk.other->body = Span{walk.at, walk.captured};
      return DecodeResult::kNoPort;
  }
}

DecodeResult decode_frame(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters) {
  if (frame.link_type == 1 && decode_plain(frame, packet)) return DecodeResult::kPacket;
  Walk walk;
  const Layer first = begin_walk(frame, packet, other, counters, &walk);
  return conclude(walk_to_end(first, &walk), walk);
}

}  // namespace wiretally

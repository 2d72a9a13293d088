// Walks TCP (RFC 9293 §3.1) and UDP (RFC 768): ports, sequence numbers and payload.
#include "walk.h"

namespace wiretally {
namespace {

void set_payload(Walk* walk, size_t payload_bytes) {
  Packet* packet = walk->packet;
  packet->payload_bytes = static_cast<uint32_t>(payload_bytes);
  packet->payload = Span{walk->at, walk->captured < payload_bytes ? walk->captured : payload_bytes};
  packet->cut_short = walk->captured < walk->wire && packet->payload.size < payload_bytes;
}

// Handles a truncated or too short header with readable ports: the packet belongs to a flow.
Layer ports_only(Walk* walk, size_t header, Malformed reason) {
  if (walk->wire >= header) {
    ++walk->counters->snaplen_cut;
  } else {
    walk->counters->count(reason);
  }
  walk->limit(0);
  set_payload(walk, 0);
  return Layer::kPacket;
}

void set_ports(Walk* walk, uint8_t protocol) {
  const auto ports = walk->view<4>();
  Endpoints& ends = walk->packet->ends;
  ends.source_port = ports.be16<0>();
  ends.destination_port = ports.be16<2>();
  ends.protocol = protocol;
}

// Returns the checksummed bytes. A jumbogram, or a packet before hardware segmentation, has no valid length, so it is
// not verified.
void set_segment(Walk* walk) {
  walk->packet->segment = Span{walk->at, walk->captured};
  walk->packet->segment_bytes = static_cast<uint32_t>(walk->wire);
}

}  // namespace

Layer walk_tcp(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTcpShort);
  set_ports(walk, 6);
  if (!walk->has(20)) return ports_only(walk, 20, Malformed::kTcpShort);
  set_segment(walk);
  const auto tcp = walk->view<20>();
  Packet* packet = walk->packet;
  packet->sequence = tcp.be32<4>();
  packet->acknowledgement = tcp.be32<8>();
  packet->tcp_flags = tcp.u8<13>();
  const size_t header = 4u * (tcp.u8<12>() >> 4);
  if (header < 20 || header > walk->wire) {
    walk->counters->count(Malformed::kTcpDataOffset);
    const size_t claimed = header < 20 ? walk->wire - header : 0;  // from the header, although impossible
    walk->limit(0);
    set_payload(walk, claimed);
    return Layer::kPacket;
  }
  const size_t payload_bytes = walk->wire - header;
  if (walk->has(header)) {
    walk->skip(header);
  } else {  // the options are cut
    ++walk->counters->snaplen_cut;
    walk->at += walk->captured;
    walk->captured = 0;
  }
  set_payload(walk, payload_bytes);
  return Layer::kPacket;
}

Layer walk_udp(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kUdpShort);
  set_ports(walk, 17);
  Packet* packet = walk->packet;
  packet->sequence = packet->acknowledgement = 0;
  packet->tcp_flags = 0;
  if (!walk->has(8)) return ports_only(walk, 8, Malformed::kUdpShort);
  // Zero means a jumbogram (RFC 2675 §4), or a packet that hardware segments (USO).
  const size_t length = walk->view<8>().be16<4>();
  const size_t total = length == 0 ? walk->wire : length;
  if (total < 8) {
    walk->counters->count(Malformed::kUdpLength);
    walk->limit(0);
    set_payload(walk, 0);
    return Layer::kPacket;
  }
  if (total > walk->wire) walk->counters->count(Malformed::kUdpLength);
  walk->limit(total);
  set_segment(walk);
  walk->skip(8);
  set_payload(walk, total - 8);
  const Endpoints& ends = packet->ends;
  Layer inner = Layer::kNoPort;
  if (may_carry_tunnel(ends.source_port) || may_carry_tunnel(ends.destination_port)) {
    inner = next_layer(Space::kUdpPort, ends.destination_port);
    if (inner == Layer::kNoPort) inner = next_layer(Space::kUdpPort, ends.source_port);
  }
  // FOU and GUE have no ports of their own: the ports of the manual's examples may carry another tunnel.
  if (inner == Layer::kNoPort || inner == Layer::kFou || inner == Layer::kGue) {
    const Layer found = tunnel_by_content(*walk);
    if (found != Layer::kNoPort && (inner == Layer::kNoPort || found != Layer::kFou)) inner = found;
  }
  if (inner == Layer::kNoPort) return Layer::kPacket;
  walk->carrier = *packet;
  walk->has_carrier = true;
  return inner;
}

}  // namespace wiretally

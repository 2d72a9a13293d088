// Walks TCP (RFC 9293 §3.1) and UDP (RFC 768): ports, sequence numbers and payload.
#include "walk.h"

namespace wiretally {
namespace {

// Minimum header lengths, and protocol numbers of IP.
constexpr size_t kTcpHeaderBytes = 20;
constexpr size_t kUdpHeaderBytes = 8;
constexpr uint8_t kTcpProtocol = 6;
constexpr uint8_t kUdpProtocol = 17;

void set_payload(Walk* walk, size_t payload_bytes) {
  Packet* packet = walk->packet;
  packet->payload_bytes = static_cast<uint32_t>(payload_bytes);
  packet->payload = Span{walk->at, walk->captured < payload_bytes ? walk->captured : payload_bytes};
  packet->cut_short = walk->captured < walk->wire && packet->payload.size < payload_bytes;
}

// Handles a truncated or too short header with readable ports: the packet belongs to a flow.
Layer end_after_ports(Walk* walk, size_t header, Malformed reason) {
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

// Sets the bytes that the checksum covers. A jumbogram, or a packet before hardware segmentation, has no valid length, so
// its checksum is not verified.
void set_segment(Walk* walk) {
  walk->packet->segment = Span{walk->at, walk->captured};
  walk->packet->segment_bytes = static_cast<uint32_t>(walk->wire);
}

}  // namespace

Layer walk_tcp(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTcpShort);
  set_ports(walk, kTcpProtocol);
  if (!walk->has(kTcpHeaderBytes)) return end_after_ports(walk, kTcpHeaderBytes, Malformed::kTcpShort);
  set_segment(walk);
  const auto tcp = walk->view<kTcpHeaderBytes>();
  Packet* packet = walk->packet;
  packet->sequence = tcp.be32<4>();
  packet->acknowledgement = tcp.be32<8>();
  packet->tcp_flags = tcp.u8<13>();
  const size_t header = 4u * (tcp.u8<12>() >> 4);
  if (header < kTcpHeaderBytes || header > walk->wire) {
    walk->counters->count(Malformed::kTcpDataOffset);
    const size_t claimed = header < kTcpHeaderBytes ? walk->wire - header : 0;  // from the invalid header length
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
  set_ports(walk, kUdpProtocol);
  Packet* packet = walk->packet;
  packet->sequence = packet->acknowledgement = 0;
  packet->tcp_flags = 0;
  if (!walk->has(kUdpHeaderBytes)) return end_after_ports(walk, kUdpHeaderBytes, Malformed::kUdpShort);
  // Zero means a jumbogram (RFC 2675 §4), or a packet that hardware segments (USO).
  const size_t length = walk->view<kUdpHeaderBytes>().be16<4>();
  const size_t total = length == 0 ? walk->wire : length;
  if (total < kUdpHeaderBytes) {
    walk->counters->count(Malformed::kUdpLength);
    walk->limit(0);
    set_payload(walk, 0);
    return Layer::kPacket;
  }
  if (total > walk->wire) walk->counters->count(Malformed::kUdpLength);
  walk->limit(total);
  set_segment(walk);
  walk->skip(kUdpHeaderBytes);
  set_payload(walk, total - kUdpHeaderBytes);
  const Endpoints& ends = packet->ends;
  Layer inner = Layer::kNoPort;
  if (may_carry_tunnel(ends.source_port) || may_carry_tunnel(ends.destination_port)) {
    inner = next_layer(Space::kUdpPort, ends.destination_port);
    if (inner == Layer::kNoPort) inner = next_layer(Space::kUdpPort, ends.source_port);
  }
  // FOU and GUE have no registered ports. Another tunnel may use the ports of the examples in ip-fou(8).
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

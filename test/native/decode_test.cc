// Every link type and encapsulation leads to its innermost ports, and no prefix of any frame leads astray.
#include "../../native-bindings/src/packet/decode.h"

#include <doctest/doctest.h>

#include "decode_cases.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

Frame frame_of(uint16_t link_type, Span data, size_t wire_bytes) {
  return Frame{
      data.data, 1'000'000'000, static_cast<uint32_t>(data.size), static_cast<uint32_t>(wire_bytes), link_type, 0, 0,
      3};
}

std::string text_of(DecodeResult result, const Packet& packet, const Counters& counters) {
  std::string out;
  switch (result) {
    case DecodeResult::kPacket:
      out = std::to_string(packet.ends.ip_version) + (packet.ends.protocol == 6 ? " tcp " : " udp ") +
            std::to_string(packet.ends.source_port) + ">" + std::to_string(packet.ends.destination_port) + " " +
            std::to_string(packet.payload_bytes);
      for (unsigned n = 0; n < packet.tunnel_depth; ++n) {
        out += std::string(n == 0 ? " " : "/") + encapsulation_name(packet.tunnels[n]);
      }
      for (unsigned n = 0; n < packet.vlan_count; ++n)
        out += (n == 0 ? " vlan " : " ") + std::to_string(packet.vlans[n]);
      break;
    case DecodeResult::kNoPort: out = "no port"; break;
    case DecodeResult::kFragment: out = "fragment"; break;
    case DecodeResult::kMalformed: out = "malformed"; break;
    case DecodeResult::kCut: out = "cut"; break;
  }
  for (size_t n = 0; n < counters.malformed.size(); ++n) {
    if (counters.malformed[n] != 0) out += std::string(" ") + malformed_name(n);
  }
  return out;
}

std::string decode(const Frame& frame, Packet* packet) {
  NonPortInfo other;
  Counters counters;
  const DecodeResult result = decode_frame(frame, packet, &other, &counters);
  return text_of(result, *packet, counters);
}

bool lies_within(Span inner, Span outer) {
  return inner.size == 0 || (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size);
}

void check_bounds(const cases::Case& one, const Frame& frame) {
  Packet packet;
  NonPortInfo other;
  Counters counters;
  const Span memory{frame.data, frame.captured};
  INFO(one.name);
  const DecodeResult result = decode_frame(frame, &packet, &other, &counters);
  if (result == DecodeResult::kPacket) {
    CHECK(lies_within(packet.payload, memory));
    CHECK(packet.payload.size <= packet.payload_bytes);
    CHECK((packet.source_mac == nullptr || lies_within(Span{packet.source_mac, 6}, memory)));
    CHECK((packet.destination_mac == nullptr || lies_within(Span{packet.destination_mac, 6}, memory)));
    CHECK_EQ(packet.wire_bytes, frame.wire_bytes);
    CHECK_EQ(packet.frames, 1);
  } else if (result == DecodeResult::kNoPort) {
    CHECK(lies_within(other.body, memory));
  } else if (result == DecodeResult::kCut) {
    CHECK(frame.captured < frame.wire_bytes);
    CHECK_EQ(counters.snaplen_cut, 1u);
  }
}

// Cut by the snaplen, and short on the wire.
void check_every_prefix(const cases::Case& one) {
  for (size_t size = 0; size < one.frame.size(); ++size) {
    const bytes::Prefix prefix(one.frame, size);
    check_bounds(one, frame_of(one.link_type, prefix.span(), one.frame.size()));
    check_bounds(one, frame_of(one.link_type, prefix.span(), size));
  }
}

// A cut frame belongs to the same flow as the whole one, or to the flow of an outer tunnel, or to none.
void check_cut_ports(const cases::Case& one) {
  Packet whole;
  if (decode(frame_of(one.link_type, bytes::span(one.frame), one.frame.size()), &whole).find('>') == std::string::npos)
    return;
  for (size_t size = 0; size < one.frame.size(); ++size) {
    const bytes::Prefix prefix(one.frame, size);
    Packet cut;
    const std::string text = decode(frame_of(one.link_type, prefix.span(), one.frame.size()), &cut);
    if (text.find('>') == std::string::npos) continue;
    const bool is_same = cut.ends.source_port == whole.ends.source_port;
    const bool is_carrier = cut.ends.protocol == 17 && cut.ends.source_port == 50000;
    INFO(one.name, " cut to ", size, ": ", text);
    CHECK((is_same || is_carrier));
    const bool is_well_formed = one.expected.find('.') == std::string::npos;
    if (is_well_formed && is_same && cut.tunnel_depth == whole.tunnel_depth && size + 5 >= one.frame.size()) {
      CHECK_EQ(cut.payload_bytes, whole.payload_bytes);
      CHECK((cut.cut_short || cut.payload.size == cut.payload_bytes));
    }
  }
}

TEST_CASE("fields of a packet are read") {
  using namespace frames;
  const Bytes frame = ethernet(0x0800, ip4({}, tcp(1234, 443, filled(5, 7))));
  Packet packet;
  decode(frame_of(1, bytes::span(frame), frame.size()), &packet);
  CHECK_EQ(packet.sequence, 1000u);
  CHECK_EQ(packet.acknowledgement, 2000u);
  CHECK_EQ(packet.tcp_flags, 0x18);
  CHECK_EQ(packet.file_index, 3u);
  CHECK_EQ(packet.ts_ns, 1'000'000'000);
  CHECK_EQ(bytes::to_hex(packet.ends.source, 16), "0a000001000000000000000000000000");
  CHECK_EQ(bytes::to_hex(packet.ends.destination, 16), "0a000002000000000000000000000000");
  CHECK_EQ(bytes::to_hex(packet.source_mac, 6), "020000000002");
  CHECK_EQ(bytes::to_hex(packet.destination_mac, 6), "020000000001");
  CHECK_EQ(bytes::to_hex(packet.payload.data, packet.payload.size), "0708090a0b");
  CHECK(!packet.cut_short);
}

TEST_CASE("the hop limit of IPv6 is read as the time to live of IPv4, on both ways to the ports") {
  using namespace frames;
  const Bytes segment = tcp(1234, 443, filled(5));
  const Bytes options = joined({bytes::hex("0600010400000000"), segment});
  for (const Bytes& packet : {ip4({}, segment), ip6(6, segment), ip6(0, options)}) {
    Packet read;
    const Bytes frame = ethernet(packet[0] == 0x45 ? 0x0800 : 0x86dd, packet);
    decode(frame_of(1, bytes::span(frame), frame.size()), &read);
    CHECK_EQ(read.payload_bytes, 5u);
    CHECK_EQ(int{ttl_of(read)}, 64);
  }
}

// For any snap length between the outer ports and the inner ones: the outer flow, and one cut frame.
TEST_CASE("a cut GTP packet stays whole on the wire") {
  using namespace frames;
  const Bytes inner = ip4({}, tcp(1234, 443, filled(5)));
  const Bytes gtp = joined({bytes::hex("34ff 0039 00000001 0000 00 85 01100900"), inner});
  const Bytes frame = ethernet(0x0800, ip4({.protocol = 17}, udp(50000, 2152, gtp)));
  constexpr size_t kGtpAt = 42, kPortsAt = kGtpAt + 16 + 20;
  for (size_t size = kGtpAt + 2; size < kPortsAt + 4; ++size) {
    const bytes::Prefix prefix(frame, size);
    Packet packet;
    NonPortInfo other;
    Counters counters;
    const DecodeResult result = decode_frame(frame_of(1, prefix.span(), frame.size()), &packet, &other, &counters);
    CHECK_EQ(text_of(result, packet, counters), "4 udp 50000>2152 " + std::to_string(gtp.size()));
    CHECK_EQ(counters.snaplen_cut, 1u);
    CHECK_EQ(packet.payload.size, size - kGtpAt);
  }
}

TEST_CASE("a checksum behind the frame is left out") {
  using namespace frames;
  const Bytes frame = joined({ethernet(0x0800, ip4({}, tcp(1234, 443, filled(30)))), filled(4)});
  Frame with_fcs = frame_of(1, bytes::span(frame), frame.size());
  with_fcs.fcs_bytes = 4;
  Packet packet;
  CHECK_EQ(decode(with_fcs, &packet), "4 tcp 1234>443 30");
}

TEST_CASE("every encapsulation leads to its innermost ports") {
  for (const cases::Case& one : cases::all()) {
    Packet packet;
    const std::string actual = decode(frame_of(one.link_type, bytes::span(one.frame), one.frame.size()), &packet);
    INFO("in ", one.name);
    CHECK_EQ(actual, one.expected);
    check_every_prefix(one);
    check_cut_ports(one);
  }
}

// Payloads that begin as a tunnel does on any port, or that go to a tunnel's port, and random bytes behind it.
TEST_CASE("random bytes are taken for no tunnel") {
  uint64_t state = 1;
  const auto next = [&state] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<uint8_t>(state >> 32);
  };
  const std::vector<Bytes> starts = {{}, bytes::hex("08000000"), bytes::hex("0100000101"), bytes::hex("45000040")};
  constexpr uint16_t kPorts[] = {443, 4341, 4754, 4799, 5555, 6080, 7777, 8888, 9999, 30030, 37008};
  for (const uint16_t port : kPorts) {
    for (unsigned n = 0; n < 4000; ++n) {
      Bytes payload = starts[n % starts.size()];
      while (payload.size() < 64) payload.push_back(next());
      const Bytes frame = frames::ethernet(0x0800, frames::ip4({.protocol = 17}, frames::udp(50000, port, payload)));
      Packet packet;
      decode(frame_of(1, bytes::span(frame), frame.size()), &packet);
      CHECK_EQ(packet.tunnel_depth, 0);
    }
  }
}

}  // namespace

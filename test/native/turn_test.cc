// DTLS in TURN channels: the hello is found on the flow between client and relay.
#include "../../native-bindings/src/protocol/turn.h"

#include <doctest/doctest.h>

#include "../../native-bindings/src/packet/layer.h"
#include "tracked_flow.h"

namespace {

using namespace tracked;

constexpr uint16_t kTurnPort = 3478;
constexpr uint8_t kUdp = 17;

Bytes message(uint16_t channel, size_t length, const Bytes& data) {
  Bytes out;
  bytes::add_number(&out, channel, 2);
  bytes::add_number(&out, length, 2);
  bytes::add(&out, data);
  return out;
}

Bytes channel_data(const Bytes& data, uint16_t channel = 0x4001) { return message(channel, data.size(), data); }

// Bytes `begin` to `end` of a hello's body, as one DTLS record.
Bytes dtls_hello(size_t begin = 0, size_t end = SIZE_MAX) {
  HelloBuilder hello;
  hello.is_dtls = true;
  hello.version = 0xfefd;
  const Bytes whole = hello.sni("media.example.com").u16_list(13, {0x0403}).build();
  end = std::min(end, whole.size() - 4);
  Bytes handshake(whole.begin(), whole.begin() + 4);
  bytes::add_number(&handshake, 0, 2);
  bytes::add_number(&handshake, begin, 3);
  bytes::add_number(&handshake, end - begin, 3);
  handshake.insert(handshake.end(), whole.begin() + 4 + static_cast<ptrdiff_t>(begin),
                   whole.begin() + 4 + static_cast<ptrdiff_t>(end));
  Bytes out = bytes::hex("16 fefd 0000 000000000000");
  bytes::add_counted(&out, handshake, 2);
  return out;
}

void expect_hello(const Bench& bench, const char* tunnel, uint16_t source_port) {
  if (!CHECK_EQ(bench.sink.hellos.size(), 1u)) return;
  const SeenHello& hello = bench.sink.hellos[0];
  CHECK_EQ(hello.sni, "media.example.com");
  CHECK_EQ(hello.tunnel, tunnel);
  CHECK_EQ(hello.source_port, source_port);
  CHECK_EQ(hello.transport, static_cast<unsigned>(HelloTransport::kDtls));
}

TEST_CASE("a hello in a channel is found") {
  for (const size_t padding : {size_t{0}, size_t{1}, size_t{3}}) {
    Bench bench;
    Flow flow(&bench, 40000, kTurnPort, kUdp);
    Bytes datagram = channel_data(dtls_hello());
    datagram.resize(datagram.size() + padding);
    flow.up(datagram);
    expect_hello(bench, "turn", 40000);
    const Described seen = flow.end();
    CHECK_EQ(seen.sni, "media.example.com");
    CHECK_EQ(seen.record.app_hint, static_cast<uint8_t>(AppHint::kDtls));
  }
}

TEST_CASE("behind the allocation from either side in fragments") {
  const Bytes allocate = bytes::hex("0003 0008 2112a442 000000000000000000000001 0019000411000000");
  Bench bench;
  Flow flow(&bench, 40000, kTurnPort, kUdp);
  flow.up(allocate);
  flow.down(channel_data(dtls_hello(0, 30)));
  flow.up(channel_data(bytes::hex("80 60 0001 00000000 00000000")));  // unrelated media in another channel
  flow.down(channel_data(dtls_hello(30), 0x4fff));
  expect_hello(bench, "turn", kTurnPort);
}

TEST_CASE("bare dtls stays as it is") {
  Bench bench;
  Flow flow(&bench, 40000, kTurnPort, kUdp);
  flow.up(dtls_hello());
  expect_hello(bench, "", 40000);
}

TEST_CASE("what is no channel is not opened") {
  const Bytes hello = dtls_hello();
  const Bytes others[] = {message(0x3fff, hello.size(), hello),
                          message(0x5000, hello.size(), hello),
                          message(0x4001, hello.size() + 1, hello),
                          message(0x4001, hello.size() - 4, hello),
                          message(0x4001, 0, {}),
                          bytes::hex("4001")};
  for (const Bytes& datagram : others) {
    Bench bench;
    Flow flow(&bench, 40000, kTurnPort, kUdp);
    flow.up(datagram);
    CHECK_EQ(bench.sink.hellos.size(), 0u);
  }
}

Packet packet_of(Span payload, size_t payload_bytes) {
  Packet packet{};
  packet.payload = payload;
  packet.payload_bytes = static_cast<uint32_t>(payload_bytes);
  return packet;
}

// Cut by the snaplen, and short on the wire.
TEST_CASE("no prefix leads astray") {
  const Bytes datagram = channel_data(dtls_hello());
  for (size_t size = 0; size < datagram.size(); ++size) {
    const bytes::Prefix prefix(datagram, size);
    Packet inside;
    CHECK(!open_channel_data(packet_of(prefix.span(), size), &inside));
    const bool is_open = open_channel_data(packet_of(prefix.span(), datagram.size()), &inside);
    CHECK_EQ(is_open, size >= 4);
    if (!is_open) continue;
    CHECK_EQ(inside.payload_bytes, datagram.size() - 4);
    CHECK_EQ(inside.payload.size, size - 4);
    CHECK(inside.cut_short);
    Bench bench;
    Flow flow(&bench, 40000, kTurnPort, kUdp);
    flow.send(true, datagram, kAck, static_cast<uint32_t>(datagram.size() - size));
    CHECK_EQ(bench.sink.hellos.size(), 0u);
  }
}

TEST_CASE("the ceiling of depth is kept") {
  const Bytes datagram = channel_data(dtls_hello());
  Packet packet = packet_of(bytes::span(datagram), datagram.size());
  Packet inside;
  packet.tunnel_depth = kMaxTunnelDepth - 1;
  CHECK(open_channel_data(packet, &inside));
  CHECK_EQ(inside.tunnel_depth, kMaxTunnelDepth);
  CHECK_EQ(inside.tunnels[kMaxTunnelDepth - 1], static_cast<uint8_t>(Encapsulation::kTurn));
  packet.tunnel_depth = kMaxTunnelDepth;
  CHECK(!open_channel_data(packet, &inside));
}

}  // namespace

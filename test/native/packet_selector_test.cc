// The packets of given flows, and no others, come out of a capture, with the place of their payload.
#include "../../native-bindings/src/pipeline/packet_selector.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "capture_builder.h"
#include "frame_builder.h"

using namespace wiretally;
using bytes::Bytes;
using captures::Pcap;
using frames::ethernet;
using frames::filled;
using frames::Ip4;
using frames::ip4;
using frames::ip6;
using frames::tcp;
using frames::udp;
using frames::vlan;

namespace {

constexpr uint16_t kIp4Type = 0x0800;
constexpr uint16_t kIp6Type = 0x86dd;
constexpr uint16_t kVlanType = 0x8100;
constexpr uint32_t kClient = 0x0a000001;
constexpr uint32_t kServer = 0x0a000002;
constexpr int64_t kSecond = 1'000'000'000;

Bytes from_client(const Bytes& payload) { return ethernet(kIp4Type, ip4({}, tcp(40000, 443, payload))); }
Bytes from_server(const Bytes& payload) {
  return ethernet(kIp4Type, ip4(Ip4{.source = kServer, .destination = kClient}, tcp(443, 40000, payload)));
}

Endpoints ends_of(uint16_t client_port, uint8_t protocol = 6) {
  Endpoints ends{};
  ends.source[0] = ends.destination[0] = 10;
  ends.source[3] = 1;
  ends.destination[3] = 2;
  ends.source_port = client_port;
  ends.destination_port = 443;
  ends.protocol = protocol;
  ends.ip_version = 4;
  return ends;
}

struct Output {
  SelectedPacket head;
  Bytes data;
};

// Packets of `file`, pushed in pieces of `chunk` bytes.
std::vector<Output> read_all(PacketSelector* selector, const Bytes& file, size_t chunk) {
  std::vector<Output> packets;
  // Exact allocation: a write behind it is found.
  std::vector<uint8_t> out(PacketSelector::kMinOutputBytes);
  REQUIRE_EQ(selector->open_stream(0), 0);
  size_t pushed = 0;
  while (selector->is_open()) {
    for (size_t size = selector->read(out.data(), out.size()); size > 0;
         size = selector->read(out.data(), out.size())) {
      for (size_t at = 0; at < size;) {
        Output packet;
        std::memcpy(&packet.head, out.data() + at, sizeof packet.head);
        at += sizeof packet.head;
        packet.data.assign(out.begin() + static_cast<long>(at),
                           out.begin() + static_cast<long>(at + packet.head.captured));
        at += (size_t{packet.head.captured} + 7) & ~size_t{7};
        packets.push_back(packet);
      }
    }
    if (!selector->is_open()) break;
    const size_t more = std::min(chunk, file.size() - pushed);
    selector->push(file.data() + pushed, more, pushed + more == file.size());
    pushed += more;
  }
  return packets;
}

struct Case {
  std::string name;
  Bytes frame;
  uint32_t header_bytes;
  uint32_t payload_bytes;
  bool is_from_client = true;
  uint8_t protocol = 6;
};

std::vector<Case> cases() {
  const Bytes tagged = ethernet(kVlanType, vlan(7, kIp4Type, ip4({}, tcp(40000, 443, filled(10)))));
  Bytes cut = from_client(filled(100));
  cut.resize(60);
  Bytes padded = from_client({});
  padded.resize(60);
  return {
      {"to the server", from_client(filled(10)), 54, 10},
      {"from the server", from_server(filled(9)), 54, 9, false},
      {"with a VLAN tag", tagged, 58, 10},
      {"of UDP", ethernet(kIp4Type, ip4(Ip4{.protocol = 17}, udp(40000, 443, filled(10)))), 42, 10, true, 17},
      {"cut by the snap length", cut, 54, 6},
      {"padded to the minimum of Ethernet: the padding is no header", padded, 54, 0},
  };
}

}  // namespace

TEST_CASE("a packet of a selected flow comes with the place of its payload") {
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    PacketSelector selector;
    REQUIRE(selector.add_flow(ends_of(40000, one.protocol), 0, 9 * kSecond));
    const Bytes file = Pcap(false).record(5, 7, one.frame, static_cast<uint32_t>(one.frame.size() + 1)).out;
    const std::vector<Output> packets = read_all(&selector, file, file.size());
    REQUIRE_EQ(packets.size(), 1);
    const SelectedPacket& head = packets[0].head;
    CHECK_EQ(head.ts_ns, 5 * kSecond + 7000);
    CHECK_EQ(head.wire_bytes, one.frame.size() + 1);
    CHECK_EQ(head.header_bytes, one.header_bytes);
    CHECK_EQ(head.payload_bytes, one.payload_bytes);
    CHECK_EQ(head.from_client, one.is_from_client ? 1 : 0);
    CHECK_EQ(head.protocol, one.protocol);
    CHECK_EQ(head.link_type, 1);
    CHECK_EQ(packets[0].data, one.frame);
  }
}

TEST_CASE("only packets of the flows in their time are selected") {
  PacketSelector selector;
  REQUIRE(selector.add_flow(ends_of(40000), 2 * kSecond, 3 * kSecond));
  REQUIRE(selector.add_flow(ends_of(40000), 7 * kSecond, 8 * kSecond));
  REQUIRE(selector.add_flow(ends_of(40001), 0, 9 * kSecond));
  const Bytes other = ethernet(kIp4Type, ip4({}, tcp(40002, 443, filled(4))));
  const Bytes other_protocol = ethernet(kIp4Type, ip4(Ip4{.protocol = 17}, udp(40000, 443, filled(4))));
  const Bytes arp = ethernet(0x0806, filled(28));
  const Bytes second = ethernet(kIp4Type, ip4({}, tcp(40001, 443, filled(4))));
  const Bytes other_version = ethernet(kIp6Type, ip6(6, tcp(40000, 443, filled(4))));
  const Bytes fragment = ethernet(kIp4Type, ip4(Ip4{.fragment = 0x2000}, tcp(40000, 443, filled(4))));
  Pcap file(false);
  const std::pair<uint32_t, Bytes> frames[] = {
      {1, from_client(filled(4))},
      {2, from_client(filled(4))},
      {3, from_server(filled(4))},
      {4, from_client(filled(4))},
      {7, from_client(filled(4))},
      {7, other},
      {7, other_protocol},
      {7, arp},
      {7, second},
      {7, other_version},
      {7, fragment},
      {9, from_client(filled(4))},
  };
  for (const auto& [seconds, frame] : frames) file.record(seconds, 0, frame, static_cast<uint32_t>(frame.size()));
  std::string seen;
  for (const Output& packet : read_all(&selector, file.out, 50))
    seen += std::to_string(packet.head.ts_ns / kSecond) + "/" + std::to_string(packet.head.flow) + ";";
  CHECK_EQ(seen, "2/0;3/0;7/1;7/2;");
  CHECK_EQ(selector.fragments(), 1);
}

TEST_CASE("how the bytes of a capture arrive does not matter, and every prefix of it is read") {
  Pcap file(false);
  for (uint32_t i = 0; i < 5; ++i) file.record(i, 0, from_client(filled(20)), 74);
  for (size_t length = 0; length <= file.out.size(); ++length) {
    const Bytes prefix(file.out.begin(), file.out.begin() + static_cast<long>(length));
    PacketSelector selector;
    REQUIRE(selector.add_flow(ends_of(40000), 0, 9 * kSecond));
    const size_t whole = length < 24 ? 0 : (length - 24) / (16 + 74);
    CHECK_EQ(read_all(&selector, prefix, prefix.size() + 1).size(), whole);
    CHECK_EQ(read_all(&selector, prefix, 13).size(), whole);
  }
}

TEST_CASE("one capture is read after the other") {
  PacketSelector selector;
  REQUIRE(selector.add_flow(ends_of(40000), 0, 9 * kSecond));
  const Bytes file = Pcap(false).record(5, 7, from_client(filled(4)), 58).out;
  CHECK_EQ(read_all(&selector, file, file.size()).size(), 1);
  CHECK_EQ(read_all(&selector, file, file.size()).size(), 1);
  CHECK_EQ(selector.open_file("/nonexistent", 0), ENOENT);
  CHECK_FALSE(selector.push(file.data(), 0, true));
  REQUIRE_EQ(selector.open_stream(0), 0);
  CHECK_EQ(selector.open_stream(1), EBUSY);
}

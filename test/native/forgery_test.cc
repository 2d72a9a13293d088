// Effects of forged packets on a flow: checksums that no host accepts, decoys in place of a hello, unrelated answers,
// resets that do not end it.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "../../native-bindings/src/flow/partition.h"
#include "../../native-bindings/src/packet/checksum.h"
#include "../../native-bindings/src/packet/decode.h"
#include "frame_builder.h"
#include "tracked_flow.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

enum class Sum { kRight, kWrong, kPartial };

struct Wire {
  uint32_t client_next = 1000;
  uint32_t server_next = 9000;
  std::vector<Bytes> frames;

  // A segment of one side; `client_next` and `server_next` are the positions of both.
  Bytes segment(bool up, uint8_t flags, uint32_t sequence, uint32_t acknowledgement, const Bytes& payload,
                Sum sum = Sum::kRight) const {
    const uint32_t client = 0x0a000001;
    const uint32_t server = 0xc0000201;
    Bytes tcp = frames::header({{up ? 40000u : 443u, 2},
                                {up ? 443u : 40000u, 2},
                                {sequence, 4},
                                {acknowledgement, 4},
                                {0x5000u | flags, 2},
                                {65535, 2},
                                {0, 4}},
                               payload);
    const Bytes pseudo = frames::header({{up ? client : server, 4}, {up ? server : client, 4}, {6, 2}, {tcp.size(), 2}},
                                        {});
    const uint16_t partial = ones_complement_sum(bytes::span(pseudo), 0);
    uint16_t checksum = static_cast<uint16_t>(~ones_complement_sum(bytes::span(tcp), partial));
    if (sum == Sum::kWrong) checksum ^= 0x0101;
    if (sum == Sum::kPartial) checksum = partial;
    tcp[16] = static_cast<uint8_t>(checksum >> 8);
    tcp[17] = static_cast<uint8_t>(checksum);
    const frames::Ip4 ip{.source = up ? client : server, .destination = up ? server : client};
    return frames::ethernet(0x0800, frames::ip4(ip, tcp));
  }

  Wire& add(const Bytes& frame) {
    frames.push_back(frame);
    return *this;
  }
  Wire& shake(Sum sum = Sum::kRight) {
    add(segment(true, 0x02, client_next - 1, 0, {}, sum));
    add(segment(false, 0x12, server_next - 1, client_next, {}));
    return add(segment(true, 0x10, client_next, server_next, {}, sum));
  }
  Wire& send(bool up, const Bytes& payload, Sum sum = Sum::kRight) {
    add(segment(up, 0x18, up ? client_next : server_next, up ? server_next : client_next, payload, sum));
    (up ? client_next : server_next) += static_cast<uint32_t>(payload.size());
    return *this;
  }
  // The rest of a connection with packets of both ends.
  Wire& answer() {
    send(false, tracked::join({tracked::server_hello(0x0304, 0x1301), tracked::data(900)}));
    send(true, tracked::data(200));
    return send(false, tracked::data(300));
  }
};

struct Seen {
  std::string sni;
  std::string other;
  bool is_answered = false;
  bool is_contradicted = false;
  uint64_t ignored = 0;
};

Seen look(const Wire& wire) {
  const Watchlist watchlist({".ai.example", ".example"}, {}, {});
  PartitionOptions options;
  options.flows = 64;
  Partition partition(options, HashSecret::draw(), &watchlist);
  CHECK(partition.open());
  std::vector<uint8_t> batch(1 << 20);
  CHECK(partition.writer().begin(batch.data(), batch.size()));
  Counters counters;
  int64_t now_ns = 1'783'900'800'000'000'000;
  for (const Bytes& bytes : wire.frames) {
    Frame frame{};
    frame.data = bytes.data();
    frame.captured = static_cast<uint32_t>(bytes.size());
    frame.wire_bytes = static_cast<uint32_t>(bytes.size());
    frame.link_type = 1;
    frame.ts_ns = now_ns += 1'000'000;
    Packet packet{};
    NonPortInfo other;
    CHECK(decode_frame(frame, &packet, &other, &counters) == DecodeResult::kPacket);
    partition.put(packet);
    partition.apply();
    partition.drain();
  }
  CHECK(partition.finish());
  Seen seen;
  const size_t length = partition.writer().end(0);
  for (size_t at = sizeof(BatchHeader); at < length;) {
    RecordHeader header;
    std::memcpy(&header, batch.data() + at, sizeof header);
    if (header.type == static_cast<uint16_t>(RecordType::kFlow)) {
      FlowRecord record;
      std::memcpy(&record, batch.data() + at, sizeof record);
      const char* tail = reinterpret_cast<const char*>(batch.data() + at + sizeof record);
      seen.sni = std::string(tail, record.sni_length);
      const size_t before = size_t{record.sni_length} + record.alpn_length + record.proxy_length +
                            record.tunnel_length + record.vlan_length + record.user_agent_length;
      seen.other = std::string(tail + before, record.other_sni_length);
      seen.is_answered = (record.header.flags & kFlowAnswered) != 0;
      seen.is_contradicted = (record.header.flags & kFlowContradicted) != 0;
    }
    at += header.length;
  }
  seen.ignored = partition.counters().malformed[static_cast<size_t>(Malformed::kTcpChecksum)];
  return seen;
}

Bytes hello_of(const std::string& name, uint8_t random = 0x5a) {
  HelloBuilder builder;
  builder.random = Bytes(32, random);
  builder.sni(name).versions({0x0304}).extension(21, Bytes(900));
  return tracked::record(22, builder.build());
}

Bytes part(const Bytes& of, size_t from, size_t to) {
  return Bytes(of.begin() + static_cast<ptrdiff_t>(from), of.begin() + static_cast<ptrdiff_t>(to));
}

const Bytes kReal = hello_of("api.ai.example");
const Bytes kDecoy = hello_of("www.shop.example");

}  // namespace

TEST_CASE("both ends take part in a connection") {
  const Seen seen = look(Wire().shake().send(true, kReal).answer());
  CHECK_EQ(seen.sni, "api.ai.example");
  CHECK(seen.is_answered);
  CHECK_FALSE(seen.is_contradicted);
}

// Data that end with a FIN are acknowledged together with it: the number is one behind them.
TEST_CASE("an acknowledgement of the end proves an answer") {
  Wire wire;
  wire.shake().send(true, kReal);
  const Bytes answer = tracked::join({tracked::server_hello(0x0304, 0x1301), tracked::data(900)});
  wire.add(wire.segment(false, 0x19, wire.server_next, wire.client_next, answer));
  const uint32_t behind_fin = wire.server_next + static_cast<uint32_t>(answer.size()) + 1;
  wire.add(wire.segment(true, 0x10, wire.client_next, behind_fin, {}));
  CHECK(look(wire).is_answered);
}

TEST_CASE("packets of one end alone prove nothing") {
  Wire wire;
  for (const Bytes& payload : {kReal, tracked::data(2000)}) wire.send(true, payload);
  const Seen seen = look(wire);
  CHECK_EQ(seen.sni, "api.ai.example");
  CHECK_FALSE(seen.is_answered);
}

TEST_CASE("answers with numbers that fit nothing prove nothing") {
  Wire wire;
  wire.shake().send(true, kReal);
  wire.server_next += 1u << 27;
  CHECK_FALSE(look(wire.answer()).is_answered);
}

// A segment that acknowledges bytes missing from the capture is processed late, as if they had been captured.
TEST_CASE("acknowledgements of a server without data prove nothing") {
  Wire wire;
  wire.shake().send(true, kReal);
  for (const uint32_t answer : {1296u, 752u, 178u}) {
    wire.server_next += answer;
    wire.send(true, tracked::data(300));
    for (unsigned i = 0; i < 110; ++i) wire.add(wire.segment(false, 0x10, wire.server_next, wire.client_next, {}));
  }
  for (unsigned i = 0; i < 80; ++i) wire.send(true, tracked::data(1400));
  const Seen seen = look(wire);
  CHECK_EQ(seen.sni, "api.ai.example");
  CHECK_FALSE(seen.is_answered);
}

TEST_CASE("an answer that is no TLS proves no server") {
  Wire wire;
  wire.shake().send(true, kReal);
  wire.send(false, Bytes(900, 0x77)).send(true, tracked::data(200)).send(false, Bytes(300, 0x55));
  CHECK_FALSE(look(wire).is_answered);
  for (unsigned i = 0; i < 80; ++i) wire.send(i % 2 == 0, tracked::data(200));
  CHECK_FALSE(look(wire).is_answered);
}

TEST_CASE("data that is never acknowledged proves nothing") {
  Wire wire;
  wire.shake().send(true, kReal);
  wire.add(wire.segment(false, 0x18, wire.server_next, 1000, tracked::server_hello(0x0304, 0x1301)));
  wire.add(wire.segment(true, 0x18, wire.client_next, wire.server_next, tracked::data(200)));
  CHECK_FALSE(look(wire).is_answered);
}

TEST_CASE("a decoy with a wrong checksum is ignored behind packets with right ones") {
  Wire wire;
  wire.shake();
  wire.add(wire.segment(true, 0x18, wire.client_next, wire.server_next, kDecoy, Sum::kWrong));
  const Seen seen = look(wire.send(true, kReal).answer());
  CHECK_EQ(seen.sni, "api.ai.example");
  CHECK(seen.is_answered);
  CHECK_FALSE(seen.is_contradicted);
  CHECK_EQ(seen.ignored, 1u);
}

TEST_CASE("wrong checksums of a whole side are those of offload") {
  for (const Sum sum : {Sum::kWrong, Sum::kPartial}) {
    Wire wire;
    wire.shake(sum).send(true, kReal, sum);
    wire.send(false, tracked::join({tracked::server_hello(0x0304, 0x1301), tracked::data(900)}));
    const Seen seen = look(wire.send(true, tracked::data(200), sum));
    CHECK_EQ(seen.sni, "api.ai.example");
    CHECK(seen.is_answered);
    CHECK_FALSE(seen.is_contradicted);
    CHECK_EQ(seen.ignored, 0u);
  }
}

TEST_CASE("a reset or SYN with a wrong checksum ends no flow") {
  for (const uint8_t flags : {uint8_t{0x04}, uint8_t{0x02}}) {
    Wire wire;
    wire.shake();
    wire.add(wire.segment(true, flags, wire.client_next, 0, {}, Sum::kWrong));
    const Seen seen = look(wire.send(true, kReal).answer());
    CHECK_EQ(seen.sni, "api.ai.example");
    CHECK(seen.is_answered);
    CHECK_FALSE(seen.is_contradicted);
  }
}

TEST_CASE("another hello at the same offset is stored with the first, in any segments") {
  const size_t cut = 500;
  const std::vector<std::vector<Bytes>> ways = {{kReal}, {part(kReal, 0, cut), part(kReal, cut, kReal.size())}};
  for (const auto& way : ways) {
    for (const bool is_cut : {false, true}) {
      Wire wire;
      wire.shake();
      const size_t middle = is_cut ? cut : kDecoy.size();
      wire.add(wire.segment(true, 0x18, wire.client_next, wire.server_next, part(kDecoy, 0, middle)));
      if (is_cut) {
        wire.add(wire.segment(true, 0x18, wire.client_next + static_cast<uint32_t>(cut), wire.server_next,
                              part(kDecoy, cut, kDecoy.size())));
      }
      for (const Bytes& piece : way) wire.send(true, piece);
      const Seen seen = look(wire.answer());
      CHECK_EQ(seen.sni, "www.shop.example");
      CHECK_EQ(seen.other, "api.ai.example");
      CHECK(seen.is_contradicted);
    }
  }
}

TEST_CASE("a hello out of the window is another one") {
  Wire wire;
  wire.shake();
  wire.add(wire.segment(true, 0x18, wire.client_next + (1u << 30), wire.server_next, kDecoy));
  const Seen seen = look(wire.send(true, kReal).answer());
  CHECK(seen.is_contradicted);
  CHECK_EQ(seen.other, "api.ai.example");
}

TEST_CASE("a hello behind junk in its place is found") {
  Wire wire;
  wire.shake();
  wire.add(wire.segment(true, 0x18, wire.client_next, wire.server_next, Bytes(600, 0xab)));
  const Seen seen = look(wire.send(true, kReal).answer());
  CHECK_EQ(seen.sni, "api.ai.example");
  CHECK(seen.is_contradicted);
}

// Found by fuzzing: the copy of the hello had the length in the record.
TEST_CASE("a hello in a record of which not all has come is read to the end of what has") {
  Bytes hello = kReal;
  hello[3] = 0x3f;
  const Seen seen = look(Wire().shake().send(true, hello).answer());
  CHECK_EQ(seen.sni, "api.ai.example");
}

TEST_CASE("the same hello again is a retransmission") {
  Wire wire;
  wire.shake().send(true, kReal);
  wire.add(wire.segment(true, 0x18, 1000, wire.server_next, kReal));
  wire.add(wire.segment(true, 0x18, 1000, wire.server_next, part(kReal, 0, 300)));
  wire.add(wire.segment(true, 0x18, 1300, wire.server_next, part(kReal, 300, kReal.size())));
  const Seen seen = look(wire.answer());
  CHECK(seen.is_answered);
  CHECK_FALSE(seen.is_contradicted);
}

TEST_CASE("data behind a reset of the same side contradicts it") {
  Wire wire;
  wire.shake().send(true, kReal).answer();
  wire.add(wire.segment(true, 0x04, wire.client_next, 0, {}));
  CHECK_FALSE(look(wire).is_contradicted);
  CHECK(look(wire.send(true, tracked::data(500))).is_contradicted);
}

TEST_CASE("a client that resets what it never opened contradicts the flow") {
  Wire wire;
  wire.shake().send(true, kReal).answer();
  wire.add(wire.segment(true, 0x04, 1000, 0, {}));
  CHECK(look(wire).is_contradicted);
}

TEST_CASE("a server that echoes another session id answers another hello") {
  HelloBuilder builder;
  builder.session_id = Bytes(32, 7);
  builder.sni("api.ai.example").versions({0x0304});
  Wire wire;
  wire.shake().send(true, tracked::record(22, builder.build()));
  CHECK(look(wire.answer()).is_contradicted);
}

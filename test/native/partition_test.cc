// Start and end of flows, their client, and the attribution of counts.
#include "../../native-bindings/src/flow/partition.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace wiretally;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStart = 1'783'900'800 * kSecond;  // a multiple of 900 s
constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

struct Step {
  int64_t ts_ns;
  bool up;
  uint8_t flags;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
  uint32_t payload = 0;
  uint32_t wire = 60;
  uint8_t protocol = 6;
  uint16_t client_port = 40000;
};

Packet packet_of(const Step& step) {
  static const uint8_t payload[1] = {0xee};
  Packet packet{};
  const uint8_t client[4] = {10, 0, 0, 1};
  const uint8_t server[4] = {192, 0, 2, 1};
  std::memcpy(packet.ends.source, step.up ? client : server, 4);
  std::memcpy(packet.ends.destination, step.up ? server : client, 4);
  packet.ends.source_port = step.up ? step.client_port : uint16_t{443};
  packet.ends.destination_port = step.up ? uint16_t{443} : step.client_port;
  packet.ends.protocol = step.protocol;
  packet.ends.ip_version = 4;
  packet.ts_ns = kStart + step.ts_ns;
  packet.wire_bytes = step.wire;
  packet.frames = 1;
  packet.payload_bytes = step.payload;
  packet.payload = Span{payload, step.payload == 0 ? size_t{0} : size_t{1}};
  packet.cut_short = step.payload > 1;
  packet.sequence = step.sequence;
  packet.acknowledgement = step.acknowledgement;
  packet.tcp_flags = step.flags;
  return packet;
}

struct Outcome {
  std::vector<FlowRecord> flows;
  PartitionStats stats;
  uint32_t largest = 0;
};

Outcome run(const std::vector<Step>& steps, uint32_t window_seconds = 0, uint32_t table = 64) {
  PartitionOptions options;
  options.flows = table;
  options.window_seconds = window_seconds;
  Partition partition(options, HashSecret::draw(), nullptr);
  CHECK(partition.open());
  std::vector<uint8_t> batch(1 << 20);
  Outcome outcome;
  CHECK(partition.writer().begin(batch.data(), batch.size()));
  std::vector<Packet> packets;
  for (const Step& step : steps) packets.push_back(packet_of(step));
  for (const Packet& packet : packets) {
    partition.put(packet);
    partition.apply();
    outcome.largest = std::max(outcome.largest, partition.size());
  }
  partition.drain();
  CHECK(partition.finish());
  const size_t length = partition.writer().end(0);
  for (size_t at = sizeof(BatchHeader); at < length;) {
    RecordHeader header;
    std::memcpy(&header, batch.data() + at, sizeof header);
    if (header.type == static_cast<uint16_t>(RecordType::kFlow)) {
      FlowRecord record;
      std::memcpy(&record, batch.data() + at, sizeof record);
      outcome.flows.push_back(record);
    }
    at += header.length;
  }
  outcome.stats = partition.stats();
  return outcome;
}

FlowEnd end_of(const FlowRecord& flow) { return static_cast<FlowEnd>(flow.end_reason); }

TEST_CASE("a whole connection is one flow") {
  const Outcome outcome = run({{0, true, kSyn, 100},
                               {1, false, kSyn | kAck, 500, 101},
                               {2, true, kAck, 101, 501, 7, 67},
                               {3, false, kAck, 501, 108, 9, 69},
                               {4, true, kFin | kAck, 108, 510},
                               {5, false, kFin | kAck, 510, 109},
                               {6, true, kAck, 109, 511}});
  CHECK_EQ(outcome.flows.size(), 1u);
  const FlowRecord& flow = outcome.flows[0];
  CHECK_EQ(flow.packets_up, 4u);
  CHECK_EQ(flow.packets_down, 3u);
  CHECK_EQ(flow.bytes_up, 60u + 67 + 60 + 60);
  CHECK_EQ(flow.payload_up, 7u);
  CHECK_EQ(flow.payload_down, 9u);
  CHECK_EQ(flow.client_port, 40000);
  CHECK(end_of(flow) == FlowEnd::kFin);
  CHECK_EQ(flow.client_known_by, static_cast<uint8_t>(ClientKnownBy::kSyn));
  CHECK_EQ(flow.first_ns, kStart);
  CHECK_EQ(flow.last_ns, kStart + 6);
}

// A filter for SYN, FIN and RST leaves nothing else of a connection.
TEST_CASE("an end far behind the SYN shows bytes that were not captured") {
  const Step syn{0, true, kSyn, 100}, answer{1, false, kSyn | kAck, 500, 101};
  const auto lost_of = [](const std::vector<Step>& steps, uint32_t window_seconds = 0) {
    uint64_t lost = 0;
    for (const FlowRecord& flow : run(steps, window_seconds).flows) lost += uint64_t{flow.lost_up} + flow.lost_down;
    return lost;
  };
  const Step fin{5, true, kFin | kAck, 101 + 30'000, 501}, reset{6, true, kRst, 101 + 30'000};
  CHECK_EQ(lost_of({syn, answer, fin}), 30'000u);
  CHECK_EQ(lost_of({syn, answer, reset}), 30'000u);
  CHECK_EQ(lost_of({syn, answer, fin, {6, false, kFin | kAck, 700, 30'102}, reset}), 30'000u);
  // Once, also where packets follow in another window, and none of it where nothing was sent.
  CHECK_EQ(lost_of({syn, answer, fin, {30 * kSecond, true, kFin | kAck, 101 + 30'000, 501}}, 10), 30'000u);
  CHECK_EQ(lost_of({syn, answer, {5, true, kFin | kAck, 101, 501}}), 0u);
  CHECK_EQ(lost_of({syn, answer, {5, true, kRst, 101}}), 0u);
  CHECK_EQ(lost_of({syn, answer, {5, true, kRst, 0x8000'0000}}), 0u);  // far from all that was sent
  CHECK_EQ(lost_of({syn, answer, {2, true, kAck, 101, 501, 7, 67}, {3, true, kFin | kAck, 108, 501}}), 0u);
  // Data behind the end is read as if there was none.
  CHECK_EQ(lost_of({syn, answer, fin, {6, true, kAck, 101, 501, 7, 67}}), 0u);
}

TEST_CASE("the client is known by the answer too") {
  const Outcome outcome = run({{0, false, kSyn | kAck, 500, 101}, {1, true, kSyn, 100}, {2, true, kAck, 101, 501}});
  CHECK_EQ(outcome.flows.size(), 1u);
  CHECK_EQ(outcome.flows[0].client_port, 40000);
  CHECK_EQ(outcome.flows[0].packets_up, 2u);
}

TEST_CASE("in the middle the first packet tells the client") {
  const Outcome outcome = run({{0, false, kAck, 500, 101, 5}, {1, true, kAck, 101, 505}});
  CHECK_EQ(outcome.flows.size(), 1u);
  CHECK_EQ(outcome.flows[0].client_port, 443);
  CHECK_EQ(outcome.flows[0].client_known_by, static_cast<uint8_t>(ClientKnownBy::kFirstPacket));
  CHECK((outcome.flows[0].header.flags & kFlowMidFlow) != 0);
}

TEST_CASE("a syn again is the same flow and another syn is not") {
  CHECK_EQ(run({{0, true, kSyn, 100}, {kSecond, true, kSyn, 100}, {3 * kSecond, true, kSyn, 100}}).flows.size(), 1u);
  const Outcome other = run({{0, true, kSyn, 100}, {kSecond, true, kSyn, 7777}});
  CHECK_EQ(other.flows.size(), 2u);
  CHECK(end_of(other.flows[0]) == FlowEnd::kReused);
  const Outcome refused = run({{0, true, kSyn, 100}, {1, false, kRst | kAck, 0, 101}, {kSecond, true, kSyn, 100}});
  CHECK_EQ(refused.flows.size(), 2u);
  CHECK(end_of(refused.flows[0]) == FlowEnd::kReset);
}

TEST_CASE("silence ends flows") {
  const auto flows_after = [](int64_t silence_ns, uint8_t protocol) {
    return run({{0, true, kAck, 1, 1, 1, 60, protocol}, {silence_ns, true, kAck, 2, 1, 1, 60, protocol}}).flows.size();
  };
  CHECK_EQ(flows_after(3600 * kSecond, 6), 1u);
  CHECK_EQ(flows_after(3600 * kSecond + 1, 6), 2u);
  CHECK_EQ(flows_after(300 * kSecond, 17), 1u);
  CHECK_EQ(flows_after(300 * kSecond + 1, 17), 2u);
}

TEST_CASE("a served connection goes on after hours") {
  const auto flows_after = [](int64_t silence_ns, uint8_t flags, uint8_t end) {
    return run({{0, true, kSyn, 100},
                {1, false, kSyn | kAck, 500, 101},
                {2, true, kAck, 101, 501, 10},
                {3, false, static_cast<uint8_t>(kAck | end), 501, 111, 10},
                {silence_ns, true, flags, 111, 511, 10}})
        .flows.size();
  };
  CHECK_EQ(flows_after(4200 * kSecond, kAck, 0), 1u);
  CHECK_EQ(flows_after(95 * 3600 * kSecond, kAck, 0), 1u);
  CHECK_EQ(flows_after(97 * 3600 * kSecond, kAck, 0), 2u);
  CHECK_EQ(flows_after(4200 * kSecond, kSyn, 0), 2u);
  CHECK_EQ(flows_after(4200 * kSecond, kAck, kRst), 2u);
}

TEST_CASE("late packets belong to a closed flow for a minute") {
  const auto flows_with = [](int64_t late_ns) {
    return run({{0, true, kSyn, 1}, {1, false, kRst | kAck, 0, 2}, {late_ns, true, kAck, 2, 1}}).flows.size();
  };
  CHECK_EQ(flows_with(60 * kSecond + 1), 1u);
  CHECK_EQ(flows_with(60 * kSecond + 2), 2u);
}

TEST_CASE("time may run backwards") {
  const Outcome outcome = run({{10 * kSecond, true, kAck}, {5 * kSecond, false, kAck}, {7 * kSecond, true, kAck}});
  CHECK_EQ(outcome.flows.size(), 1u);
  CHECK_EQ(outcome.flows[0].first_ns, kStart + 5 * kSecond);
  CHECK_EQ(outcome.flows[0].flow_first_ns, kStart + 5 * kSecond);
  CHECK_EQ(outcome.flows[0].last_ns, kStart + 10 * kSecond);
}

TEST_CASE("windows cut flows into slices") {
  const Outcome outcome = run({{59 * kSecond, true, kSyn, 1},
                               {60 * kSecond, true, kAck, 2},
                               {61 * kSecond, false, kAck, 2},
                               {200 * kSecond, true, kAck, 2}},
                              60);
  CHECK_EQ(outcome.flows.size(), 3u);
  CHECK_EQ(outcome.stats.flows, 1u);
  uint32_t packets = 0;
  for (size_t i = 0; i < outcome.flows.size(); ++i) {
    const FlowRecord& slice = outcome.flows[i];
    packets += slice.packets_up + slice.packets_down;
    CHECK_EQ((slice.header.flags & kFlowFirstSlice) != 0, i == 0);
    CHECK_EQ((slice.header.flags & kFlowLastSlice) != 0, i + 1 == outcome.flows.size());
    CHECK_EQ(slice.first_ns / (60 * kSecond), slice.last_ns / (60 * kSecond));
    CHECK_EQ(slice.flow_first_ns, kStart + 59 * kSecond);
    CHECK_EQ(slice.flow_id, outcome.flows[0].flow_id);
  }
  CHECK_EQ(packets, 4u);
}

TEST_CASE("windows whose numbers are the same when cut are two") {
  const int64_t windows = int64_t{HotFlow::kWindowBits} + 1;
  const Outcome outcome = run({{0, true, kSyn, 100},
                               {1, false, kSyn | kAck, 500, 101},
                               {2, true, kAck, 101, 501, 10},
                               {3, false, kAck, 501, 111, 10},
                               {windows * kSecond, true, kAck, 111, 511, 10}},
                              1);
  CHECK_EQ(outcome.stats.flows, 1u);
  CHECK_EQ(outcome.flows.size(), 2u);
}

TEST_CASE("counts beyond four gigabytes") {
  std::vector<Step> steps;
  for (int64_t i = 0; i < 100; ++i) steps.push_back({i, i % 2 == 0, kAck, 0, 0, 0xfffffff0, 0xffffffff});
  const Outcome outcome = run(steps);
  CHECK_EQ(outcome.flows.size(), 1u);
  CHECK_EQ(outcome.flows[0].bytes_up, 50 * uint64_t{0xffffffff});
  CHECK_EQ(outcome.flows[0].payload_down, 50 * uint64_t{0xfffffff0});
}

TEST_CASE("a full table gives up the longest idle and counts it") {
  std::vector<Step> steps;
  for (uint16_t i = 0; i < 1000; ++i) {
    steps.push_back({i * 1000, true, kSyn, i, 0, 0, 60, 6, static_cast<uint16_t>(1000 + i)});
    steps.push_back({i * 1000 + 1, true, kAck, 1, 1, 0, 60, 6, 999});  // one continuously active flow
  }
  const Outcome outcome = run(steps, 0, 64);
  CHECK_EQ(outcome.largest, 64u);
  CHECK_EQ(outcome.stats.flows, 1001u);
  CHECK_EQ(outcome.stats.evicted_flows, 1001u - 64);
  CHECK_EQ(outcome.flows.size(), 1001u);
  for (const FlowRecord& flow : outcome.flows) {
    if (flow.client_port == 999) CHECK_EQ(flow.packets_up, 1000u);
  }
}

TEST_CASE("a full table evicts unserved flows first") {
  std::vector<Step> steps;
  // One gets payload and is then idle, while the others get only a SYN-ACK.
  steps.push_back({0, true, kSyn, 7, 0, 0, 60, 6, 999});
  steps.push_back({1, false, kSyn | kAck, 9, 8, 0, 60, 6, 999});
  steps.push_back({2, false, kAck, 10, 8, 100, 160, 6, 999});
  for (uint16_t i = 0; i < 1000; ++i) {
    const auto port = static_cast<uint16_t>(1000 + i);
    steps.push_back({1000 + i, true, kSyn, i, 0, 0, 60, 6, port});
    if (i % 2 == 0) steps.push_back({1000 + i, false, kSyn | kAck, 1, i + 1u, 0, 60, 6, port});
  }
  steps.push_back({5000, true, kAck, 8, 110, 0, 60, 6, 999});
  const Outcome outcome = run(steps, 0, 64);
  CHECK_EQ(outcome.stats.evicted_flows, 1001u - 64);
  for (const FlowRecord& flow : outcome.flows) {
    if (flow.client_port == 999) CHECK_EQ(flow.packets_up, 2u);
  }
}

TEST_CASE("a flush during the final output emits no flow twice") {
  for (const int64_t silence_ns : {int64_t{1}, 48 * 3600 * kSecond}) {  // flows continue, or end by the flush
    PartitionOptions options;
    options.flows = 1024;
    options.window_seconds = 60;
    Partition partition(options, HashSecret::draw(), nullptr);
    CHECK(partition.open());
    std::vector<uint8_t> batch(EventWriter::kMinBatchBytes);
    std::vector<uint64_t> packets_of_port(1000);
    const auto end_batch = [&] {
      const size_t length = partition.writer().end(0);
      RecordHeader header;
      for (size_t at = sizeof(BatchHeader); at < length; at += header.length) {
        std::memcpy(&header, batch.data() + at, sizeof header);
        if (header.type != static_cast<uint16_t>(RecordType::kFlow)) continue;
        FlowRecord record;
        std::memcpy(&record, batch.data() + at, sizeof record);
        REQUIRE_EQ(record.ip_version, 4);
        packets_of_port.at(record.client_port) += record.packets_up;
      }
      CHECK(partition.writer().begin(batch.data(), batch.size()));
    };
    CHECK(partition.writer().begin(batch.data(), batch.size()));
    std::vector<Packet> all;
    for (uint16_t port = 0; port < 1000; ++port) all.push_back(packet_of({port, true, kSyn, 1, 0, 0, 60, 6, port}));
    for (const Packet& packet : all) {
      partition.put(packet);
      partition.apply();
    }
    partition.drain();
    bool is_done = partition.finish();
    CHECK_FALSE(is_done);
    for (unsigned round = 0; !is_done; ++round) {
      REQUIRE_LT(round, 10);
      end_batch();
      while (!partition.flush_before(kStart + silence_ns)) end_batch();
      is_done = partition.finish();
    }
    end_batch();
    partition.writer().end(0);
    for (const uint64_t packets : packets_of_port) CHECK_EQ(packets, 1u);
  }
}

// The records of outcomes, in the order of their bytes. `flushes`: before which packets one is requested.
std::vector<std::string> outcomes_of(const std::vector<Step>& steps, const std::vector<bool>& flushes) {
  PartitionOptions options;
  options.flows = 64;
  options.window_seconds = 60;
  options.tracker.emit_outcomes = true;
  Partition partition(options, HashSecret::draw(), nullptr);
  CHECK(partition.open());
  std::vector<uint8_t> batch(1 << 20);
  CHECK(partition.writer().begin(batch.data(), batch.size()));
  for (size_t i = 0; i < steps.size(); ++i) {
    const Packet packet = packet_of(steps[i]);
    if (flushes[i]) CHECK(partition.flush_before(packet.ts_ns));
    partition.put(packet);
    partition.apply();
    partition.drain();
  }
  CHECK(partition.finish());
  const size_t length = partition.writer().end(0);
  std::vector<std::string> outcomes;
  for (size_t at = sizeof(BatchHeader); at < length;) {
    RecordHeader header;
    std::memcpy(&header, batch.data() + at, sizeof header);
    if (header.type == static_cast<uint16_t>(RecordType::kOutcome))
      outcomes.emplace_back(reinterpret_cast<const char*>(batch.data()) + at, header.length);
    at += header.length;
  }
  std::sort(outcomes.begin(), outcomes.end());
  return outcomes;
}

TEST_CASE("outcomes of connections do not depend on flushes") {
  std::mt19937 random(28);
  const auto below = [&random](uint32_t end) { return static_cast<uint32_t>(random() % end); };
  constexpr uint8_t kFlags[] = {kSyn, kSyn | kAck, kAck, kAck, kAck, kFin | kAck, kRst, kRst | kAck};
  size_t seen = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Step> steps;
    std::vector<bool> flushes;
    int64_t ts_ns = 0;
    // Few ports and few numbers: connections begin again, are repeated, and go on after a silence.
    for (int i = 0; i < 60; ++i) {
      ts_ns += below(3) == 0 ? below(80) * kSecond : below(1000) * 1'000'000;
      const bool up = below(2) == 0;
      const uint8_t flags = i < 3 ? uint8_t{kSyn} : kFlags[below(8)];
      const uint32_t payload = flags == kAck ? below(3) * 5 : 0;
      steps.push_back(Step{ts_ns, up || i < 3, flags, 100 + below(2) * 1000 + below(3), 101 + below(2) * 1000, payload,
                           60 + payload, 6, static_cast<uint16_t>(40000 + below(3))});
      flushes.push_back(below(3) == 0);
    }
    const std::vector<std::string> expected = outcomes_of(steps, std::vector<bool>(steps.size()));
    REQUIRE_EQ(outcomes_of(steps, flushes), expected);
    seen += expected.size();
  }
  CHECK_GT(seen, 300u);
}

}  // namespace

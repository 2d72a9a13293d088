// The flow table agrees with a plain map for any sequence of operations, and distributes chosen keys evenly.
#include "../../native-bindings/src/flow/table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

using namespace wiretally;

namespace {

Packet packet_of(uint32_t source, uint32_t destination, uint16_t source_port, uint16_t destination_port) {
  Packet packet{};
  std::memcpy(packet.ends.source, &source, 4);
  std::memcpy(packet.ends.destination, &destination, 4);
  packet.ends.source_port = source_port;
  packet.ends.destination_port = destination_port;
  packet.ends.protocol = 6;
  packet.ends.ip_version = 4;
  return packet;
}

FlowKey key_of(uint32_t source, uint32_t destination, uint16_t source_port, uint16_t destination_port) {
  return make_key(packet_of(source, destination, source_port, destination_port).ends);
}

Endpoints ip6_ends(uint8_t seed, bool swap) {
  Endpoints ends{};
  for (uint8_t i = 0; i < 16; ++i) {
    ends.source[i] = static_cast<uint8_t>(seed + i);
    ends.destination[i] = static_cast<uint8_t>(seed * 3 + i);
  }
  ends.source_port = 1000;
  ends.destination_port = 443;
  ends.protocol = 17;
  ends.ip_version = 6;
  if (swap) {
    std::swap(ends.source, ends.destination);
    std::swap(ends.source_port, ends.destination_port);
  }
  return ends;
}

TEST_CASE("both directions share a key") {
  const HashSecret secret = HashSecret::draw();
  const FlowKey up = key_of(0x0a000001, 0x08080808, 1000, 443);
  const FlowKey down = key_of(0x08080808, 0x0a000001, 443, 1000);
  CHECK_EQ(hash_key(up, secret), hash_key(down, secret));
  CHECK(up.source_is_high != down.source_is_high);
  const FlowKey up6 = make_key(ip6_ends(9, false));
  const FlowKey down6 = make_key(ip6_ends(9, true));
  CHECK_EQ(hash_key(up6, secret), hash_key(down6, secret));
  CHECK(up6.source_is_high != down6.source_is_high);
  const FlowKey same_host = key_of(0x0a000001, 0x0a000001, 1000, 443);
  const FlowKey same_host_back = key_of(0x0a000001, 0x0a000001, 443, 1000);
  CHECK_EQ(hash_key(same_host, secret), hash_key(same_host_back, secret));
  CHECK(same_host.source_is_high != same_host_back.source_is_high);
}

TEST_CASE("ip6 flows differ by every byte") {
  const HashSecret secret = HashSecret::draw();
  FlowTable table;
  CHECK(table.open(64));
  const FlowKey base = make_key(ip6_ends(1, false));
  table.insert(base, hash_key(base, secret));
  for (size_t byte = 0; byte < 16; ++byte) {
    Endpoints ends = ip6_ends(1, false);
    ends.source[byte] ^= 1;
    const FlowKey other = make_key(ends);
    CHECK_EQ(table.find(other, hash_key(other, secret)), FlowTable::kNone);
    CHECK_EQ(table.find(other, hash_key(base, secret)), FlowTable::kNone);  // even with the same hash
  }
}

// Random insertions and removals, compared with a map; the table is full most of the time.
TEST_CASE("agrees with a map") {
  const HashSecret secret = HashSecret::draw();
  FlowTable table;
  CHECK(table.open(200));
  std::mt19937 random(7);
  std::map<uint32_t, uint32_t> model;  // client address → entry
  bool agrees = true;
  for (int step = 0; step < 200000; ++step) {
    const uint32_t address = static_cast<uint32_t>(random() % 400);
    const FlowKey key = key_of(address, 0xffffffff, 1, 2);
    const uint64_t hash = hash_key(key, secret);
    const uint32_t found = table.find(key, hash);
    const auto known = model.find(address);
    agrees = agrees && found == (known == model.end() ? FlowTable::kNone : known->second);
    if (found != FlowTable::kNone) {
      if (random() % 2 == 0) {
        table.erase(found, hash);
        model.erase(address);
      }
    } else if (!table.is_full()) {
      model[address] = table.insert(key, hash);
    }
    agrees = agrees && table.size() == model.size();
  }
  CHECK(agrees);
  CHECK(table.high_water() <= table.shard_capacity());
}

TEST_CASE("each shard has entries of its own") {
  const HashSecret secret = HashSecret::draw();
  FlowTable table;
  CHECK(table.open(16, 3));
  CHECK_EQ(table.next_live(0), FlowTable::kNone);
  std::vector<uint32_t> last;
  for (uint32_t i = 0; i < 16; ++i) {
    const FlowKey key = key_of(i, 0xffffffff, 1, 2);
    last.push_back(table.insert(key, hash_key(key, secret), 2));
  }
  CHECK(table.is_full(2));
  CHECK_FALSE(table.is_full(1));
  const FlowKey first = key_of(99, 0xffffffff, 1, 2);
  const uint32_t alone = table.insert(first, hash_key(first, secret), 0);
  std::vector<uint32_t> walked;
  for (uint32_t index = 0; (index = table.next_live(index)) != FlowTable::kNone; ++index) walked.push_back(index);
  std::vector<uint32_t> expected{alone};
  expected.insert(expected.end(), last.begin(), last.end());
  std::sort(expected.begin(), expected.end());
  CHECK(walked == expected);
  const FlowKey gone = key_of(5, 0xffffffff, 1, 2);
  table.erase(last[5], hash_key(gone, secret));
  CHECK_EQ(table.shard_size(2), 15u);
  CHECK_EQ(table.insert(gone, hash_key(gone, secret), 2), last[5]);
  for (unsigned i = 0; i < 40; ++i) CHECK_EQ(table.next_in_circle(2) % 3, 2u);
  CHECK_EQ(table.size(), 17u);
}

// Chains must be short for sets of keys that an attacker might choose.
void spreads(const char* what, uint32_t (*source)(uint32_t), uint16_t (*port)(uint32_t)) {
  constexpr uint32_t kFlows = 1u << 17;
  FlowTable table;
  table.open(kFlows);
  const HashSecret secret = HashSecret::draw();
  for (uint32_t i = 0; i < kFlows; ++i) {
    const FlowKey key = key_of(source(i), 0x0100000a, port(i), 443);
    table.insert(key, hash_key(key, secret));
  }
  // Linear probing at half load: the longest of 2^17 random runs has about 40 slots; 200 never happens by chance.
  INFO(what, ": run of ", table.longest_run());
  CHECK(table.longest_run() < 200);
}

TEST_CASE("keys spread") {
  spreads(
      "ports count up", [](uint32_t i) { return i >> 16; }, [](uint32_t i) { return static_cast<uint16_t>(i); });
  spreads(
      "hosts count up", [](uint32_t i) { return i; }, [](uint32_t) { return uint16_t{4000}; });
  spreads(
      "network order", [](uint32_t i) { return __builtin_bswap32(i); }, [](uint32_t) { return uint16_t{4000}; });
  spreads(
      "high bits only", [](uint32_t i) { return i << 15; }, [](uint32_t) { return uint16_t{4000}; });
  spreads(
      "sum is constant", [](uint32_t i) { return 0x10000 - i; }, [](uint32_t i) { return static_cast<uint16_t>(i); });
}

// Keys that collide under one secret are unrelated under the next: knowledge from one machine or from one
// run is useless in another.
TEST_CASE("collisions do not carry over") {
  const HashSecret first = HashSecret::draw();
  constexpr uint32_t kSlotBits = 10;
  std::vector<FlowKey> colliding;
  for (uint32_t i = 0; colliding.size() < 1000; ++i) {
    const FlowKey key = key_of(i, 0x0100000a, 4000, 443);
    if (hash_key(key, first) >> (64 - kSlotBits) == 5) colliding.push_back(key);
  }
  const HashSecret second = HashSecret::draw();
  std::map<uint64_t, int> slots;
  for (const FlowKey& key : colliding) ++slots[hash_key(key, second) >> (64 - kSlotBits)];
  int fullest = 0;
  for (const auto& [slot, count] : slots) fullest = std::max(fullest, count);
  CHECK(fullest < 12);  // 1000 keys thrown at 1024 slots: 8 in one is already rare
}

// Every bit of the key changes every bit of the hash with a probability near one half.
TEST_CASE("every bit counts") {
  std::mt19937_64 random(11);
  constexpr int kTrials = 4000;
  double worst = 0;
  for (int in_bit = 0; in_bit < 96; ++in_bit) {
    int changed[64] = {};
    for (int trial = 0; trial < kTrials; ++trial) {
      const HashSecret secret = {{random(), random(), random(), random(), random(), random(), random(), random()}};
      FlowKey key{};
      key.words[0] = random();
      key.ports = static_cast<uint32_t>(random());
      key.kind = 6 | (4 << 8);
      FlowKey flipped = key;
      if (in_bit < 64)
        flipped.words[0] ^= uint64_t{1} << in_bit;
      else
        flipped.ports ^= 1u << (in_bit - 64);
      const uint64_t difference = hash_key(key, secret) ^ hash_key(flipped, secret);
      for (int bit = 0; bit < 64; ++bit) changed[bit] += static_cast<int>(difference >> bit & 1);
    }
    for (const int count : changed) worst = std::max(worst, std::fabs(count / double{kTrials} - 0.5));
  }
  CHECK(worst < 0.06);  // seven standard deviations of 4000 fair tosses
}

TEST_CASE("memory per flow is bounded") {
  // Slots are a power of two between 1.5 and 3 for each flow; 2 at the sizes people choose.
  CHECK(sizeof(HotFlow) + sizeof(ColdFlow) + 2 * sizeof(uint64_t) <= 168);
}

}  // namespace

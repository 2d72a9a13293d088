// Flows that differ from the other flows of their host, and honest captures in which flows differ.
#include "../../native-bindings/src/collector/flow_marks.h"

#include "../../native-bindings/src/packet/packet.h"

#include <doctest/doctest.h>

using namespace wiretally;

namespace {

constexpr uint8_t kWholeSums = kMarkWhole | kMarkRightUp | kMarkRightDown;

MarkedSlices slices_with(uint8_t ttl, uint16_t marks, bool has_loss = false, int64_t first_us = 300 * kSecondUs) {
  return MarkedSlices{ttl, marks, has_loss, 3, first_us};
}

struct Case {
  Address host;
  MarksBefore before;
  HostMarks now;

  Case() { before.begin_window(0); }
  void pass(uint8_t ttl, uint8_t marks, uint64_t flows = 2) {
    HostMarks window;
    window.add(ttl, marks, flows);
    before.add(host, window);
  }
  bool is_odd(const MarkedSlices& slices) const { return before.count_odd(host, now, {slices}) == slices.slices; }
};

}  // namespace

TEST_CASE("wrong checksums of a side are odd where the host has right ones over the same protocol") {
  Case right;
  right.now.add(64, kWholeSums, 2);
  CHECK(right.is_odd(slices_with(64, kMarkWrongUp | kMarkRightDown)));
  CHECK(right.is_odd(slices_with(64, kMarkWrongDown)));
  CHECK_FALSE(right.is_odd(slices_with(64, kMarkUdp | kMarkWrongUp)));
  CHECK_FALSE(right.is_odd(slices_with(64, kWholeSums)));
  // Checksum offload: no packet of the direction has a right one.
  Case offload;
  offload.now.add(64, kMarkWhole | kMarkRightDown, 20);
  CHECK_FALSE(offload.is_odd(slices_with(64, kMarkWrongUp | kMarkRightDown)));
}

TEST_CASE("a time to live is odd where no system behind the address of the host has it") {
  struct Pair {
    uint8_t usual, ttl;
    bool is_odd;
  };
  const Pair pairs[] = {
      {64, 1, true},    {64, 37, true},  {64, 255, true},   {64, 128, true},  {128, 1, true},
      {64, 64, false},  {64, 63, false}, {64, 127, false},  {128, 63, false}, {128, 64, false},
      {63, 127, false}, {62, 64, false}, {255, 255, false}, {64, 0, false},
  };
  for (const Pair& pair : pairs) {
    Case one;
    one.pass(pair.usual, kWholeSums);
    one.pass(pair.usual, kWholeSums);
    // Forged flows of no row come at once.
    one.now.add(pair.ttl, kWholeSums, 50);
    CAPTURE(int{pair.usual});
    CAPTURE(int{pair.ttl});
    CHECK(one.is_odd(slices_with(pair.ttl, kWholeSums)) == pair.is_odd);
  }
  Case unknown;
  unknown.now.add(64, kWholeSums, 1);
  CHECK_FALSE(unknown.is_odd(slices_with(1, kWholeSums)));
}

TEST_CASE("a missing start is odd behind the begin of the capture, and not with loss") {
  Case whole;
  whole.pass(64, kWholeSums);
  CHECK(whole.is_odd(slices_with(64, kMarkLate)));
  CHECK_FALSE(whole.is_odd(slices_with(64, kMarkLate, true)));
  CHECK(whole.is_odd(slices_with(64, kMarkLate, false, 40 * kSecondUs)));
  CHECK_FALSE(whole.is_odd(slices_with(64, kMarkLate, false, 20 * kSecondUs)));
  // Sampled, filtered or lossy: other connections have no start either.
  whole.pass(64, kMarkCut);
  whole.pass(64, kMarkCut);
  CHECK_FALSE(whole.is_odd(slices_with(64, kMarkLate)));
  CHECK_FALSE(Case().is_odd(slices_with(64, kMarkLate)));
}

TEST_CASE("packets further away than any path are odd without other flows") {
  CHECK(Case().is_odd(slices_with(64, kMarkFar)));
  CHECK(is_far(1));
  CHECK(is_far(16));
  CHECK_FALSE(is_far(0));
  CHECK_FALSE(is_far(30));
}

TEST_CASE("values of one host are bounded, and their order does not matter") {
  HostMarks up, down;
  for (int ttl = 1; ttl < 256; ++ttl) {
    up.add(static_cast<uint8_t>(ttl), 0, 1);
    down.add(static_cast<uint8_t>(256 - ttl), 0, 1);
  }
  CHECK(up.ttls.size() == down.ttls.size());
  CHECK(up.ttls.size() <= 16);
  for (size_t i = 0; i < up.ttls.size(); ++i) CHECK(up.ttls[i].ttl == down.ttls[i].ttl);
}

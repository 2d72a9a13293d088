// The two directions of a flow from two taps: one of them late, doubled or missing. The exchanges must not depend on it.
#include <doctest/doctest.h>

#include <algorithm>

#include "tracked_flow.h"

namespace {

using namespace tracked;

struct Said {
  bool is_up;
  uint32_t seq;
  uint32_t ack;
  Bytes data;
  int64_t ts_ns;
  uint8_t flags = kAck;
};

constexpr size_t kMss = 1400;
constexpr int64_t kMs = 1'000'000;
constexpr unsigned kRequests = 12;

// A conversation as it was: requests of several segments, answers in pieces, a round trip of a millisecond.
class Conversation {
 public:
  void say(bool is_up, const Bytes& data) {
    for (size_t at = 0; at < data.size(); at += kMss) {
      const Bytes piece = part(data, at, std::min(data.size(), at + kMss));
      said.push_back({is_up, next_[is_up ? 0 : 1], next_[is_up ? 1 : 0], piece, now_ns_});
      next_[is_up ? 0 : 1] += static_cast<uint32_t>(piece.size());
      now_ns_ += kMs / 20;
    }
    said.push_back({!is_up, next_[is_up ? 1 : 0], next_[is_up ? 0 : 1], {}, now_ns_});
    now_ns_ += kMs;
  }
  std::vector<Said> said;

 private:
  uint32_t next_[2] = {1000, 5000};
  int64_t now_ns_ = 1'000'000'000;
};

std::vector<Said> conversation() {
  Conversation talk;
  talk.say(true, hello_stream("api.example.com"));
  talk.say(false, join({server_hello(0x0304, 0x1301), data(900), data(300)}));
  talk.say(true, data(36));
  talk.say(false, join({data(200), data(200)}));
  for (unsigned i = 0; i < kRequests; ++i) {
    talk.say(true, data(6000 + 10 * i));
    for (unsigned k = 0; k < 3; ++k) talk.say(false, data(400 + k));
  }
  return talk.said;
}

// In the order of the skewed clocks.
std::vector<Said> skewed(std::vector<Said> said, bool is_up, int64_t skew_ns) {
  for (Said& one : said) {
    if (one.is_up == is_up) one.ts_ns += skew_ns;
  }
  std::stable_sort(said.begin(), said.end(), [](const Said& a, const Said& b) { return a.ts_ns < b.ts_ns; });
  return said;
}

struct Seen {
  std::vector<SeenExchange> exchanges;
  uint32_t lost;
};

Seen show(const std::vector<Said>& said, bool has_syn = true) {
  Bench bench;
  Flow flow(&bench);
  flow.has_syn = has_syn;
  for (const Said& one : said) {
    flow.now_ns = one.ts_ns;
    flow.acknowledged[one.is_up ? 1 : 0] = one.ack;
    flow.show(one.is_up, one.seq, bytes::span(one.data), one.flags);
  }
  const Described end = flow.end();
  return {bench.sink.exchanges, end.record.lost_up + end.record.lost_down};
}

void expect_same(const Seen& seen, const Seen& wanted, const std::string& what) {
  bool is_same = seen.exchanges.size() == wanted.exchanges.size() && seen.lost == wanted.lost;
  for (size_t i = 0; is_same && i < wanted.exchanges.size(); ++i) {
    const ExchangeRecord& a = seen.exchanges[i].record;
    const ExchangeRecord& b = wanted.exchanges[i].record;
    is_same = a.bytes_up == b.bytes_up && a.bytes_down == b.bytes_down && a.records_up == b.records_up &&
              a.records_down == b.records_down && seen.exchanges[i].flags == wanted.exchanges[i].flags;
  }
  INFO(what, ": ", seen.exchanges.size(), " exchanges, ", seen.lost, " lost");
  CHECK(is_same);
}

TEST_CASE("cuts the same of directions that are apart") {
  const std::vector<Said> said = conversation();
  const Seen wanted = show(said);
  CHECK_EQ(wanted.exchanges.size(), size_t{kRequests});
  CHECK_EQ(wanted.lost, 0u);
  for (const bool is_up : {true, false}) {
    for (const int64_t skew_us : {500, 2000, 5000, 20'000, 90'000}) {
      for (const int64_t sign : {1, -1}) {
        const std::string what = std::string(is_up ? "up " : "down ") + std::to_string(sign * skew_us) + " us";
        expect_same(show(skewed(said, is_up, sign * skew_us * 1000)), wanted, what);
      }
    }
  }
}

TEST_CASE("is not rewound by a late syn") {
  const std::vector<Said> said = conversation();
  const Seen wanted = show(said);
  for (size_t at = 6; at < said.size(); at += 7) {
    std::vector<Said> with_copy = said;
    with_copy.insert(with_copy.begin() + static_cast<ptrdiff_t>(at),
                     Said{false, 4999, 1000, {}, said[at].ts_ns, kSyn | kAck});
    expect_same(show(with_copy), wanted, "a copy of the SYN-ACK before packet " + std::to_string(at));
  }
}

TEST_CASE("waits for what is lost but not for long") {
  for (const bool is_up : {true, false}) {
    std::vector<Said> said = conversation();
    uint32_t lost = 0;
    std::erase_if(said, [&](const Said& one) {
      const bool goes = one.is_up == is_up && one.ts_ns > 1'010'000'000 && one.ts_ns < 1'030'000'000;
      if (goes) lost += static_cast<uint32_t>(one.data.size());
      return goes;
    });
    CHECK(lost > 0);
    CHECK_EQ(show(said).lost, lost);
  }
}

// Acknowledging unsent bytes stores no more than the limit of a side, and loses none of its data.
TEST_CASE("holds a bounded part") {
  std::vector<Said> said = conversation();
  for (Said& one : said) {
    if (!one.is_up && one.ts_ns > 1'010'000'000) one.ack += 1'000'000;
  }
  Bench bench;
  Flow flow(&bench);
  flow.has_syn = true;
  for (unsigned round = 0; round < 3; ++round) {
    for (const Said& one : said) {
      flow.now_ns = one.ts_ns;
      flow.acknowledged[one.is_up ? 1 : 0] = one.ack;
      flow.show(one.is_up, one.seq, bytes::span(one.data), one.flags);
    }
  }
  flow.end();
  CHECK(!bench.sink.exchanges.empty());
}

TEST_CASE("leaves no time where clocks jump") {
  const std::vector<Said> said = conversation();
  const Seen wanted = show(said);
  for (const int64_t jump_s : {3600, -3600}) {
    std::vector<Said> jumped = said;
    for (size_t i = said.size() / 2; i < said.size(); ++i) jumped[i].ts_ns += jump_s * 1'000'000'000;
    CHECK_EQ(show(jumped).lost, wanted.lost);
  }
}

}  // namespace

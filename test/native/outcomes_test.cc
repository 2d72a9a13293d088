// Outcomes of connections: the small parsers that they need, and the decision at the end of a connection.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "../../native-bindings/src/base/event_sink.h"
#include "../../native-bindings/src/flow/connection_watch.h"
#include "../../native-bindings/src/protocol/http.h"
#include "../../native-bindings/src/protocol/icmp_quote.h"
#include "../../native-bindings/src/protocol/tcp_sack.h"
#include "bytes.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kStart = 1'783'900'800'000 * kMs;

Bytes with_options(const char* options) {
  Bytes list = bytes::hex(options);
  while (list.size() % 4 != 0) list.push_back(0);
  Bytes tcp = bytes::hex("9c40 01bb 00000001 00000000");
  tcp.push_back(static_cast<uint8_t>((20 + list.size()) / 4 << 4));
  tcp.push_back(kAck);
  bytes::add(&tcp, bytes::hex("ffff 0000 0000"));
  bytes::add(&tcp, list);
  return tcp;
}

TEST_CASE("the first block of a selective acknowledgement is read behind other options") {
  const Bytes tcp = with_options("01 01 080a 00000001 00000002 01 01 050a 00000100 00000200");
  const SackBlock block = read_sack(bytes::span(tcp));
  CHECK(block.is_present);
  CHECK_EQ(block.begin, 0x100u);
  CHECK_EQ(block.end, 0x200u);
  for (size_t size = 0; size < tcp.size(); ++size) {
    const bytes::Prefix prefix(tcp, size);
    CHECK_FALSE(read_sack(prefix.span()).is_present);
  }
  CHECK_FALSE(read_sack(bytes::span(with_options("0502"))).is_present);           // without a block
  CHECK_FALSE(read_sack(bytes::span(with_options("0501 00000100"))).is_present);  // shorter than itself
  CHECK_FALSE(read_sack(bytes::span(with_options("00 050a 00000100 00000200"))).is_present);
}

TEST_CASE("every length of header and option is read within its bytes") {
  for (unsigned words = 0; words < 16; ++words) {
    for (unsigned length = 0; length < 256; ++length) {
      Bytes tcp = with_options("050a 00000100 00000200");
      tcp[12] = static_cast<uint8_t>(words << 4);
      tcp[21] = static_cast<uint8_t>(length);
      const bytes::Prefix prefix(tcp, tcp.size());
      const SackBlock block = read_sack(prefix.span());
      CHECK((!block.is_present || block.begin == 0x100));
    }
  }
}

TEST_CASE("a status line gives its code, every prefix of it none") {
  Bytes line;
  bytes::add_text(&line, "HTTP/1.1 407 Proxy Authentication Required\r\n");
  CHECK_EQ(read_http_status(bytes::span(line)), 407);
  for (size_t size = 0; size < line.size(); ++size) {
    const bytes::Prefix prefix(line, size);
    CHECK_EQ(read_http_status(prefix.span()), size >= 12 ? 407 : 0);
  }
  for (const char* other : {"HTTP/2 200 OK", "HTTP/1.1  200", "HTTP/1.1 099 ", "HTTP/1.1 6a0 ", "http/1.1 200 "}) {
    Bytes text;
    bytes::add_text(&text, other);
    CHECK_EQ(read_http_status(bytes::span(text)), 0);
  }
}

// 3/13 from a router, quoting the SYN of 10.0.0.1:40000 to 192.0.2.1:443.
const char* const kProhibited =
    "030d 0000 00000000 4500003c 00004000 40060000 0a000001 c0000201 9c40 01bb 00000007 00000000";
// ICMPv6 1/0, quoting a SYN of 2001:db8::1 to 2001:db8::2.
const char* const kNoRoute6 =
    "0100 0000 00000000 60000000 0014 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
    "9c40 01bb 00000007 00000000";

TEST_CASE("an ICMP message names the connection that it quotes, every prefix of it none") {
  struct Case {
    const char* text;
    uint8_t version;
    size_t least;
  };
  for (const Case& one : {Case{kProhibited, 4, 36}, Case{kNoRoute6, 6, 56}}) {
    const size_t least = one.least;
    const uint8_t version = one.version;
    const Bytes whole = bytes::hex(one.text);
    for (size_t size = 0; size <= whole.size(); ++size) {
      const bytes::Prefix prefix(whole, size);
      IcmpQuote quote;
      const bool is_read = read_icmp_quote(prefix.span(), version, &quote);
      // The ports suffice: routers quote eight bytes behind the IP header at least (RFC 792).
      CHECK_EQ(is_read, size + 4 >= least);
      if (!is_read) continue;
      CHECK_EQ(quote.ends.source_port, 40000);
      CHECK_EQ(quote.ends.destination_port, 443);
      CHECK_EQ(quote.ends.ip_version, version);
      CHECK_EQ(quote.sequence, size >= least ? 7u : 0u);
    }
  }
  IcmpQuote quote;
  CHECK_FALSE(read_icmp_quote(bytes::span(bytes::hex("0800 0000 00000000 45")), 4, &quote));
}

class Kept final : public EventSink {
 public:
  void emit(RecordType, uint16_t given, const void* fixed, size_t fixed_size, const Span*, size_t) override {
    REQUIRE_EQ(fixed_size, sizeof record);
    std::memcpy(&record, fixed, sizeof record);
    flags = given;
    ++count;
  }
  OutcomeRecord record{};
  uint16_t flags = 0;
  int count = 0;
};

struct Step {
  int64_t ms;
  bool up;
  uint8_t flags;
  uint32_t sequence;
  uint32_t acknowledgement;
  Bytes payload = {};
};

Bytes record(uint8_t type, size_t length, uint8_t first = 1) {
  Bytes out = {type, 3, 3, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
  out.resize(5 + length, first);
  return out;
}

// The client's first byte is 101, the server's 501.
Kept outcome_of(const std::vector<Step>& steps) {
  ConnectionWatch watch(nullptr);
  ConnectionWatch::Id id = 0;
  for (const Step& step : steps) {
    Packet packet{};
    packet.ends.ip_version = 4;
    packet.ends.protocol = 6;
    packet.ends.source_port = step.up ? 40000 : 443;
    packet.ends.destination_port = step.up ? 443 : 40000;
    packet.ts_ns = kStart + step.ms * kMs;
    packet.sequence = step.sequence;
    packet.acknowledgement = step.acknowledgement;
    packet.tcp_flags = step.flags;
    packet.payload = bytes::span(step.payload);
    packet.payload_bytes = static_cast<uint32_t>(step.payload.size());
    if (id == 0) id = watch.begin(packet);
    watch.on_packet(id, packet, step.up);
  }
  Kept kept;
  watch.end(id, {}, &kept);
  CHECK_EQ(kept.count, 1);
  return kept;
}

OutcomeKind kind_of(const std::vector<Step>& steps) { return static_cast<OutcomeKind>(outcome_of(steps).record.kind); }

const Step kSynStep = {0, true, kSyn, 100, 0};
const Step kSynAckStep = {37, false, kSyn | kAck, 500, 101};

TEST_CASE("a SYN without an answer, and with a reset") {
  CHECK_EQ(kind_of({kSynStep, {1000, true, kSyn, 100, 0}}), OutcomeKind::kSynSilent);
  const Kept reset = outcome_of({kSynStep, {1, false, kRst | kAck, 0, 101}});
  CHECK_EQ(static_cast<OutcomeKind>(reset.record.kind), OutcomeKind::kSynReset);
  CHECK_EQ(reset.record.delay_us, 1000u);
}

TEST_CASE("a reset that does not acknowledge the SYN has no effect") {
  const Kept kept = outcome_of({kSynStep, {1, false, kRst | kAck, 0, 99}, {1000, true, kSyn, 100, 0}});
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kSynSilent);
  CHECK_NE(kept.flags & kOutcomeOutOfWindow, 0);
}

TEST_CASE("a reset after the hello, from where the numbers allow it") {
  const Step hello = {38, true, kAck, 101, 501, record(22, 400)};
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, hello, {39, false, kRst, 501, 0}}), OutcomeKind::kHelloReset);
  // Out of window, and the server answers: no host accepts it.
  const Kept forged = outcome_of({kSynStep, kSynAckStep, hello, {39, false, kRst, 90'000, 0}});
  CHECK_NE(static_cast<OutcomeKind>(forged.record.kind), OutcomeKind::kHelloReset);
  CHECK_NE(forged.flags & kOutcomeOutOfWindow, 0);
  const Kept continued = outcome_of(
      {kSynStep, kSynAckStep, hello, {39, false, kRst, 501, 0}, {75, false, kAck, 501, 506, record(22, 90)}});
  CHECK_NE(continued.flags & kOutcomeContinued, 0);
}

TEST_CASE("a hello that is never acknowledged, and one of which the rest is lost") {
  const Bytes hello = record(22, 1995);
  const Bytes front(hello.begin(), hello.begin() + 1400);
  const Bytes rest(hello.begin() + 1400, hello.end());
  const std::vector<Step> sent = {kSynStep,
                                  kSynAckStep,
                                  {38, true, kAck, 101, 501, front},
                                  {38, true, kAck, 1501, 501, rest}};
  std::vector<Step> silent = sent;
  silent.push_back({300, true, kAck, 101, 501, front});
  CHECK_EQ(kind_of(silent), OutcomeKind::kHelloSilent);
  std::vector<Step> half = sent;
  half.push_back({75, false, kAck, 501, 1501});
  half.push_back({300, true, kAck, 1501, 501, rest});
  CHECK_EQ(kind_of(half), OutcomeKind::kHelloRestLost);
}

TEST_CASE("an alert in place of a ServerHello, a client that leaves, and an answered request") {
  const Step hello = {38, true, kAck, 101, 501, record(22, 400)};
  const Kept alert = outcome_of({kSynStep, kSynAckStep, hello, {76, false, kAck, 501, 506, record(21, 2, 40)}});
  CHECK_EQ(static_cast<OutcomeKind>(alert.record.kind), OutcomeKind::kServerAlert);
  CHECK_EQ(alert.record.detail, 40u);
  Bytes flight = record(22, 100);
  bytes::add(&flight, record(23, 900));
  const Step answer = {76, false, kAck, 501, 506, flight};
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, hello, answer, {78, true, kFin | kAck, 506, 1511}}),
           OutcomeKind::kAnswerRefused);
  const Step finished = {78, true, kAck, 506, 1511, record(23, 53)};
  const Step request = {79, true, kAck, 564, 1511, record(23, 600)};
  const Step reply = {120, false, kAck, 1511, 1169, record(23, 700)};
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, hello, answer, finished, request, reply}), OutcomeKind::kServed);
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, hello, answer, finished, request, reply, {30'000, false, kRst, 2216, 0}}),
           OutcomeKind::kResetInSilence);
}

TEST_CASE("the status of a proxy") {
  Bytes connect, status;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  bytes::add_text(&status, "HTTP/1.1 403 Forbidden\r\n\r\n");
  const Kept kept = outcome_of(
      {kSynStep, kSynAckStep, {38, true, kAck, 101, 501, connect}, {40, false, kAck, 501, 137, status}});
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kConnectStatus);
  CHECK_EQ(kept.record.detail, 403u);
}

TEST_CASE("a flood of connections fills the table, and the rest is counted") {
  ConnectionWatch watch(nullptr);
  Packet packet{};
  packet.tcp_flags = kSyn;
  for (size_t i = 0; i < ConnectionWatch::kMaxConnections + 5; ++i) watch.begin(packet);
  CHECK_EQ(watch.unwatched(), 5u);
}

}  // namespace

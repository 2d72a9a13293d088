// Outcomes of connections: the small parsers that they need, and the decision at the end of a connection.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/event_sink.h"
#include "../../native-bindings/src/flow/connection_watch.h"
#include "../../native-bindings/src/pipeline/icmp_outcomes.h"
#include "../../native-bindings/src/protocol/http.h"
#include "../../native-bindings/src/protocol/icmp_quote.h"
#include "../../native-bindings/src/protocol/tcp_options.h"
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

TEST_CASE("an option is found whole, in no prefix of its header and behind no end of the options") {
  const Bytes tcp = with_options("020405b4 0402 01 030307 01 01 1e0c 0181 0102030405060708");
  const auto kinds = {2, 3, 4, 30};
  for (size_t size = 0; size <= tcp.size(); ++size) {
    const bytes::Prefix prefix(tcp, size);
    for (const int kind : kinds) {
      const Span body = find_tcp_option(prefix.span(), static_cast<uint8_t>(kind));
      const size_t expected = size < tcp.size() ? 0 : kind == 2 ? 2 : kind == 3 ? 1 : kind == 4 ? 0 : 10;
      CHECK_EQ(body.size, expected);
    }
  }
  CHECK_EQ(find_tcp_option(bytes::span(tcp), 8).size, 0u);
  // The first of two; and none at or behind the end of the list.
  CHECK_EQ(find_tcp_option(bytes::span(with_options("0803 11 0804 2222")), 8).size, 1u);
  CHECK_EQ(find_tcp_option(bytes::span(with_options("00 0804 2222")), 8).size, 0u);
  CHECK_EQ(find_tcp_option(bytes::span(with_options("0820 2222")), 8).size, 0u);
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
  const char* const exceeded = "0b00 0000 00000000 4500003c 00004000 01060000 0a000001 c0000201 9c40 01bb 00000007";
  CHECK(read_icmp_quote(bytes::span(bytes::hex(exceeded)), 4, &quote));
  CHECK_EQ(quote.sequence, 7u);
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

// What IcmpOutcomes says of a message from 10.0.0.254, when a SYN with `sequence` and `port` went before it.
Kept reported_by(const char* message, uint8_t version, uint32_t sequence, uint16_t port,
                 const NetworkList& exclusion = {}) {
  DecoderOptions options;
  options.tracker.emit_outcomes = true;
  IcmpOutcomes outcomes(options);
  Packet syn{};
  syn.tcp_flags = kSyn;
  IcmpQuote quote;
  CHECK(read_icmp_quote(bytes::span(bytes::hex(message)), version, &quote));
  syn.ts_ns = kStart - 1'900'000;
  syn.ends = quote.ends;
  syn.ends.source_port = port;
  syn.sequence = sequence;
  if (outcomes.wants(syn)) outcomes.note(syn);
  Frame frame{};
  frame.ts_ns = kStart;
  Packet packet{};
  packet.ends.ip_version = version;
  NonPortInfo other;
  other.ip_protocol = version == 4 ? FrameStage::kProtocolIcmp : FrameStage::kProtocolIcmp6;
  const Bytes body = bytes::hex(message);
  other.body = bytes::span(body);
  Kept kept;
  outcomes.see(frame, packet, other, exclusion, &kept);
  return kept;
}

TEST_CASE("an ICMP message counts when it quotes a SYN that was seen") {
  for (const uint8_t version : {uint8_t{4}, uint8_t{6}}) {
    const char* const message = version == 4 ? kProhibited : kNoRoute6;
    const Kept kept = reported_by(message, version, 7, 40000);
    CHECK_EQ(kept.count, 1);
    CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kIcmp);
    CHECK_EQ(kept.record.client_port, 40000);
    CHECK_EQ(kept.record.server_port, 443);
    CHECK_EQ(kept.record.delay_us, 1'900u);
    CHECK_EQ(reported_by(message, version, 8, 40000).count, 0);  // another number: forged
    CHECK_EQ(reported_by(message, version, 7, 40001).count, 0);  // of no connection
  }
  NetworkList excluded;
  std::string error;
  CHECK(excluded.parse({"192.0.2.0/24"}, &error));
  CHECK_EQ(reported_by(kProhibited, 4, 7, 40000, excluded).count, 0);
}

TEST_CASE("of UDP an ICMP message counts for questions to a resolver") {
  const char* const dns = "0303 0000 00000000 4500003c 00004000 40110000 0a000001 c0000201 9c40 0035 0028 0000";
  const char* const quic = "030d 0000 00000000 4500003c 00004000 40110000 0a000001 c0000201 9c40 01bb 0028 0000";
  CHECK_EQ(reported_by(dns, 4, 0, 40000).count, 1);
  CHECK_EQ(reported_by(dns, 4, 0, 40000).record.delay_us, 0u);
  CHECK_EQ(reported_by(quic, 4, 0, 40000).count, 0);
}

struct Step {
  int64_t ms;
  bool up;
  uint8_t flags;
  uint32_t sequence;
  uint32_t acknowledgement;
  Bytes payload = {};
  uint8_t ttl = 52;
  uint16_t number = 0;      // identification of IPv4
  uint32_t sack_begin = 0;  // of a block of 100 bytes that came behind a hole; 0: none
};

Bytes record(uint8_t type, size_t length, uint8_t first = 1) {
  Bytes out = {type, 3, 3, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
  out.resize(5 + length, first);
  return out;
}

constexpr size_t kWhole = SIZE_MAX;

std::vector<Step> served();

// The client's first byte is 101, the server's 501. Of each payload `captured` bytes are there, in memory of that size.
Kept outcome_of(const std::vector<Step>& steps, size_t captured = kWhole, uint16_t port = 443) {
  ConnectionWatch watch(nullptr);
  ConnectionWatch::Id id = 0;
  for (const Step& step : steps) {
    const bytes::Prefix payload(step.payload, std::min(step.payload.size(), captured));
    const uint8_t ip[20] = {
        0x45, 0, 0, 0, static_cast<uint8_t>(step.number >> 8), static_cast<uint8_t>(step.number), 0, 0, step.ttl};
    Packet packet{};
    packet.ends.ip_version = 4;
    packet.ends.protocol = 6;
    packet.ends.source_port = step.up ? 40000 : port;
    packet.ends.destination_port = step.up ? port : 40000;
    packet.ts_ns = kStart + step.ms * kMs;
    packet.sequence = step.sequence;
    packet.acknowledgement = step.acknowledgement;
    packet.tcp_flags = step.flags;
    packet.payload = payload.span();
    packet.payload_bytes = static_cast<uint32_t>(step.payload.size());
    char block[80];
    std::snprintf(block, sizeof block, "0101 080a 00000000 00000000 0101 050a %08x %08x", step.sack_begin,
                  step.sack_begin + 100);
    const Bytes header = with_options(block);
    if (step.sack_begin != 0) packet.segment = Span{header.data(), header.size()};
    packet.ip_header = Span{ip, sizeof ip};
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

// Messages in turn, the client first, after an open connection to a proxy.
std::vector<Step> talk(const std::vector<const char*>& messages) {
  std::vector<Step> steps = {kSynStep, kSynAckStep};
  uint32_t next[2] = {101, 501};
  int64_t ms = 40;
  for (size_t i = 0; i < messages.size(); ++i) {
    const bool up = i % 2 == 0;
    const Bytes payload = bytes::hex(messages[i]);
    steps.push_back({ms += 10, up, kAck, next[up ? 0 : 1], next[up ? 1 : 0], payload});
    next[up ? 0 : 1] += static_cast<uint32_t>(payload.size());
  }
  return steps;
}

TEST_CASE("what a SOCKS proxy refuses is read from its replies") {
  const char* const request = "05010003 03 612e62 01bb";
  const char* const refused = "05020001 00000000 0000";
  struct Talk {
    std::vector<const char*> messages;
    uint16_t port;
    OutcomeKind kind;
    uint32_t detail;
  };
  const Talk talks[] = {
      {{"050100", "0500", request, refused}, 9050, OutcomeKind::kConnectStatus, kSocks5Status + 2},
      {{"05020002", "0502", "01016101 62", "0100", request, refused},
       1080,
       OutcomeKind::kConnectStatus,
       kSocks5Status + 2},
      {{"05020002", "0502", "01016101 62", "0101"}, 1080, OutcomeKind::kConnectStatus, kSocksLoginStatus},
      {{"050100", "05ff"}, 9050, OutcomeKind::kConnectStatus, kSocksMethodStatus},
      {{"040101bb0000000100 612e6200", "005b000000000000"}, 9050, OutcomeKind::kConnectStatus, kSocks4Status + 91},
      // Another method than those that are read, another protocol, and a reply that is granted.
      {{"05020001", "0501", "0101", "05ff"}, 1080, OutcomeKind::kOpened, 0},
      {{"050100", "48545450", "0500", "05ff"}, 1080, OutcomeKind::kOpened, 0},
      {{"050100", "0500", request, "05000001 00000000 0000"}, 1080, OutcomeKind::kOpened, 0},
  };
  for (const Talk& one : talks) {
    CAPTURE(one.messages.back());
    const std::vector<Step> steps = talk(one.messages);
    const Kept kept = outcome_of(steps, kWhole, one.port);
    CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), one.kind);
    CHECK_EQ(kept.record.detail, one.detail);
    // Of each message only some bytes were captured.
    for (size_t captured = 0; captured < 2; ++captured)
      CHECK_EQ(outcome_of(steps, captured, one.port).record.detail, 0u);
  }
  // No reply to a request, from the port of a proxy, and from another one.
  std::vector<Step> silent = talk({"050100"});
  silent.push_back({9000, false, kAck, 501, 104});
  CHECK_EQ(static_cast<OutcomeKind>(outcome_of(silent, kWhole, 1080).record.kind), OutcomeKind::kConnectUnanswered);
  CHECK_EQ(static_cast<OutcomeKind>(outcome_of(silent, kWhole, 9050).record.kind), OutcomeKind::kOpened);
}

TEST_CASE("a hello in a tunnel of SOCKS is that of a connection") {
  std::vector<Step> steps = talk({"050100", "0500", "05010003 03 612e62 01bb", "05000001 00000000 0000"});
  steps.push_back({100, true, kAck, 114, 513, record(22, 95)});
  steps.push_back({140, false, kRst, 513, 214, {}});
  const Kept kept = outcome_of(steps, kWhole, 1080);
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kHelloReset);
  CHECK((kept.flags & kOutcomeProxied) != 0);
}

TEST_CASE("a reset right behind the SYN-ACK comes before any data") {
  constexpr uint32_t kBeforeData = 4;
  const Step reset = {38, false, kRst | kAck, 501, 101, {}, 64};
  const Step hello = {39, true, kAck, 101, 501, record(22, 95)};
  for (const auto& steps :
       {std::vector<Step>{kSynStep, kSynAckStep, reset}, std::vector<Step>{kSynStep, kSynAckStep, reset, hello}}) {
    const Kept kept = outcome_of(steps);
    CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kHelloReset);
    CHECK_EQ(kept.record.detail, kBeforeData);
    CHECK_EQ(kept.record.delay_us, 1000u);
    CHECK_EQ(kept.record.ttl, 64);
  }
  // A connection that was opened in advance, and the end by the client.
  const Step late = {9000, false, kRst | kAck, 501, 101};
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, late}), OutcomeKind::kOpened);
  const Step own = {39, true, kRst, 101, 0};
  CHECK_EQ(kind_of({kSynStep, kSynAckStep, own}), OutcomeKind::kOpened);
}

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

TEST_CASE("a client that repeats its SYN behind the SYN-ACK does not take it") {
  const auto repeated = [](int count) {
    std::vector<Step> steps = {kSynStep, kSynAckStep};
    for (int i = 1; i <= count; ++i) steps.push_back({i * 1000, true, kSyn, 100, 0});
    return steps;
  };
  const OutcomeRecord ignored = outcome_of(repeated(2)).record;
  CHECK_EQ(static_cast<OutcomeKind>(ignored.kind), OutcomeKind::kSynSilent);
  CHECK_EQ(ignored.detail, 1u);
  CHECK_EQ(ignored.value, 3u);
  CHECK_EQ(ignored.handshake_us, 0u);
  // The first one may have left before the SYN-ACK came, and an ACK shows that the client has taken it.
  CHECK_EQ(kind_of(repeated(1)), OutcomeKind::kOpened);
  std::vector<Step> taken = repeated(3);
  taken.push_back({3500, true, kAck, 101, 501});
  CHECK_EQ(kind_of(taken), OutcomeKind::kOpened);
}

TEST_CASE("an answer that breaks off within a record, or of which bytes never come, is no answer") {
  std::vector<Step> steps = served();
  const Bytes rest = record(23, 9'000);
  steps.push_back({130, false, kAck, 2216, 1169, Bytes(rest.data(), rest.data() + 1400)});
  steps.push_back({131, true, kAck, 1169, 3616});
  const auto left_at = [&](int64_t ms) {
    std::vector<Step> left = steps;
    left.push_back({ms, true, kFin | kAck, 1169, 3616});
    return outcome_of(left).record;
  };
  CHECK_EQ(static_cast<OutcomeKind>(left_at(9'000).kind), OutcomeKind::kRequestUnanswered);
  CHECK_EQ(left_at(9'000).detail, 2u);
  CHECK_EQ(static_cast<OutcomeKind>(left_at(500).kind), OutcomeKind::kServed);
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
  // Later bytes came, and were acknowledged by SACK alone.
  steps.push_back({140, false, kAck, 6416, 1169, Bytes(100, 1)});
  steps.push_back({141, true, kAck, 1169, 3616, {}, 64, 0, 6416});
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
  steps.push_back({9'000, true, kFin | kAck, 1169, 3616});
  CHECK_EQ(static_cast<OutcomeKind>(outcome_of(steps).record.kind), OutcomeKind::kRequestUnanswered);
  CHECK_EQ(outcome_of(steps).record.detail, 1u);
}

TEST_CASE("an answer in clear text to a hello has the status of who gave it") {
  const std::string text = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  const Step hello = {38, true, kAck, 101, 501, record(22, 400)};
  const Step refusal = {40, false, kAck, 501, 506, Bytes(text.begin(), text.end())};
  const OutcomeRecord refused =
      outcome_of({kSynStep, kSynAckStep, hello, refusal, {41, true, kAck, 506, 550, record(21, 2, 22)}}).record;
  CHECK_EQ(static_cast<OutcomeKind>(refused.kind), OutcomeKind::kConnectStatus);
  CHECK_EQ(refused.detail, 403u);
  CHECK_EQ(refused.delay_us, 2000u);
}

TEST_CASE("a client that takes more of the server after its own flight, and leaves later, refuses nothing") {
  Bytes flight = record(22, 100);
  bytes::add(&flight, record(23, 900));
  const Step hello = {38, true, kAck, 101, 501, record(22, 400)};
  const Step answer = {76, false, kAck, 501, 506, flight};
  const Step finished = {78, true, kAck, 506, 1511, record(23, 53)};
  const Step ticket = {120, false, kAck, 1511, 564, record(23, 250)};
  const auto left_at = [&](int64_t ms, bool has_ticket) {
    std::vector<Step> steps = {kSynStep, kSynAckStep, hello, answer, finished};
    if (has_ticket) steps.push_back(ticket);
    steps.push_back({ms, true, kFin | kAck, 564, has_ticket ? 1766u : 1511u});
    return outcome_of(steps).record;
  };
  CHECK_EQ(static_cast<OutcomeKind>(left_at(5'000, true).kind), OutcomeKind::kOpened);
  CHECK_EQ(left_at(5'000, true).detail, 1u);
  // A handshake that was whole for some time was accepted.
  CHECK_EQ(static_cast<OutcomeKind>(left_at(178, true).kind), OutcomeKind::kOpened);
  // Node checks the certificate behind its Finished.
  CHECK_EQ(static_cast<OutcomeKind>(left_at(122, true).kind), OutcomeKind::kAnswerRefused);
  CHECK_EQ(static_cast<OutcomeKind>(left_at(5'000, false).kind), OutcomeKind::kAnswerRefused);
  CHECK_EQ(left_at(122, true).detail, 0u);
  // Monitors end TLS in order, and so do programs that refuse the name.
  const Step farewell = {80, true, kAck, 564, 1511, record(23, 19)};
  const OutcomeRecord ended =
      outcome_of({kSynStep, kSynAckStep, hello, answer, finished, farewell, {80, true, kFin | kAck, 588, 1511}}).record;
  CHECK_EQ(static_cast<OutcomeKind>(ended.kind), OutcomeKind::kAnswerRefused);
  CHECK_EQ(ended.detail, 300u);
}

TEST_CASE("full segments that are never acknowledged, behind smaller ones that were") {
  std::vector<Step> steps = served();
  const auto send = [&](int64_t ms, uint32_t bytes) {
    Bytes payload = record(23, 20'000);
    payload.resize(bytes);
    steps.push_back({ms, true, kAck, 1169, 2216, payload});
  };
  for (const int64_t ms : {200, 500, 1500, 4000}) send(ms, 1448);
  const Kept full = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(full.record.kind), OutcomeKind::kRequestUnheard);
  CHECK_EQ(full.record.detail, 2u);
  // A small one is lost too: the size is not the reason.
  steps.push_back({9'000, true, kAck, 2617, 2216, record(23, 40)});
  CHECK_EQ(outcome_of(steps).record.detail, 0u);
}

TEST_CASE("a request in clear text that leads to another site") {
  const auto ask = [](const char* host, const char* answer, size_t captured = kWhole) {
    Bytes request, status;
    bytes::add_text(&request, (std::string("GET / HTTP/1.1\r\nhOST: ") + host + "\r\n\r\n").c_str());
    bytes::add_text(&status, answer);
    const auto end = static_cast<uint32_t>(101 + request.size());
    return outcome_of({kSynStep, kSynAckStep, {38, true, kAck, 101, 501, request}, {40, false, kAck, 501, end, status}},
                      captured, 80);
  };
  const char* const kPortal = "HTTP/1.1 302 Found\r\nServer: a\r\nLocation: http://portal.guest.example/login\r\n\r\n";
  const Kept kept = ask("captive.example.test", kPortal);
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kConnectStatus);
  CHECK_EQ(kept.record.detail, 302u);
  CHECK_EQ(kept.record.name_length, 0);
  CHECK_EQ(kept.flags & kOutcomeProxied, 0);
  CHECK_EQ(ask("captive.example.test", "HTTP/1.1 511 Network Authentication Required\r\n\r\n").record.detail, 511u);
  for (const char* same : {"HTTP/1.1 301 Moved\r\nLocation: https://www.Guest.example/\r\n\r\n",
                           "HTTP/1.1 302 Found\r\nLocation: /login?to=http://other.test/\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nLocation: http://other.test/\r\n\r\n", "HTTP/1.1 302 Found\r\n\r\n",
                           "HTTP/1.1 302 Found\r\nLocation:", "SSH-2.0-x\r\n"}) {
    CAPTURE(same);
    CHECK_EQ(static_cast<OutcomeKind>(ask("guest.example:80", same).record.kind), OutcomeKind::kOpened);
  }
  for (size_t captured = 0; captured < 90; ++captured) ask("captive.example.test", kPortal, captured);
}

TEST_CASE("a proxy is known by a connection to a name of no interest") {
  ExportFilter rules;
  std::string error;
  REQUIRE(rules.noted.parse({"192.0.2.8/32"}, &error));
  for (const bool is_proxied : {false, true}) {
    ConnectionWatch watch(&rules);
    Packet packet{};
    packet.ends.ip_version = 4;
    packet.ends.destination_port = 3128;
    packet.tcp_flags = kSyn;
    const ConnectionWatch::Id id = watch.begin(packet);
    Kept kept;
    packet.tcp_flags = kSyn | kAck;
    packet.acknowledgement = 1;
    watch.on_packet(id, packet, false);
    // The hello, not acknowledged yet.
    packet.tcp_flags = kAck;
    packet.sequence = 1;
    packet.payload_bytes = 300;
    watch.on_packet(id, packet, true);
    watch.leave(id, is_proxied, &kept);
    CHECK_EQ(kept.count, is_proxied ? 1 : 0);
    CHECK_EQ(kept.record.name_length, 0);
    CHECK_EQ(kept.flags & kOutcomeCutOff, 0);
  }
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

TEST_CASE("a proxy that ends the connection in place of an answer to CONNECT") {
  Bytes connect;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  const std::vector<Step> asked = {kSynStep, kSynAckStep, {38, true, kAck, 101, 501, connect}};
  const auto ended_at = [&](uint32_t sequence) {
    std::vector<Step> steps = asked;
    steps.push_back({40, false, kFin | kAck, sequence, 137});
    return static_cast<OutcomeKind>(outcome_of(steps).record.kind);
  };
  CHECK_EQ(ended_at(501), OutcomeKind::kConnectUnanswered);
  // The answer was not captured.
  CHECK_EQ(ended_at(540), OutcomeKind::kOpened);
  std::vector<Step> left = asked;
  left.push_back({40, true, kFin | kAck, 137, 501});
  CHECK_EQ(static_cast<OutcomeKind>(outcome_of(left).record.kind), OutcomeKind::kOpened);
}

TEST_CASE("a proxy that opens a tunnel and closes it without a byte") {
  Bytes connect, status;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  bytes::add_text(&status, "HTTP/1.1 200 OK\r\n\r\n");
  const auto heard = static_cast<uint32_t>(101 + connect.size());
  const auto next = static_cast<uint32_t>(501 + status.size());
  std::vector<Step> steps = {kSynStep,
                             kSynAckStep,
                             {38, true, kAck, 101, 501, connect},
                             {60, false, kAck, 501, heard, status},
                             {61, false, kFin | kAck, next, heard}};
  CHECK_EQ(kind_of(steps), OutcomeKind::kHelloClosed);
  steps.back().up = true;
  steps.back().sequence = heard;
  CHECK_EQ(kind_of(steps), OutcomeKind::kOpened);
}

TEST_CASE("a request to a proxy for the client itself") {
  Bytes status;
  bytes::add_text(&status, "HTTP/1.1 403 Forbidden\r\n\r\n");
  const auto ask = [&](const char* target, size_t captured = kWhole) {
    Bytes request;
    bytes::add_text(&request, (std::string("POST ") + target + " HTTP/1.1\r\n\r\n").c_str());
    const auto end = static_cast<uint32_t>(101 + request.size());
    return outcome_of({kSynStep, kSynAckStep, {38, true, kAck, 101, 501, request}, {40, false, kAck, 501, end, status}},
                      captured);
  };
  for (const char* target : {"http://localhost:4000/v1", "http://127.0.0.1/", "http://[::1]:4000/"}) {
    CAPTURE(target);
    const Kept kept = ask(target);
    CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kConnectStatus);
    CHECK_EQ(kept.record.detail, 403u);
    CHECK_GT(kept.record.name_length, 0);
  }
  for (const char* target :
       {"http://localhost.example/", "http://127.0.0.10/", "/v1?to=http://localhost/", "http://"}) {
    CAPTURE(target);
    CHECK_NE(static_cast<OutcomeKind>(ask(target).record.kind), OutcomeKind::kConnectStatus);
    CHECK_EQ(ask(target).record.name_length, 0);
  }
  for (size_t captured = 0; captured < 24; ++captured) ask("http://localhost:4000/", captured);
}

TEST_CASE("a login at a proxy: the answer to the last CONNECT counts, whatever came between") {
  Bytes connect, refused, more, granted;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  bytes::add_text(&refused, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 300\r\n\r\n");
  bytes::add_text(&more, "HTTP/1.1 200 is the text of an error page, in a segment of its own");
  bytes::add_text(&granted, "HTTP/1.1 200 Connection established\r\n\r\n");
  const auto at = [](const std::vector<Bytes>& list) {
    size_t bytes = 0;
    for (const Bytes& one : list) bytes += one.size();
    return static_cast<uint32_t>(bytes);
  };
  const std::vector<Step> first = {kSynStep,
                                   kSynAckStep,
                                   {38, true, kAck, 101, 501, connect},
                                   {40, false, kAck, 501, 101 + at({connect}), refused},
                                   {41, false, kAck, 501 + at({refused}), 101 + at({connect}), more}};
  CHECK_EQ(outcome_of(first).record.detail, 407u);
  CHECK_EQ(outcome_of(first).record.delay_us, 2000u);
  std::vector<Step> second = first;
  const uint32_t up = 101 + at({connect}), down = 501 + at({refused, more});
  second.push_back({50, true, kAck, up, down, connect});
  second.push_back({60, false, kAck, down, up + at({connect}), granted});
  second.push_back({61, true, kAck, up + at({connect}), down + at({granted}), record(22, 400)});
  const Kept kept = outcome_of(second);
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kOpened);
  CHECK_NE(kept.flags & kOutcomeProxied, 0);
}

TEST_CASE("an interim answer of a proxy is none") {
  Bytes connect, interim, status;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  bytes::add_text(&interim, "HTTP/1.1 103 Early Hints\r\n\r\n");
  bytes::add_text(&status, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
  std::vector<Step> steps = {kSynStep,
                             kSynAckStep,
                             {38, true, kAck, 101, 501, connect},
                             {40, false, kAck, 501, 137, interim}};
  CHECK_EQ(kind_of(steps), OutcomeKind::kOpened);
  steps.push_back({60, false, kAck, 501 + static_cast<uint32_t>(interim.size()), 137, status});
  CHECK_EQ(outcome_of(steps).record.detail, 502u);
}

// ---- connections that went on --------------------------------------------------------------------------------------

const Step kHello = {38, true, kAck, 101, 501, record(22, 400)};

// TLS 1.3 with one request; the client acknowledges the answer.
std::vector<Step> served() {
  Bytes flight = record(22, 100);
  bytes::add(&flight, record(23, 900));
  return {kSynStep,
          kSynAckStep,
          kHello,
          {76, false, kAck, 501, 506, flight},
          {78, true, kAck, 506, 1511, record(23, 53)},
          {79, true, kAck, 564, 1511, record(23, 600)},
          {120, false, kAck, 1511, 1169, record(23, 700)},
          {121, true, kAck, 1169, 2216}};
}

// `forged` behind the step of that number.
std::vector<Step> with(std::vector<Step> steps, size_t behind, Step forged) {
  forged.ms = steps[behind].ms;
  steps.insert(steps.begin() + static_cast<ptrdiff_t>(behind) + 1, forged);
  return steps;
}

TEST_CASE("a connection that opens after repeated SYNs states the seconds that it waited") {
  const auto waited = [](int64_t ms) {
    std::vector<Step> steps = served();
    for (Step& step : steps) step.ms += ms;
    steps.insert(steps.begin(), kSynStep);
    return outcome_of(steps).record;
  };
  CHECK_EQ(outcome_of(served()).record.detail, 0u);
  CHECK_EQ(waited(3000).detail, 5u);
  CHECK_EQ(waited(900).detail, 0u);
  CHECK_EQ(waited(3000).handshake_us, 37'000u);
}

TEST_CASE("packets with numbers that no host accepts change nothing, wherever they come") {
  constexpr uint32_t kFar = 1u << 26;
  const Kept whole = outcome_of(served());
  CHECK_EQ(static_cast<OutcomeKind>(whole.record.kind), OutcomeKind::kServed);
  CHECK_EQ(whole.record.delay_us, 41'000u);
  CHECK_EQ(whole.record.handshake_us, 37'000u);
  for (size_t behind = 0; behind < served().size(); ++behind) {
    for (const uint8_t flags : {kRst, uint8_t{kRst | kAck}, uint8_t{kFin | kAck}, kAck, kSyn, uint8_t{kSyn | kAck}}) {
      for (const bool up : {false, true}) {
        for (const Bytes& payload : {Bytes{}, record(21, 2, 40), record(22, 300), Bytes(900, 'x')}) {
          const Step forged = {0, up, flags, (up ? 101 : 501) + kFar, (up ? 501 : 101) + kFar, payload, 200};
          const Kept kept = outcome_of(with(served(), behind, forged));
          CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kServed);
          CHECK_EQ(kept.record.delay_us, whole.record.delay_us);
          CHECK_EQ(kept.record.handshake_us, whole.record.handshake_us);
          CHECK_EQ(kept.record.segments, whole.record.segments);
          CHECK_EQ(kept.record.repeated, whole.record.repeated);
        }
      }
    }
  }
}

TEST_CASE("an end with the right number, after which both sides go on, is none") {
  const std::vector<Step> steps = served();
  // Where the server sends more, and the client takes it: before the answer of the SYN, the flight and the reply.
  for (size_t behind = 0; behind < 6; ++behind) {
    uint32_t next[2] = {101, 501};
    for (size_t i = 1; i <= behind; ++i) {
      if (!steps[i].payload.empty())
        next[steps[i].up ? 0 : 1] = steps[i].sequence + static_cast<uint32_t>(steps[i].payload.size());
    }
    for (const uint8_t flags : {uint8_t{kRst | kAck}, uint8_t{kFin | kAck}}) {
      for (const bool up : {false, true}) {
        const Step forged = {0, up, flags, next[up ? 0 : 1], next[up ? 1 : 0], {}, 200};
        const Kept kept = outcome_of(with(steps, behind, forged));
        CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kServed);
      }
    }
  }
}

TEST_CASE("a reset of a silent connection is none when the client goes on") {
  std::vector<Step> steps = served();
  steps.push_back({40'000, false, kRst, 2216, 0, {}, 200});
  const Kept reset = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(reset.record.kind), OutcomeKind::kResetInSilence);
  CHECK_EQ(reset.record.ttl, 200);
  steps.push_back({45'000, true, kAck, 1169, 2216, record(23, 600)});
  const Kept went_on = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(went_on.record.kind), OutcomeKind::kServed);
  CHECK_NE(went_on.flags & kOutcomeContinued, 0);
  // What was under way when it came proves nothing.
  steps.back().ms = 40'100;
  CHECK_EQ(kind_of(steps), OutcomeKind::kResetInSilence);
}

TEST_CASE("a client that gives up a cut connection is answered by the box that cut it") {
  std::vector<Step> steps = served();
  const uint32_t asked = 1169 + 605;
  steps.push_back({200, true, kAck, 1169, 2216, record(23, 600)});
  steps.push_back({240, false, kAck, 2216, asked});
  steps.push_back({30'000, true, kFin | kAck, asked, 2216});
  steps.push_back({30'001, false, kRst | kAck, 2216, asked, {}, 64});
  const Kept cut = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(cut.record.kind), OutcomeKind::kResetInSilence);
  CHECK_EQ(cut.record.delay_us, 29'760'000u);
  CHECK_EQ(cut.record.ttl, 64);
  // The reset of the server itself.
  steps.back().ttl = 52;
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
  steps.back() = {30'040, false, kRst | kAck, 2216, asked, {}, 64};
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
  // A connection that waits for nothing is closed.
  steps.back().ms = 30'001;
  steps.erase(steps.end() - 4, steps.end() - 2);
  steps[steps.size() - 2].sequence = steps.back().acknowledgement = 1169;
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
}

TEST_CASE("a reset in the name of the client counts where the server takes it") {
  std::vector<Step> steps = served();
  steps.resize(4);  // up to the flight of the server
  steps.push_back({90, true, kRst, 506, 0});
  CHECK_EQ(kind_of(steps), OutcomeKind::kAnswerRefused);
  for (const uint32_t wrong : {101u, 505u, 506u + (1u << 25)}) {
    steps.back().sequence = wrong;
    CHECK_EQ(kind_of(steps), OutcomeKind::kOpened);
  }
}

TEST_CASE("a SYN is unanswered only where nothing follows it") {
  const std::vector<Step> silent = {kSynStep, {1000, true, kSyn, 100, 0}};
  CHECK_EQ(kind_of(silent), OutcomeKind::kSynSilent);
  std::vector<Step> one_sided = silent;
  one_sided.push_back({1037, true, kAck, 101, 501, record(22, 400)});
  CHECK_EQ(kind_of(one_sided), OutcomeKind::kOpened);
  std::vector<Step> other_side = silent;
  other_side.push_back({1037, false, kAck, 501, 101, record(22, 90)});
  CHECK_EQ(kind_of(other_side), OutcomeKind::kOpened);
  // Another number: of another connection, or forged.
  const Kept other = outcome_of({kSynStep, {1000, true, kSyn, 7777, 0}});
  CHECK_EQ(other.record.value, 1u);
  // Behind the answer it changes no time.
  CHECK_EQ(outcome_of({kSynStep, kSynAckStep, {90, true, kSyn, 100, 0}}).record.handshake_us, 37'000u);
}

TEST_CASE("an alert that the client does not take is none") {
  std::vector<Step> steps = {kSynStep, kSynAckStep, kHello, {40, false, kAck, 501, 506, record(21, 2, 40)}};
  const Kept alert = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(alert.record.kind), OutcomeKind::kServerAlert);
  CHECK_EQ(alert.record.delay_us, 2000u);
  // A FIN behind it does not change when it came.
  std::vector<Step> closed = steps;
  closed.push_back({900, false, kFin | kAck, 508, 506});
  CHECK_EQ(outcome_of(closed).record.delay_us, 2000u);
  const std::vector<Step> real = served();
  steps.insert(steps.end(), real.begin() + 3, real.end());
  CHECK_EQ(kind_of(steps), OutcomeKind::kServed);
}

TEST_CASE("copies of a second mirror port and reordered segments are no repetitions, later copies are") {
  const std::vector<Step> steps = served();
  const Kept whole = outcome_of(steps);
  std::vector<Step> doubled;
  for (const Step& step : steps) doubled.insert(doubled.end(), {step, step});
  for (size_t i = 1; i < doubled.size(); i += 2) doubled[i].ms += 1;
  std::stable_sort(doubled.begin(), doubled.end(), [](const Step& a, const Step& b) { return a.ms < b.ms; });
  CHECK_EQ(outcome_of(doubled).record.repeated, whole.record.repeated);
  std::vector<Step> burst = steps;
  constexpr uint32_t kNext = 1169, kHeard = 2216;
  for (unsigned i = 0; i < 8; ++i) {
    burst.push_back({300 + i / 4, true, kAck, kNext + i * 1000, kHeard, Bytes(1000, 1)});
  }
  const uint32_t before = outcome_of(burst).record.repeated;
  std::vector<Step> reordered = burst;
  std::swap(reordered[steps.size() + 2], reordered[steps.size() + 3]);
  CHECK_EQ(outcome_of(reordered).record.repeated, before);
  // A round trip later, in the middle of new data.
  burst.push_back({340, true, kAck, kNext + 8000, kHeard, Bytes(1000, 1)});
  burst.push_back({340, true, kAck, kNext + 2000, kHeard, Bytes(1000, 1)});
  CHECK_EQ(outcome_of(burst).record.repeated, before + 1);
  // SYNs likewise.
  CHECK_EQ(outcome_of({kSynStep, {1, true, kSyn, 100, 0}}).record.value, 1u);
  CHECK_EQ(outcome_of({kSynStep, {1, true, kSyn, 100, 0}, {1000, true, kSyn, 100, 0}}).record.value, 2u);
}

TEST_CASE("a packet with the IP identification of an earlier one counts as a copy for a longer time") {
  std::vector<Step> steps = served();
  constexpr uint32_t kNext = 1169, kHeard = 2216;
  for (uint16_t i = 0; i < 4; ++i)
    steps.push_back({300, true, kAck, kNext + i * 1000u, kHeard, Bytes(1000, 1), 64, static_cast<uint16_t>(65534 + i)});
  const uint32_t before = outcome_of(steps).record.repeated;
  const auto with_second = [&](int64_t ms, uint16_t number) {
    std::vector<Step> doubled = steps;
    doubled.push_back({ms, true, kAck, kNext + 1000, kHeard, Bytes(1000, 1), 63, number});
    return outcome_of(doubled).record.repeated;
  };
  CHECK_EQ(with_second(318, 65535), before);
  CHECK_EQ(with_second(318, 2), before + 1);
  CHECK_EQ(with_second(360, 65535), before + 1);
  // Both copies of a SYN: the round trip is that of the first one.
  const Kept twice = outcome_of({kSynStep, {18, true, kSyn, 100, 0}, kSynAckStep});
  CHECK_EQ(twice.record.handshake_us, 37'000u);
}

TEST_CASE("a path that swaps neighbouring packets loses none") {
  // The hello in two segments, and the flight of the server in two.
  const Bytes hello = record(22, 1995);
  Bytes flight = record(22, 1500);
  bytes::add(&flight, record(23, 900));
  const auto part = [](const Bytes& all, size_t from, size_t to) { return Bytes(all.data() + from, all.data() + to); };
  std::vector<Step> steps = {kSynStep,
                             kSynAckStep,
                             {38, true, kAck, 1501, 501, part(hello, 1400, 2000)},
                             {38, true, kAck, 101, 501, part(hello, 0, 1400)},
                             {76, false, kAck, 1901, 2101, part(flight, 1400, 2410)},
                             {76, false, kAck, 501, 2101, part(flight, 0, 1400)}};
  std::vector<Step> left = steps;
  left.push_back({78, true, kFin | kAck, 2101, 2911});
  CHECK_EQ(kind_of(left), OutcomeKind::kAnswerRefused);
  steps.push_back({78, true, kAck, 2101, 2911, record(23, 53)});
  steps.push_back({79, true, kAck, 2159, 2911, record(23, 600)});
  steps.push_back({120, false, kAck, 2911, 2764, record(23, 700)});
  const Kept kept = outcome_of(steps);
  CHECK_EQ(static_cast<OutcomeKind>(kept.record.kind), OutcomeKind::kServed);
  CHECK_EQ(kept.record.repeated, 0u);
  // A part that never comes leaves the rest unread.
  steps.erase(steps.begin() + 5);
  CHECK_EQ(outcome_of(steps).record.repeated, 0u);
}

TEST_CASE("a segment that is sent again at once in smaller ones was not lost") {
  std::vector<Step> steps = served();
  const uint32_t before = outcome_of(steps).record.repeated;
  steps.push_back({300, true, kAck, 1169, 2216, Bytes(1400, 1)});
  std::vector<Step> late = steps;
  steps.push_back({307, true, kAck, 1169, 2216, Bytes(1300, 1)});
  CHECK_EQ(outcome_of(steps).record.repeated, before);
  // A router far away asked for smaller ones; the same size again, or little data, is a loss.
  for (const auto& sizes : {std::pair{1300u, 0u}, {1400u, 1u}, {400u, 1u}}) {
    const auto bytes = sizes.first;
    const auto repeated = sizes.second;
    CAPTURE(bytes);
    std::vector<Step> again = late;
    again.push_back({345, true, kAck, 1169, 2216, Bytes(bytes, 1)});
    CHECK_EQ(outcome_of(again).record.repeated, before + repeated);
  }
  // The rest of a segment, and one behind it, belong to the same repetition; later losses do not.
  late.push_back({301, true, kAck, 2569, 2216, Bytes(1400, 1)});
  for (const uint32_t at : {1169u, 2369u, 3569u})
    late.push_back({345, true, kAck, at, 2216, Bytes(at == 3569u ? 400 : 1200, 1)});
  late.push_back({400, true, kAck, 3969, 2216, Bytes(900, 1)});
  CHECK_EQ(outcome_of(late).record.repeated, before);
  late.push_back({700, true, kAck, 3969, 2216, Bytes(900, 1)});
  CHECK_EQ(outcome_of(late).record.repeated, before + 1);
}

TEST_CASE("long streams of either side are followed to their end") {
  for (const bool up : {false, true}) {
    std::vector<Step> steps = served();
    constexpr uint32_t kEach = 60'000;
    uint32_t next[2] = {1169, 2216};
    int64_t ms = 200;
    Step data = {ms, up, kAck, 0, 0, Bytes(kEach, 1)};
    for (unsigned i = 0; i < 600; ++i) {  // 36 MB: twice as far as numbers are compared
      data.ms = ++ms;
      data.sequence = next[up ? 0 : 1];
      data.acknowledgement = next[up ? 1 : 0];
      steps.push_back(data);
      next[up ? 0 : 1] += kEach;
      steps.push_back({++ms, !up, kAck, next[up ? 1 : 0], next[up ? 0 : 1]});
    }
    steps.push_back({ms + 30'000, false, kRst, next[1], 0});
    CHECK_EQ(kind_of(steps), OutcomeKind::kResetInSilence);
    steps.back().sequence = 2216;
    CHECK_EQ(kind_of(steps), up ? OutcomeKind::kResetInSilence : OutcomeKind::kServed);
  }
}

// ---- every prefix --------------------------------------------------------------------------------------------------

TEST_CASE("with any number of bytes captured, a connection is what it is, or undecided") {
  Bytes connect, status;
  bytes::add_text(&connect, "CONNECT api.example:443 HTTP/1.1\r\n\r\n");
  bytes::add_text(&status, "HTTP/1.1 403 Forbidden\r\n\r\n");
  Bytes flight = record(22, 100);
  bytes::add(&flight, record(23, 900));
  const Step answer = {76, false, kAck, 501, 506, flight};
  struct Case {
    OutcomeKind kind;
    std::vector<Step> steps;
  };
  const std::vector<Case> cases = {
      {OutcomeKind::kServed, served()},
      {OutcomeKind::kServerAlert, {kSynStep, kSynAckStep, kHello, {76, false, kAck, 501, 506, record(21, 2, 40)}}},
      {OutcomeKind::kAnswerRefused, {kSynStep, kSynAckStep, kHello, answer, {78, true, kFin | kAck, 506, 1511}}},
      {OutcomeKind::kAnswerRefused,
       {kSynStep, kSynAckStep, kHello, answer, {78, true, kAck, 506, 1511, record(21, 2, 48)}}},
      {OutcomeKind::kConnectStatus,
       {kSynStep, kSynAckStep, {38, true, kAck, 101, 501, connect}, {40, false, kAck, 501, 137, status}}},
  };
  for (const Case& one : cases) {
    CHECK_EQ(kind_of(one.steps), one.kind);
    for (size_t captured = 0; captured < 1100; ++captured) {
      const OutcomeKind kind = static_cast<OutcomeKind>(outcome_of(one.steps, captured).record.kind);
      CHECK((kind == one.kind || kind == OutcomeKind::kOpened));
    }
  }
}

// What the watch says to the first bytes of a client, and whether it would go on without a name.
struct Given {
  ConnectionWatch::Step step;
  bool is_kept;
};

Given give(uint16_t port, uint8_t last_of_address, const Bytes& payload) {
  ExportFilter rules;
  std::string error;
  REQUIRE(rules.noted.parse({"192.0.2.8/32"}, &error));
  ConnectionWatch watch(&rules);
  Packet packet{};
  packet.ends.ip_version = 4;
  packet.ends.destination_port = port;
  const uint8_t address[4] = {192, 0, 2, last_of_address};
  std::memcpy(packet.ends.destination, address, sizeof address);
  packet.tcp_flags = kSyn;
  const ConnectionWatch::Id id = watch.begin(packet);
  packet.tcp_flags = kAck;
  packet.sequence = 1;
  packet.payload = Span{payload.data(), payload.size()};
  packet.payload_bytes = static_cast<uint32_t>(payload.size());
  return {watch.on_packet(id, packet, true), watch.keeps_without_name(id)};
}

TEST_CASE("a connection of another protocol is given up with its first bytes, but where its server tells enough") {
  using Step = ConnectionWatch::Step;
  const Bytes other = bytes::hex("00 00 00 85 ff 53 4d 42");
  CHECK(give(445, 7, other).step == Step::kOtherProtocol);
  CHECK_FALSE(give(445, 7, other).is_kept);
  CHECK(give(445, 8, other).is_kept);
  CHECK(give(443, 7, other).is_kept);
  for (const char* first : {"16", "16 03 01 02", "04", "05 01 00", "0d 0a", "47 45 54 20", "43"}) {
    CAPTURE(first);
    CHECK(give(8080, 7, bytes::hex(first)).step == Step::kNone);
  }
  CHECK(give(8080, 7, bytes::hex("16 03 01 00 01 00")).step == Step::kHelloWhole);
}

TEST_CASE("a flood of connections fills the table, and the rest is counted") {
  ConnectionWatch watch(nullptr);
  Packet packet{};
  packet.tcp_flags = kSyn;
  for (size_t i = 0; i < ConnectionWatch::kMaxConnections + 5; ++i) watch.begin(packet);
  CHECK_EQ(watch.unwatched(), 5u);
  CHECK_EQ(watch.size(), ConnectionWatch::kMaxConnections);
  Kept kept;
  watch.end(1, {}, &kept);
  CHECK_EQ(watch.begin(packet), 1);
  CHECK_EQ(watch.begin(packet), 0);
  CHECK_EQ(watch.size(), ConnectionWatch::kMaxConnections);
}

}  // namespace

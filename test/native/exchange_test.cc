// Exchanges: the result of splitting the records of a watched flow, also when packets are lost, late or cut.
#include <doctest/doctest.h>

#include <functional>

#include "../../native-bindings/src/stream/exchange/exchange.h"
#include "tracked_flow.h"

namespace {

using namespace tracked;

constexpr size_t kMss = 1400;

// In segments of the usual size.
void send_all(Flow* flow, bool from_client, const Bytes& stream) {
  for (size_t at = 0; at < stream.size(); at += kMss) {
    flow->send(from_client, part(stream, at, std::min(stream.size(), at + kMss)));
  }
}

void handshake(Flow* flow, bool with_tickets = true, bool is_resumed = false) {
  flow->up(hello_stream("api.example.com"));
  flow->wait_ms(40);
  flow->down(join({server_hello(0x0304, 0x1301, is_resumed), data(30), data(900), data(36)}));
  flow->up(data(36));
  if (!with_tickets) return;
  flow->wait_ms(40);
  flow->down(join({data(220), data(220)}));
}

// A request of `size` in records of 16 KiB and an answer of pieces.
Bytes body(size_t size) {
  Bytes out;
  for (; size > 16384; size -= 16384) bytes::add(&out, data(16384));
  bytes::add(&out, data(size));
  return out;
}

void expect(const Sink& sink, size_t index, uint64_t up, uint64_t down, uint32_t records_up, uint32_t records_down) {
  if (!CHECK(index < sink.exchanges.size())) return;
  const ExchangeRecord& record = sink.exchanges[index].record;
  CHECK_EQ(record.bytes_up, up);
  CHECK_EQ(record.bytes_down, down);
  CHECK_EQ(record.records_up, records_up);
  CHECK_EQ(record.records_down, records_down);
}

TEST_CASE("cuts requests and streamed answers") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.wait_ms(100);
  send_all(&flow, true, body(40'000));
  flow.wait_ms(700);
  flow.down(data(500));
  for (int i = 0; i < 4; ++i) {
    flow.wait_ms(50);
    flow.down(data(160));
  }
  flow.wait_ms(300);
  flow.down(data(160));
  flow.wait_ms(1000);
  flow.up(data(2000));
  flow.wait_ms(90);
  flow.down(data(200));
  flow.send(false, record(23, Bytes(19, 7)), kAck | kFin);  // close_notify
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 2u);
  expect(bench.sink, 0, 40'000, 1300, 3, 6);
  expect(bench.sink, 1, 2000, 200, 1, 1);
  if (bench.sink.exchanges.size() != 2) return;
  const SeenExchange& first = bench.sink.exchanges[0];
  CHECK_EQ(first.flags, kExchangeFirst);
  CHECK_EQ(first.record.largest_up, 16384u);
  CHECK_EQ(first.record.largest_down, 500u);
  CHECK_EQ(first.record.first_down, 500u);
  CHECK_EQ(first.record.wait_ms, 700u);
  CHECK_EQ(first.record.answer_ms, 500u);
  CHECK_EQ(first.record.largest_gap_ms, 300u);
  CHECK_EQ(first.record.messages_up, 1u);
  CHECK_EQ(bench.sink.exchanges[1].flags, kExchangeClosed);
}

// A connection of HTTP/2: its begin, then records of these sizes up, and records down.
void exchange_http2(Bench* bench, const std::vector<uint32_t>& up, const std::vector<uint32_t>& down) {
  Flow flow(bench);
  handshake(&flow);
  flow.up(data(502));
  flow.down(data(33));  // SETTINGS
  flow.down(data(300));
  for (const uint32_t size : up) flow.up(data(size));
  for (const uint32_t size : down) flow.down(data(size));
  flow.end();
  CHECK_EQ(bench->sink.exchanges.size(), 2u);
}

// Heads of requests in parallel: short records, also between full ones of another body; pieces of a body are none.
TEST_CASE("counts heads of requests over HTTP/2") {
  const auto heads_of = [](const std::vector<uint32_t>& sizes) {
    Bench bench;
    exchange_http2(&bench, sizes, {300});
    return bench.sink.exchanges.empty() ? 0u : bench.sink.exchanges.back().record.messages_up;
  };
  CHECK_EQ(heads_of({116, 9, 16384, 9, 16384, 8281}), 1u);
  CHECK_EQ(heads_of({116, 9, 16384, 9, 891, 16384, 13010}), 1u);
  CHECK_EQ(heads_of({155, 9, 16384, 155, 11352, 9, 16384, 190, 5049}), 3u);
  CHECK_EQ(heads_of({37, 1201, 37, 1035}), 2u);
  CHECK_EQ(heads_of({398, 1253}), 1u);
  CHECK_EQ(heads_of({1156, 16384, 8, 643}), 1u);
  CHECK_EQ(heads_of({115, 9, 16384, 9, 13505, 242}), 1u);  // the window held the last piece back
  CHECK_EQ(heads_of({116, 16384, 3000, 45}), 1u);          // a request without a body behind it
  CHECK_EQ(heads_of({1900, 1900}), 2u);
}

// If every head is followed by its body and as many streams end, at least that many requests were answered.
TEST_CASE("tells parallel requests that were all answered") {
  const auto is_told = [](const std::vector<uint32_t>& up, const std::vector<uint32_t>& down) {
    Bench bench;
    exchange_http2(&bench, up, down);
    return !bench.sink.exchanges.empty() && (bench.sink.exchanges.back().flags & kExchangeAllAnswered) != 0;
  };
  CHECK(is_told({155, 9, 16384, 2654, 192, 8842}, {256, 279, 9, 230, 288, 9}));
  CHECK_FALSE(is_told({155, 9, 16384, 2654, 192, 8842}, {256, 279, 230, 288, 9}));     // one stream ended
  CHECK_FALSE(is_told({155, 9, 16384, 2654, 192, 8842}, {9, 256, 279, 230, 288, 9}));  // SETTINGS acknowledged
  CHECK_FALSE(is_told({155, 192, 9, 16384, 8842}, {256, 279, 9, 230, 288, 9}));        // which body is whose is open
  CHECK_FALSE(is_told({155, 9, 16384, 2654, 45}, {256, 279, 9, 230, 9}));              // one had no body
  CHECK_FALSE(is_told({155, 9, 16384, 2654}, {256, 279, 9, 230, 9}));
}

// Node's client puts heads and bodies of several requests into one record: only the ends of their streams show.
TEST_CASE("counts ended streams where heads and bodies share records") {
  const auto messages_of = [](const std::vector<uint32_t>& up, const std::vector<uint32_t>& down) {
    Bench bench;
    exchange_http2(&bench, up, down);
    return bench.sink.exchanges.empty() ? 0u : bench.sink.exchanges.back().record.messages_up;
  };
  CHECK_EQ(messages_of({16384, 4115}, {247, 182, 9, 184, 9, 182, 9}), 3u);
  CHECK_EQ(messages_of({16384, 4115}, {247, 182, 182, 9}), 1u);
  CHECK_EQ(messages_of({155, 9, 16384, 190, 5049}, {256, 279, 9, 230, 9, 230, 9}), 2u);  // heads of their own
}

// The first requests of a connection may go out together before the server's SETTINGS arrive.
TEST_CASE("counts heads of requests sent before the SETTINGS of the server") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  for (const uint32_t size : {46u, 489u, 16384u, 9u, 16384u, 193u, 16384u, 9u, 190u, 7843u, 5049u}) flow.up(data(size));
  flow.down(data(33));
  flow.down(data(300));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  if (bench.sink.exchanges.size() == 1) CHECK_EQ(bench.sink.exchanges[0].record.messages_up, 3u);
}

TEST_CASE("tells tickets from answers") {
  const auto flags_of = [](bool with_tickets, bool is_resumed) {
    Bench bench;
    Flow flow(&bench);
    handshake(&flow, with_tickets, is_resumed);
    for (int i = 0; i < 2; ++i) {
      flow.up(data(1000));
      flow.wait_ms(100);
      flow.down(data(150));
    }
    flow.end();
    CHECK_EQ(bench.sink.exchanges.size(), 2u);
    expect(bench.sink, 0, 1000, 150, 1, 1);
    return bench.sink.exchanges.empty() ? uint16_t{0} : bench.sink.exchanges[0].flags;
  };
  CHECK_EQ(flags_of(true, false), kExchangeFirst);
  CHECK_EQ(flags_of(false, false), kExchangeFirst | kExchangeTicketsUncertain | kExchangeNoTicketsSeen);
  CHECK_EQ(flags_of(false, true), kExchangeFirst | kExchangeTicketsUncertain);
}

TEST_CASE("takes tls12 as it is") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream("api.example.com"));
  flow.down(join({server_hello(0x0303, 0xc02f), record(22, Bytes(900, 11)), record(22, Bytes(4, 14))}));
  flow.up(join({record(22, Bytes(70, 16)), record(20, {1}), record(22, Bytes(40, 1))}));
  flow.down(join({record(20, {1}), record(22, Bytes(40, 1))}));
  flow.up(data12(700));
  flow.down(data12(300));
  const uint16_t flags = flow.describe().record.header.flags;
  CHECK_EQ(flags, kFlowServerHello | kFlowEstablished | kFlowAnswered);
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  expect(bench.sink, 0, 700, 300, 1, 1);
}

TEST_CASE("takes tls12 without the server as it is") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream("api.example.com"));
  flow.up(join({record(22, Bytes(70, 16)), record(20, {1}), record(22, Bytes(40, 1))}));
  flow.up(data12(700));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  expect(bench.sink, 0, 700, 0, 1, 0);
}

TEST_CASE("drops control records of http2") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.up(join({data(64), data(13), data(250)}));
  flow.down(data(33));  // SETTINGS
  flow.up(data(9));     // its acknowledgement
  flow.down(data(9));
  flow.up(body(30'000));
  flow.down(data(13));  // WINDOW_UPDATE amid the upload
  flow.up(body(30'000));
  flow.down(data(120));
  flow.down(data(17));  // PING
  flow.up(data(17));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  expect(bench.sink, 0, 60'314, 120, 6, 1);
}

// The initial window of 65,535 bytes holds back the rest of a body until the server's frames arrive, RFC 9113 §6.9.2.
TEST_CASE("does not take SETTINGS of any size amid a body for an answer") {
  for (const uint32_t settings : {9u, 18u, 21u, 33u, 45u, 60u}) {
    for (const bool with_tickets : {true, false}) {
      Bench bench;
      Flow flow(&bench);
      handshake(&flow, with_tickets);
      send_all(&flow, true, body(66'103));
      flow.down(data(settings));
      flow.up(data(9));
      flow.down(data(52));  // WINDOW_UPDATE
      send_all(&flow, true, body(22'556));
      flow.down(data(247));
      flow.end();
      CHECK_EQ(bench.sink.exchanges.size(), 1u);
      expect(bench.sink, 0, 88'659, 247, 7, 1);
    }
  }
}

// Found by fuzzing: the largest record was one that is dropped when HTTP/2 shows.
TEST_CASE("forgets the largest record with the control records") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.up(join({data(52), data(10)}));
  flow.down(data(33));
  flow.end();
  expect(bench.sink, 0, 10, 0, 1, 0);
  if (!bench.sink.exchanges.empty()) CHECK_EQ(bench.sink.exchanges[0].record.largest_up, 10u);
}

struct Damage {
  const char* what;
  // Fate of segment `n`: 0 shown, 1 lost, 2 shown twice, 3 shown after the next one.
  std::function<int(unsigned n)> of;
};

// The same 40 exchanges through every damage: the result must not depend on it.
void survives(const Damage& damage) {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  unsigned n = 0;
  struct Late {
    uint32_t seq;
    Bytes bytes;
  };
  std::vector<Late> late[2];
  const auto send = [&](bool from_client, const Bytes& stream) {
    const unsigned side = from_client ? 0 : 1;
    for (size_t at = 0; at < stream.size(); at += kMss) {
      const Bytes piece = part(stream, at, std::min(stream.size(), at + kMss));
      const uint32_t seq = flow.next[side];
      const int fate = damage.of(n++);
      flow.next[side] += static_cast<uint32_t>(piece.size());
      if (fate == 3 && at + kMss < stream.size()) {
        late[side].push_back({seq, piece});
      } else if (fate != 1) {
        flow.show(from_client, seq, bytes::span(piece));
        if (fate == 2) flow.show(from_client, seq, bytes::span(piece));
        for (const Late& held : late[side]) flow.show(from_client, held.seq, bytes::span(held.bytes));
        late[side].clear();
      }
      flow.wait_ms(1);
    }
    flow.acknowledged[side] = flow.next[side];
  };
  constexpr unsigned kCount = 40;
  for (unsigned i = 0; i < kCount; ++i) {
    send(true, body(20'000 + i * 100));
    flow.wait_ms(400);
    for (unsigned k = 0; k < 6 + i % 3; ++k) {
      send(false, data(200 + 10 * k));
      flow.wait_ms(30);
    }
    flow.show(true, flow.next[0], Span{});  // acknowledges the answer
    flow.wait_ms(500);
  }
  flow.end();
  unsigned good = 0;
  for (const SeenExchange& seen : bench.sink.exchanges) {
    const uint64_t up = seen.record.bytes_up;
    if (up >= 19'900 && up <= 24'100 && seen.record.records_down >= 3) ++good;
  }
  const bool ok = bench.sink.exchanges.size() == kCount && good == kCount;
  INFO(damage.what, ": ", bench.sink.exchanges.size(), " exchanges, ", good, " good");
  CHECK(ok);
}

TEST_CASE("survives damage") {
  const auto random = [](unsigned percent, int fate) {
    return [percent, fate](unsigned n) {
      uint32_t x = (n + 1) * 2654435761u;
      x ^= x >> 15;
      return (x * 2246822519u >> 16) % 100 < percent ? fate : 0;
    };
  };
  survives({"nothing", [](unsigned) { return 0; }});
  survives({"1 % lost", random(1, 1)});
  survives({"3 % lost", random(3, 1)});
  survives({"10 % twice", random(10, 2)});
  survives({"10 % late", random(10, 3)});
  survives({"late and lost", [&](unsigned n) { return n % 17 == 0 ? 3 : n % 41 == 0 ? 1 : 0; }});
}

TEST_CASE("counts lost bytes") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  const Bytes request = body(10'000);
  flow.up(part(request, 0, 1400));
  flow.lose(true, 1400);
  for (size_t at = 2800; at < request.size(); at += 1400)
    flow.up(part(request, at, std::min(request.size(), at + 1400)));
  flow.wait_ms(500);
  flow.down(data(300));
  CHECK_EQ(flow.describe().record.lost_up, 0u);  // it may still arrive from another tap
  flow.wait_ms(101);
  flow.show(true, flow.next[0], Span{});
  const Described seen = flow.describe();
  CHECK_EQ(seen.record.lost_up, 1400u);
  CHECK_EQ(seen.record.lost_down, 0u);
  CHECK_EQ(flow.describe().record.lost_up, 0u);  // counted in the slice before
  flow.end();
  expect(bench.sink, 0, 10'000, 300, 1, 1);
  if (!bench.sink.exchanges.empty()) CHECK((bench.sink.exchanges[0].flags & kExchangeBytesMissing) != 0);
}

TEST_CASE("finds the next header after one was lost") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.up(data(3000));
  flow.wait_ms(500);
  flow.down(data(400));
  flow.lose(false, 222);  // a whole record
  flow.down(join({data(500), data(600)}));
  const Bytes cut = join({data(700), data(800)});
  flow.lose(false, 300);  // a record's first part, its header with it
  flow.down(part(cut, 300, cut.size()));
  flow.wait_ms(500);
  flow.up(data(1000));
  flow.down(data(150));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 2u);
  // 222 and 700 + 22 bytes without a header: their own is taken off once each.
  expect(bench.sink, 0, 3000, 400 + 200 + 500 + 600 + 700 + 800, 1, 6);
  expect(bench.sink, 1, 1000, 150, 1, 1);
}

TEST_CASE("goes by packets where bodies are cut") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  const Bytes request = body(9000);
  for (size_t at = 0; at < request.size(); at += kMss) {
    const Bytes piece = part(request, at, std::min(request.size(), at + kMss));
    flow.send(true, piece, kAck, piece.size() > 42 ? static_cast<uint32_t>(piece.size() - 42) : 0);
  }
  flow.wait_ms(500);
  for (int i = 0; i < 5; ++i) {
    flow.send(false, join({data(200), data(220)}), kAck, 437 - 25);
    flow.wait_ms(50);
  }
  flow.up(data(50));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 2u);
  if (bench.sink.exchanges.empty()) return;
  const SeenExchange& first = bench.sink.exchanges[0];
  CHECK((first.flags & kExchangeByPackets) != 0);
  CHECK_EQ(first.record.bytes_up, 9000u);
  CHECK(first.record.records_down >= 5);
  CHECK((first.record.bytes_down >= 2000 && first.record.bytes_down <= 2200));
}

TEST_CASE("says when answers overlap") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);  // 40 ms from hello to answer
  flow.up(data(3000));
  flow.wait_ms(300);
  flow.down(data(500));
  flow.up(data(2000));
  flow.wait_ms(5);
  flow.down(data(500));  // too soon to answer the second
  flow.wait_ms(300);
  flow.up(data(2000));
  flow.wait_ms(100);
  flow.down(data(500));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 3u);
  if (bench.sink.exchanges.size() != 3) return;
  CHECK((bench.sink.exchanges[0].flags & kExchangeOverlapped) != 0);
  CHECK((bench.sink.exchanges[1].flags & kExchangeOverlapped) == 0);
}

TEST_CASE("ends an exchange after long silence") {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.up(data(3000));
  flow.wait_ms(601'000);
  flow.up(data(3000));
  flow.wait_ms(100);
  flow.down(data(300));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 2u);
  expect(bench.sink, 0, 3000, 0, 1, 0);
}

TEST_CASE("tells an answered exchange that is silent when it is asked to") {
  ExchangeCutter cutter;
  Sink sink;
  constexpr int64_t kSecond = 1'000'000'000;
  cutter.begin(ExchangeUnit::kPlain, false);
  const auto settle = [&](int64_t seconds) { cutter.settle(seconds * kSecond, &sink); };
  const auto record = [&](bool is_up, uint32_t bytes, int64_t seconds) {
    cutter.on_record(is_up, bytes, 1, false, seconds * kSecond, &sink);
  };
  settle(50);
  CHECK_EQ(sink.exchanges.size(), 0u);
  record(true, 3000, 100);
  settle(1000);  // not answered
  CHECK_EQ(sink.exchanges.size(), 0u);
  record(false, 300, 110);
  settle(109);  // not silent for long enough
  CHECK_EQ(sink.exchanges.size(), 0u);
  settle(110);
  settle(200);  // once
  CHECK_EQ(sink.exchanges.size(), 1u);
  expect(sink, 0, 3000, 300, 1, 1);
  record(false, 900, 210);  // the answer continues
  settle(300);
  CHECK_EQ(sink.exchanges.size(), 1u);
  record(true, 2000, 310);
  record(false, 200, 311);
  record(true, 2500, 320);
  record(false, 250, 321);
  settle(321);
  CHECK_EQ(sink.exchanges.size(), 3u);
  expect(sink, 1, 2000, 200, 1, 1);
  expect(sink, 2, 2500, 250, 1, 1);
  cutter.finish(&sink);
  CHECK_EQ(sink.exchanges.size(), 3u);
  CHECK((sink.exchanges[0].flags & kExchangeFirst) != 0);
  CHECK((sink.exchanges[1].flags & kExchangeFirst) == 0);
}

TEST_CASE("leaves flows of no interest alone") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream("www.example.org"));
  flow.down(join({server_hello(0x0304, 0x1301), data(900)}));
  flow.up(join({data(36), data(3000)}));
  flow.down(data(300));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 0u);
  Flow proxied(&bench, 40001);
  proxied.up_text("CONNECT www.ai.example:443 HTTP/1.1\r\n\r\n");
  proxied.down_text("HTTP/1.1 200 OK\r\n\r\n");
  proxied.up(hello_stream("hidden.example.org"));
  proxied.down(join({server_hello(0x0304, 0x1301), data(900)}));
  proxied.up(join({data(36), data(3000)}));
  proxied.down(data(300));
  proxied.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
}

// The answer to a hello says that what follows is TLS, also where the hello was lost in whole or in part.
TEST_CASE("cuts flows whose hello was lost") {
  const Bytes hello = hello_stream("api.example.com", 1500);
  for (const size_t seen : {size_t{0}, kMss, hello.size() - kMss}) {
    CAPTURE(seen);
    Bench bench;
    Flow flow(&bench);
    flow.has_syn = true;
    if (seen == kMss) flow.up(part(hello, 0, kMss));
    flow.lose(true, seen == kMss ? hello.size() - kMss : seen == 0 ? hello.size() : kMss);
    if (seen != 0 && seen != kMss) flow.up(part(hello, kMss, hello.size()));
    flow.wait_ms(150);
    flow.down(join({server_hello(0x0304, 0x1301), data(30), data(900), data(36)}));
    flow.wait_ms(150);
    flow.up(data(36));
    flow.wait_ms(40);
    flow.down(join({data(220), data(220)}));
    for (int i = 0; i < 2; ++i) {
      flow.up(body(40'000));
      flow.wait_ms(500);
      for (int piece = 0; piece < 8; ++piece) flow.down(data(200));
      flow.wait_ms(500);
    }
    flow.end();
    CHECK_EQ(bench.sink.hellos.size(), 0u);
    CHECK_EQ(bench.sink.exchanges.size(), 2u);
    expect(bench.sink, 0, 40'000, 1600, 3, 8);
    expect(bench.sink, 1, 40'000, 1600, 3, 8);
  }
}

TEST_CASE("reads a hello that comes behind its answer") {
  for (const bool in_two : {false, true}) {
    CAPTURE(in_two);
    const Bytes hello = hello_stream("api.example.com", in_two ? 1500 : 0);
    const size_t first = in_two ? kMss : hello.size();
    Bench bench;
    Flow flow(&bench);
    flow.has_syn = true;
    flow.lose(true, hello.size());
    flow.wait_ms(150);
    flow.down(join({server_hello(0x0304, 0x1301), data(30), data(900), data(36)}));
    flow.wait_ms(150);
    flow.show(true, 1000, bytes::span(part(hello, 0, first)));
    if (in_two) flow.show(true, 1000 + kMss, bytes::span(part(hello, first, hello.size())));
    flow.up(data(36));
    flow.up(data(3000));
    flow.wait_ms(500);
    flow.down(data(300));
    flow.end();
    CHECK_EQ(bench.sink.hellos.size(), 1u);
    CHECK_EQ(bench.sink.exchanges.size(), 1u);
    expect(bench.sink, 0, 3000, 300, 1, 1);
  }
}

TEST_CASE("leaves flows alone of which one direction is seen") {
  Bench bench;
  Flow flow(&bench);
  flow.lose(true, 500);
  flow.down(join({server_hello(0x0304, 0x1301), data(30), data(900), data(36)}));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 0u);
}

// Of a runtime of interest under a name that is not listed, small exchanges would only wait for a flow that never comes.
TEST_CASE("tells nothing of an unlisted name before a large request") {
  const auto exchanges_of = [](const char* name, std::initializer_list<size_t> requests) {
    Bench plain;
    Flow greeting(&plain);
    greeting.up(hello_stream(name));
    const std::string ja4 = plain.sink.hellos.empty() ? std::string() : plain.sink.hellos[0].ja4;
    CHECK(ja4.size() > 23);
    Bench bench(all_options(), {ja4.substr(11, 12)});
    Flow flow(&bench);
    flow.up(hello_stream(name));
    flow.down(join({server_hello(0x0304, 0x1301), data(900)}));
    flow.up(data(36));
    for (const size_t size : requests) {
      flow.up(data(size));
      flow.wait_ms(90);
      flow.down(data(300));
    }
    flow.end();
    return bench.sink.exchanges.size();
  };
  CHECK_EQ(exchanges_of("www.example.org", {1200, 900, 1000}), 0u);
  CHECK_EQ(exchanges_of("www.example.org", {1480, 900, 6000}), 3u);  // the first message of a WebSocket
  CHECK_EQ(exchanges_of("www.example.org", {900, 6000, 900}), 2u);
  CHECK_EQ(exchanges_of("www.example.org", {1600, 900, 6000}), 3u);
  CHECK_EQ(exchanges_of("api.example.com", {900, 900, 900}), 3u);
}

}  // namespace

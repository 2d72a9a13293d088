// sources: base/interest.cc crypto/aes.cc fingerprint/client_hello.cc fingerprint/fingerprint.cc fingerprint/fingerprint_cache.cc fingerprint/ja3.cc fingerprint/ja4.cc packet/aruba_gre.cc packet/ayiya.cc packet/decode.cc packet/gre_ppp.cc packet/gtp.cc packet/ip.cc packet/layer.cc packet/link.cc packet/null_link.cc packet/ppp.cc packet/tags.cc packet/transport.cc packet/tunnel_ip.cc packet/tunnel_udp.cc packet/wlan.cc protocol/dhcp.cc protocol/dhcp6.cc protocol/dns.cc protocol/dns_name.cc protocol/dtls.cc protocol/mdns.cc protocol/nbns.cc protocol/proxy.cc protocol/quic.cc protocol/quic_frames.cc protocol/quic_handshake.cc protocol/quic_keys.cc protocol/tls.cc protocol/tls_message.cc protocol/turn.cc stream/datagram_observer.cc stream/dns_observer.cc stream/exchange.cc stream/exchange_follower.cc stream/fact_store.cc stream/flow_facts.cc stream/hello_assembly.cc stream/hello_store.cc stream/naming.cc stream/segment_order.cc stream/stream_items.cc stream/stream_pool.cc stream/stream_probe.cc stream/stream_reader.cc stream/stream_records.cc stream/tcp_observer.cc stream/tls_observer.cc stream/tls_records.cc stream/track_store.cc stream/tracker.cc stream/upgrade.cc
// Exchanges: what is cut out of the records of a flow of interest, also when packets are lost, late or cut.
#include <functional>

#include "check.h"
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

void cuts_requests_and_streamed_answers() {
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

void tells_tickets_from_answers() {
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

void takes_tls12_as_it_is() {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream("api.example.com"));
  flow.down(join({server_hello(0x0303, 0xc02f), record(22, Bytes(900, 11)), record(22, Bytes(4, 14))}));
  flow.up(join({record(22, Bytes(70, 16)), record(20, {1}), record(22, Bytes(40, 1))}));
  flow.down(join({record(20, {1}), record(22, Bytes(40, 1))}));
  flow.up(data12(700));
  flow.down(data12(300));
  const uint16_t flags = flow.describe().record.header.flags;
  CHECK_EQ(flags, kFlowServerHello | kFlowEstablished);
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  expect(bench.sink, 0, 700, 300, 1, 1);
}

void takes_tls12_without_the_server_as_it_is() {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream("api.example.com"));
  flow.up(join({record(22, Bytes(70, 16)), record(20, {1}), record(22, Bytes(40, 1))}));
  flow.up(data12(700));
  flow.end();
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  expect(bench.sink, 0, 700, 0, 1, 0);
}

void drops_control_records_of_http2() {
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
  CHECK((bench.sink.exchanges.size()) == 2u);
  expect(bench.sink, 0, 314, 33, 2, 1);
  expect(bench.sink, 1, 60'000, 120, 4, 1);
}

// Found by fuzzing: the largest record was one that is dropped when HTTP/2 shows.
void forgets_the_largest_record_with_the_control_records() {
  Bench bench;
  Flow flow(&bench);
  handshake(&flow);
  flow.up(join({data(52), data(10)}));
  flow.down(data(33));
  flow.end();
  expect(bench.sink, 0, 10, 33, 1, 1);
  if (!bench.sink.exchanges.empty()) CHECK_EQ(bench.sink.exchanges[0].record.largest_up, 10u);
}

struct Damage {
  const char* what;
  // Says what becomes of segment `n`: 0 shown, 1 lost, 2 shown twice, 3 shown behind the next one.
  std::function<int(unsigned n)> of;
};

// The same 40 exchanges through every damage: what is cut must not depend on it.
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
  if (!CHECK(ok)) {
    std::cerr << "  " << damage.what << ": " << bench.sink.exchanges.size() << " exchanges, " << good << " good\n";
  }
}

void survives_damage() {
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

void counts_lost_bytes() {
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
  CHECK_EQ(flow.describe().record.lost_up, 0u);  // it may still come, from another tap
  flow.wait_ms(101);
  flow.show(true, flow.next[0], Span{});
  const Described seen = flow.describe();
  CHECK_EQ(seen.record.lost_up, 1400u);
  CHECK_EQ(seen.record.lost_down, 0u);
  CHECK_EQ(flow.describe().record.lost_up, 0u);  // counted in the slice before
  flow.end();
  expect(bench.sink, 0, 10'000, 300, 1, 1);
  if (!bench.sink.exchanges.empty()) CHECK(bench.sink.exchanges[0].flags & kExchangeBytesMissing);
}

void finds_the_next_header_after_one_was_lost() {
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

void goes_by_packets_where_bodies_are_cut() {
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
  CHECK(first.flags & kExchangeByPackets);
  CHECK_EQ(first.record.bytes_up, 9000u);
  CHECK(first.record.records_down >= 5);
  CHECK(first.record.bytes_down >= 2000 && first.record.bytes_down <= 2200);
}

void says_when_answers_overlap() {
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
  CHECK(bench.sink.exchanges[0].flags & kExchangeOverlapped);
  CHECK(!(bench.sink.exchanges[1].flags & kExchangeOverlapped));
}

void ends_an_exchange_after_long_silence() {
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

void leaves_flows_of_no_interest_alone() {
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

// Of a runtime of interest under a name that is not listed, small exchanges would only wait for a flow that never comes.
void tells_nothing_of_an_unlisted_name_before_a_large_request() {
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
  CHECK_EQ(exchanges_of("www.example.org", {1400, 900, 1000}), 0u);
  CHECK_EQ(exchanges_of("www.example.org", {900, 6000, 900}), 2u);
  CHECK_EQ(exchanges_of("www.example.org", {1600, 900, 6000}), 3u);
  CHECK_EQ(exchanges_of("api.example.com", {900, 900, 900}), 3u);
}

}  // namespace

int main() {
  cuts_requests_and_streamed_answers();
  tells_tickets_from_answers();
  takes_tls12_as_it_is();
  takes_tls12_without_the_server_as_it_is();
  drops_control_records_of_http2();
  forgets_the_largest_record_with_the_control_records();
  survives_damage();
  counts_lost_bytes();
  finds_the_next_header_after_one_was_lost();
  goes_by_packets_where_bodies_are_cut();
  says_when_answers_overlap();
  ends_an_exchange_after_long_silence();
  leaves_flows_of_no_interest_alone();
  tells_nothing_of_an_unlisted_name_before_a_large_request();
  return check::report();
}

// ClientHellos over TCP: pieces, orders and contexts in which they are found, and the cost of forged ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tracked_flow.h"

namespace {

using namespace tracked;

constexpr const char* kName = "www.example.org";

std::vector<Bytes> cut_at(const Bytes& stream, std::vector<size_t> places) {
  std::vector<Bytes> pieces;
  size_t from = 0;
  places.push_back(stream.size());
  for (const size_t to : places) {
    pieces.push_back(part(stream, from, to));
    from = to;
  }
  return pieces;
}

// Pieces of one stream in a given order; with the server's first packet before, or as the very first of the flow.
void show_in_order(Flow* flow, const std::vector<Bytes>& pieces, const std::vector<size_t>& order) {
  std::vector<uint32_t> starts;
  uint32_t at = flow->next[0];
  for (const Bytes& piece : pieces) {
    starts.push_back(at);
    at += static_cast<uint32_t>(piece.size());
  }
  for (const size_t i : order) flow->show(true, starts[i], bytes::span(pieces[i]));
  flow->next[0] = flow->acknowledged[0] = at;
}

std::string listed(const std::vector<size_t>& numbers) {
  std::string out;
  for (const size_t number : numbers) out += std::to_string(number) + ' ';
  return out;
}

void expect_one_hello(const Bytes& stream, const std::vector<size_t>& places, const std::vector<size_t>& order) {
  for (const bool has_syn : {false, true}) {
    Bench bench;
    Flow flow(&bench);
    flow.has_syn = has_syn;
    show_in_order(&flow, cut_at(stream, places), order);
    const Described seen = flow.end();
    const bool found = bench.sink.hellos.size() == 1 && bench.sink.hellos[0].sni == kName && seen.sni == kName &&
                       bench.tracker.stats().hellos_complete == 1 && bench.tracker.stats().hellos_incomplete == 0;
    CAPTURE(has_syn);
    CAPTURE(listed(places));
    CAPTURE(listed(order));
    CHECK(found);
  }
}

TEST_CASE("finds a hello in one segment") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream());
  CHECK_EQ(flow.found, 1);
  CHECK(!flow.is_reversed);
  const Described seen = flow.end();
  CHECK_EQ(seen.sni, kName);
  CHECK_EQ(seen.record.hello_segments, 1);
  CHECK_EQ(seen.record.hello_ns, 1'000'000'000);
  CHECK(seen.record.hello_hash != 0);
  CHECK_EQ(std::string(seen.record.ja4).substr(0, 4), "t13d");
}

TEST_CASE("knows a name with the dot of the root") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream(std::string(kName) + "."));
  CHECK_EQ(flow.end().sni, kName);
  CHECK_EQ(bench.sink.hellos[0].sni, std::string(kName) + ".");  // as sent
}

TEST_CASE("finds a hello cut at every byte in both orders") {
  const Bytes stream = hello_stream();
  for (size_t place = 1; place < stream.size(); ++place) {
    expect_one_hello(stream, {place}, {0, 1});
    expect_one_hello(stream, {place}, {1, 0});
  }
}

TEST_CASE("finds a hello in many pieces in every order") {
  const Bytes stream = hello_stream(kName, 1500);
  const std::vector<std::vector<size_t>> cuts = {
      {3, 700}, {1, 6, 1400}, {1, 2, 3, 4}, {5, 9, 43, 500, 1200}, {1, 2, 5, 6, 9, 100, 700, 1400}};
  uint32_t seed = 1;
  for (const std::vector<size_t>& places : cuts) {
    std::vector<size_t> order(places.size() + 1);
    std::iota(order.begin(), order.end(), 0);
    int shown = 0;
    do {
      // All orders up to six pieces; of nine pieces one in 500.
      seed = seed * 1664525 + 1013904223;
      if (order.size() > 6 && seed % 500 != 0) continue;
      expect_one_hello(stream, places, order);
      ++shown;
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(shown > 5);
  }
}

TEST_CASE("finds a hello byte by byte") {
  const Bytes stream = hello_stream(kName, 900);
  std::vector<size_t> places(stream.size() - 1);
  std::iota(places.begin(), places.end(), 1);
  std::vector<size_t> order(stream.size());
  std::iota(order.begin(), order.end(), 0);
  expect_one_hello(stream, places, order);
}

TEST_CASE("finds a hello in several records") {
  const Bytes message = hello_message();
  for (size_t place = 1; place + 1 < message.size(); place += 3) {
    Bench bench;
    Flow flow(&bench);
    const Bytes stream = handshake_records(message, {place, place + 1});
    flow.up(part(stream, 0, stream.size() / 2));
    flow.up(part(stream, stream.size() / 2, stream.size()));
    CHECK_EQ(flow.end().sni, kName);
  }
}

TEST_CASE("keeps the bytes that came first") {
  const Bytes stream = hello_stream(kName, 300);
  Bytes other = stream;
  for (size_t i = 60; i < other.size(); ++i) other[i] ^= 0xff;
  Bench bench;
  Flow flow(&bench);
  const uint32_t start = flow.next[0];
  flow.show(true, start, Span{stream.data(), 40});
  flow.show(true, start + 60, Span{stream.data() + 60, 50});
  // Fills [40, 60), which is equal, and all after 110, which is padding; the name is in [61, 76).
  flow.show(true, start, bytes::span(other));
  CHECK_EQ(flow.end().sni, kName);
  Flow forged(&bench, 40001);
  forged.show(true, start, Span{stream.data(), 40});
  forged.show(true, start + 60, Span{other.data() + 60, 50});
  forged.show(true, start, bytes::span(stream));
  CHECK(forged.end().sni != kName);
}

TEST_CASE("counts retransmissions once") {
  const Bytes stream = hello_stream(kName, 1200);
  Bench bench;
  Flow flow(&bench);
  const uint32_t start = flow.next[0];
  flow.show(true, start, Span{stream.data(), 700});
  flow.show(true, start, Span{stream.data(), 700});
  flow.show(true, start + 700, Span{stream.data() + 700, stream.size() - 700});
  flow.show(true, start, bytes::span(stream));
  flow.show(true, start + 700, Span{stream.data() + 700, stream.size() - 700});
  CHECK_EQ(bench.sink.hellos.size(), 1u);
  CHECK_EQ(bench.tracker.stats().hellos_complete, 1u);
  CHECK_EQ(flow.end().record.hello_segments, 2);
}

TEST_CASE("says who the client is") {
  Bench bench;
  Flow flow(&bench);
  flow.down(hello_stream());  // the side that the flow table took for the server
  CHECK(flow.is_reversed);
  const Described seen = flow.end();
  CHECK_EQ(seen.sni, kName);
  CHECK_EQ(seen.record.client_port, 443);
}

TEST_CASE("marks the hello after a retry request") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream());
  flow.down(server_hello(0x0304, 0x1301, false, true));
  flow.up(join({{20, 3, 3, 0, 1, 1}, hello_stream(kName, 300)}));
  flow.down(server_hello(0x0304, 0x1301));
  CHECK_EQ(bench.sink.hellos.size(), 2u);
  CHECK(!bench.sink.hellos[0].is_retry);
  CHECK(bench.sink.hellos[1].is_retry);
  CHECK_EQ(bench.tracker.stats().hellos_complete, 1u);
  const Described seen = flow.end();
  CHECK((seen.record.header.flags & kFlowRetried) != 0);
  CHECK((seen.record.header.flags & kFlowTls13) != 0);
  // One direction only: the equal random is sufficient.
  Flow alone(&bench, 40001);
  alone.up(hello_stream());
  alone.up(join({{20, 3, 3, 0, 1, 1}, hello_stream(kName, 300)}));
  CHECK_EQ(bench.sink.hellos.size(), 4u);
  CHECK(bench.sink.hellos[3].is_retry);
}

TEST_CASE("reads what the server chose") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream());
  const Bytes answer = join({server_hello(0x0304, 0x1301, true), data(900)});
  flow.down(part(answer, 0, 50));
  flow.down(part(answer, 50, answer.size()));
  flow.up(join({data(36), data(300)}));
  CHECK_EQ(flow.done, false);
  flow.down(data(400));
  CHECK_EQ(flow.done, true);
  const uint16_t flags = flow.end().record.header.flags;
  CHECK_EQ(flags, kFlowServerHello | kFlowEstablished | kFlowTls13 | kFlowResumed | kFlowAnswered);
}

TEST_CASE("does not call a refused handshake established") {
  Bench bench;
  Flow flow(&bench);
  flow.up(hello_stream());
  flow.down(join({server_hello(0x0304, 0x1301), data(900)}));
  flow.up(record(23, Bytes(19, 1)));  // an encrypted alert
  flow.down(record(23, Bytes(19, 1)));
  CHECK_EQ(flow.end().record.header.flags, kFlowServerHello | kFlowTls13 | kFlowAnswered);
}

TEST_CASE("counts what is never whole") {
  Bench bench;
  const Bytes stream = hello_stream(kName, 800);
  Flow cut(&bench);
  cut.send(true, stream, kAck, 100);  // the snaplen took the end of it
  cut.up(data(100));
  cut.end();
  CHECK_EQ(bench.tracker.stats().hellos_incomplete, 1u);
  Flow half(&bench, 40001);
  half.up(part(stream, 0, 500));
  half.end();
  CHECK_EQ(bench.tracker.stats().hellos_incomplete, 2u);
  CHECK_EQ(bench.tracker.stats().hellos_complete, 0u);
  Flow foreign(&bench, 40002);
  foreign.up({0x16, 3, 1, 0, 60, 2, 0, 0, 56});  // some other handshake message
  foreign.end();
  CHECK_EQ(bench.tracker.stats().hellos_incomplete, 2u);
}

TEST_CASE("stays bounded") {
  TrackerOptions options = all_options();
  options.max_tracked = 1000;
  options.assembly_bytes = 256 * 1024;
  Bench bench(options);
  const Bytes stream = hello_stream(kName, 1000);
  std::vector<Flow> flows;
  for (unsigned i = 0; i < 20'000; ++i) {
    flows.emplace_back(&bench, static_cast<uint16_t>(30'000 + i));
    flows.back().up(part(stream, 0, 600));
  }
  CHECK(bench.tracker.stats().assemblies_evicted >= 19'000);
  flows.back().up(part(stream, 600, stream.size()));  // the newest one is still there
  CHECK_EQ(bench.tracker.stats().hellos_complete, 1u);
  for (Flow& flow : flows) flow.end();
  CHECK_EQ(bench.tracker.stats().hellos_incomplete, 19'999u);
}

TEST_CASE("gives up a hello that never ends") {
  Bench bench;
  Flow flow(&bench);
  const Bytes start = {0x16, 3, 1, 0x40, 0, 1, 0, 0xff, 0xf0};
  flow.up(start);
  for (unsigned i = 0; i < 5000 && !flow.done; ++i) flow.up(Bytes(20, 0));
  CHECK(flow.done);
  flow.end();
  // The position of the second record has none.
  CHECK_EQ(bench.counters.malformed[static_cast<size_t>(Malformed::kTlsRecord)], 1u);
  // Holes everywhere: every second byte.
  Flow sparse(&bench, 40001);
  sparse.up(start);
  for (uint32_t i = 0; i < 5000 && !sparse.done; ++i)
    sparse.show(true, sparse.next[0] + 1 + 2 * i, Span{start.data(), 1});
  sparse.end();
  CHECK_EQ(bench.tracker.stats().hellos_incomplete, 1u);
}

TEST_CASE("lets other flows go soon") {
  Bench bench;
  Flow ssh(&bench);
  ssh.down_text("SSH-2.0-OpenSSH_9.2\r\n");
  CHECK(ssh.done);
  CHECK_EQ(ssh.end().record.app_hint, static_cast<uint8_t>(AppHint::kSsh));
  Flow binary(&bench, 40001);
  for (int i = 0; i < 40 && !binary.done; ++i) binary.up(Bytes(100, 0x99));
  CHECK(binary.done);
  CHECK_EQ(binary.id, 0u);
  Flow text(&bench, 40002);
  const std::string line(60, 'x');
  for (int i = 0; i < 20; ++i) text.up_text(line + "\r\n");
  CHECK(!text.done);
  for (int i = 0; i < 60 && !text.done; ++i) text.up_text(line + "\r\n");
  CHECK(text.done);
  Flow http(&bench, 40003);
  http.up_text("GET / HTTP/1.1\r\nUser-Agent: curl/8\r\n\r\n");
  http.down_text("HTTP/1.1 200 OK\r\n\r\n");
  CHECK_EQ(http.end().record.app_hint, static_cast<uint8_t>(AppHint::kHttp));
}

TEST_CASE("knows TLS of which the first packets of both sides were not captured") {
  for (const bool has_records : {true, false}) {
    Bench bench;
    Flow flow(&bench);
    flow.has_syn = true;
    flow.lose(true, 1448);
    flow.up(Bytes(300, 0x81));
    flow.lose(false, 1448);
    flow.down(Bytes(1200, 0x92));
    flow.up(join({bytes::hex(has_records ? "1703030035" : "1700030035"), Bytes(0x35, 0x81)}));
    CHECK(flow.end().record.app_hint == static_cast<uint8_t>(has_records ? AppHint::kTls : AppHint::kUnknown));
  }
}

TEST_CASE("knows mail by its first words, from either side") {
  const auto hint_of = [](const char* up, const char* down) {
    Bench bench;
    Flow flow(&bench);
    flow.down_text(down);
    if (*up != 0) flow.up_text(up);
    return static_cast<AppHint>(flow.end().record.app_hint);
  };
  CHECK(hint_of("EHLO laptop\r\n", "220 mail.example.net ready\r\n") == AppHint::kMail);
  CHECK(hint_of("", "* OK IMAP4rev1 ready\r\n") == AppHint::kMail);
  CHECK(hint_of("", "+OK POP3 ready\r\n") == AppHint::kMail);
  CHECK(hint_of("USER anonymous\r\n", "220 ftp.example.net ready\r\n") == AppHint::kUnknown);
  CHECK(hint_of("EHLO", "220 mail.example.net ready\r\n") == AppHint::kUnknown);
}

// Bytes that look random: the middle of a ClientHello with key shares, of a TLS record, or of a tunnel.
Bytes random_bytes(size_t count) {
  Bytes out(count);
  uint32_t state = 12'345;
  for (uint8_t& byte : out) {
    state = state * 1'664'525u + 1'013'904'223u;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return out;
}

TEST_CASE("takes a flow for an encrypted tunnel by its first bytes alone") {
  const auto hint_of = [](size_t lost, const Bytes& answer) {
    Bench bench;
    Flow flow(&bench);
    flow.has_syn = true;
    flow.lose(true, lost);
    flow.up(random_bytes(363));
    if (!answer.empty()) flow.down(answer);
    flow.up(random_bytes(1448));
    return static_cast<AppHint>(flow.end().record.app_hint);
  };
  CHECK(hint_of(0, {}) == AppHint::kEncrypted);
  CHECK(hint_of(0, random_bytes(200)) == AppHint::kEncrypted);
  // The first packet of the client was lost: its bytes are unknown.
  CHECK(hint_of(1448, {}) == AppHint::kUnknown);
  CHECK(hint_of(1448, random_bytes(200)) == AppHint::kUnknown);
  // The server answers a lost hello.
  CHECK(hint_of(1448, server_hello(0x0304, 0x1301)) == AppHint::kTls);
}

TEST_CASE("finds a hello anywhere in a flow") {
  Bench bench;
  Flow holes(&bench);
  holes.up_text("A001 CAPABILITY\r\n");
  holes.lose(true, 15);  // the STARTTLS line was not captured
  holes.down_text("A002 OK begin TLS\r\n");
  holes.up(part(hello_stream(kName, 900), 0, 700));
  holes.up(part(hello_stream(kName, 900), 700, hello_stream(kName, 900).size()));
  CHECK_EQ(holes.end().sni, kName);
  // The same, and the hello's second piece overtakes the first.
  Flow late(&bench, 40001);
  const Bytes stream = hello_stream(kName, 900);
  late.up_text("STARTTLS\r\n");
  late.down_text("220 go ahead\r\n");
  const uint32_t start = late.next[0];
  late.show(true, start + 700, Span{stream.data() + 700, stream.size() - 700});
  late.show(true, start, Span{stream.data(), 700});
  CHECK_EQ(late.end().sni, kName);
}

}  // namespace

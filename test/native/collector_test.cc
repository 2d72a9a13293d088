// Records into windows: what each part of the collector keeps. The laws of whole windows are in test/unit/reading/collector.
#include "../../native-bindings/src/collector/collector.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "../../native-bindings/src/collector/image_thread.h"
#include "collector_builder.h"

using namespace wiretally;

namespace {

BatchBuilder& add_others(BatchBuilder* batch) {
  DnsRecord dns{};
  dns.ts_ns = (kStartUs + kSecondUs) * 1000;
  dns.client_address[0] = 10;
  dns.ip_version = 4;
  dns.name_length = 9;
  batch->record(RecordType::kDns, 0, dns, "a.example");
  HostObservationRecord observation{};
  observation.ts_ns = dns.ts_ns;
  observation.address[0] = 10;
  observation.ip_version = 4;
  observation.mac[5] = 7;
  observation.source = static_cast<uint8_t>(ObservationSource::kDhcp);
  observation.name_length = 3;
  batch->record(RecordType::kHostObservation, kObservationByOwner, observation, "dev");
  ExchangeRecord exchange{};
  exchange.flow_id = 1;
  exchange.start_ns = dns.ts_ns;
  exchange.bytes_up = 42'000;
  batch->record(RecordType::kExchange, 0, exchange);
  HostTotalsRecord totals{};
  totals.first_ns = totals.last_ns = dns.ts_ns;
  totals.address[0] = 10;
  totals.ip_version = 4;
  totals.flows = 3;
  totals.packets = 9;
  batch->record(RecordType::kHostTotals, kTunnelKind, totals);
  batch->record(RecordType::kOutcome, 0, outcome_record("a.example"), "a.example");
  return *batch;
}

std::vector<std::string> names_of(const Window& window) {
  std::vector<std::string> names;
  for (const Row* row : window.sorted_rows()) names.push_back(row->identity->name);
  return names;
}

TEST_CASE("a batch of every kind of record") {
  Collector collector = make_collector();
  BatchBuilder batch;
  batch.flow(flow_record(1), "a.example").flow(flow_record(2), "bank.example");
  const std::vector<uint8_t> bytes = add_others(&batch).take();
  CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  const auto windows = collector.finish(nullptr);
  REQUIRE_EQ(windows.size(), 1);
  const Window& window = *windows[0];
  CHECK_EQ(names_of(window), std::vector<std::string>{"a.example"});
  CHECK_EQ(window.sorted_questions().size(), 1);
  CHECK_EQ(window.outcomes().size(), 1);
  CHECK_EQ(window.hosts().size(), 2);
  CHECK_EQ(window.stats.flows, 5);
  const Row& row = *window.sorted_rows()[0];
  CHECK_EQ(row.exchanges.size(), 1);
  CHECK_EQ(row.community_ids.size(), 1);
  CHECK_EQ(std::vector<uint64_t>{row.packets_up, row.packets_down, row.bytes_up, row.bytes_down, row.payload_up,
                                 row.payload_down},
           std::vector<uint64_t>{10, 12, 5000, 9000, 4000, 8000});
  ImageTexts texts;
  CHECK(WindowImage(window, &texts).size() > 16);
}

TEST_CASE("a row of many hellos keeps the times of the first ones and of the last") {
  constexpr int64_t kHellos = 300;
  Collector collector = make_collector();
  for (int64_t n = 1; n <= kHellos; ++n) {
    FlowRecord record = flow_record(static_cast<uint64_t>(n));
    record.hello_ns = record.first_ns + n * 1'000'000;
    const std::vector<uint8_t> bytes = BatchBuilder().flow(record, "a.example").take();
    CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  }
  const auto windows = collector.finish(nullptr);
  std::vector<int64_t> times = windows.at(0)->sorted_rows().at(0)->hello_times_us;
  std::sort(times.begin(), times.end());
  const int64_t first_us = kStartUs + kSecondUs;
  CHECK_EQ(times.front(), first_us + 1000);
  CHECK_EQ(times.back(), first_us + kHellos * 1000);
  // Cut once, at 257; the latest of then is kept.
  CHECK_EQ(std::count(times.begin(), times.end(), first_us + 257 * 1000), 1);
}

// Windows with a flow each, of several hosts in turn.
std::vector<std::unique_ptr<Window>> make_windows(size_t count) {
  Collector collector = make_collector();
  for (size_t i = 0; i < count; ++i) {
    FlowRecord record = flow_record(i + 1);
    const auto later_ns = static_cast<int64_t>(i) * 60 * kSecondUs * 1000;
    for (int64_t* ns : {&record.first_ns, &record.flow_first_ns, &record.last_ns, &record.hello_ns}) *ns += later_ns;
    record.client_address[3] = static_cast<uint8_t>(1 + i % 5);
    const std::vector<uint8_t> bytes = BatchBuilder().flow(record, "a.example").take();
    CHECK_EQ(collector.add(span_of(bytes), kOthers), 0);
  }
  return collector.finish(nullptr);
}

TEST_CASE("a thread makes the images of windows ahead of their reader, and ends with it") {
  constexpr size_t kWindows = 40;
  ImageTexts texts_of_reader;
  ImageThread by_reader(make_windows(kWindows), &texts_of_reader);
  ImageTexts texts;
  ImageThread by_thread(make_windows(kWindows), &texts);
  REQUIRE(by_thread.start());
  for (size_t i = 0; i < kWindows; ++i) {
    const ImageThread::Bytes* const image = by_thread.next();
    REQUIRE(image != nullptr);
    CHECK_EQ(*image, *by_reader.next());
  }
  CHECK(by_thread.next() == nullptr);
  CHECK(by_reader.next() == nullptr);
  for (size_t read = 0; read < 3; ++read) {
    ImageTexts other_texts;
    ImageThread stopped(make_windows(kWindows), &other_texts);
    REQUIRE(stopped.start());
    for (size_t i = 0; i < read; ++i) REQUIRE(stopped.next() != nullptr);
  }
}

TEST_CASE("every prefix of a batch is refused where it ends inside of a record") {
  BatchBuilder batch;
  batch.flow(flow_record(1), "a.example");
  const std::vector<uint8_t> bytes = add_others(&batch).take();
  std::vector<size_t> ends = {sizeof(BatchHeader)};
  while (ends.back() < bytes.size()) {
    RecordHeader header;
    std::memcpy(&header, bytes.data() + ends.back(), sizeof header);
    ends.push_back(ends.back() + header.length);
  }
  for (size_t size = 0; size <= bytes.size(); ++size) {
    // Its own memory, so that a read behind its end is found.
    const std::vector<uint8_t> prefix(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    Collector collector = make_collector();
    const bool is_whole = std::find(ends.begin(), ends.end(), size) != ends.end();
    CHECK_EQ(collector.add(span_of(prefix), kAnswers | kOthers) >= 0, is_whole);
    Collector logged = make_collector();
    LogMarks marks;
    marks.is_log = true;
    logged.add_log(span_of(prefix), marks);
    ImageTexts texts;
    for (const auto& window : collector.finish(nullptr)) CHECK(WindowImage(*window, &texts).size() > 0);
  }
}

TEST_CASE("lengths of tails that go beyond their record are refused") {
  FlowRecord record = flow_record(1);
  record.user_agent_length = 0xffff;
  const std::vector<uint8_t> bytes = BatchBuilder().flow(record, "a.example").take();
  Collector collector = make_collector();
  CHECK_EQ(collector.add(span_of(bytes), kOthers), -1);
}

TEST_CASE("records of other kinds are left to their readers") {
  const std::vector<uint8_t> bytes =
      BatchBuilder().record(RecordType::kCapture, 0, CaptureRecord{}).flow(flow_record(1), "a.example").take();
  Collector collector = make_collector();
  CHECK_EQ(collector.add(span_of(bytes), kOthers), 1);
  CHECK_EQ(collector.finish(nullptr).size(), 1);
}

// Outcomes of one window, by kind.
std::map<unsigned, OutcomeNumbers> outcomes_of(Collector* collector, int64_t last_us) {
  std::map<unsigned, OutcomeNumbers> kinds;
  for (const auto& window : collector->finish(&last_us)) {
    for (const auto& [key, numbers] : window->outcomes()) kinds.emplace(key.kind, numbers);
  }
  return kinds;
}

constexpr unsigned number_of(QuestionKind kind) { return static_cast<unsigned>(kind); }

TEST_CASE("connections without a name have the one that their host resolved, and those to proxies none") {
  const OutcomeRecord to_server = outcome_record("");
  OutcomeRecord to_proxy = to_server;
  to_proxy.server_address[0] = 10;
  to_proxy.server_port = 3128;
  OutcomeRecord elsewhere = to_server;
  elsewhere.server_address[3] = 99;
  Collector collector = make_collector();
  const std::vector<uint8_t> bytes = BatchBuilder()
                                         .record(RecordType::kOutcome, 0, to_server)
                                         .record(RecordType::kOutcome, 0, to_proxy)
                                         .record(RecordType::kOutcome, 0, elsewhere)
                                         .record(RecordType::kOutcome, 0, outcome_record("b.example"), "b.example")
                                         .answer(1, kStartUs * 1000, to_server.server_address, "a.example")
                                         .take();
  CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  const auto windows = collector.finish(nullptr);
  std::vector<std::string> names;
  for (const auto& [key, numbers] : windows.at(0)->outcomes()) {
    if (key.port != 53) names.push_back(key.name + ':' + std::to_string(key.port));
  }
  std::sort(names.begin(), names.end());
  CHECK_EQ(names, std::vector<std::string>{":3128", "a.example:443"});
}

TEST_CASE("what a proxy of the own network takes to a name outside is hidden, where nothing of it was read") {
  struct Case {
    const char* what;
    const char* target;
    ProxyKind kind;
    uint64_t payload_up;
    uint64_t payload_down;
    bool is_tcp;
    TrafficClass expected;
  };
  const Case cases[] = {
      {"no proxy", "", ProxyKind::kNone, 9000, 8000, true, TrafficClass::kInside},
      {"by name", "b.example:443", ProxyKind::kConnect, 9000, 8000, true, TrafficClass::kHidden},
      {"refused", "b.example:443", ProxyKind::kConnect, 900, 8000, true, TrafficClass::kInside},
      {"answered in a later slice", "b.example:443", ProxyKind::kConnect, 900, 90'000, true, TrafficClass::kHidden},
      {"by address", "203.0.113.7:443", ProxyKind::kSocks5, 900, 8000, true, TrafficClass::kHidden},
      {"to a target that was not read", "", ProxyKind::kSocks5, 9000, 8000, true, TrafficClass::kHidden},
      {"to an address inside", "10.0.0.9:443", ProxyKind::kSocks5, 9000, 8000, true, TrafficClass::kInside},
      {"datagrams", "b.example:443", ProxyKind::kSocks5, 900, 8000, false, TrafficClass::kHidden},
      {"datagrams, the first to an address inside", "10.0.0.9:53", ProxyKind::kSocks5, 900, 8000, false,
       TrafficClass::kHidden},
      {"other datagrams", "", ProxyKind::kNone, 900, 8000, false, TrafficClass::kInside},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    FlowRecord record = flow_record(1, "");
    record.hello_ns = 0;
    record.header.flags = kFlowFirstSlice | kFlowLastSlice | kFlowSynSeen;
    record.app_hint = static_cast<uint8_t>(AppHint::kUnknown);
    const uint8_t proxy[] = {10, 0, 0, 99};
    std::memcpy(record.server_address, proxy, sizeof proxy);
    record.look = kLookInside;
    record.proxy_kind = static_cast<uint8_t>(one.kind);
    record.protocol = one.is_tcp ? 6 : 17;
    record.payload_up = one.payload_up;
    record.payload_down = one.payload_down;
    Collector collector = make_collector();
    const std::vector<uint8_t> bytes = BatchBuilder().flow(record, "", one.target).take();
    CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
    const auto windows = collector.finish(nullptr);
    const Host* host = windows.at(0)->hosts().at(0);
    CHECK_EQ(host->account.bytes[static_cast<size_t>(one.expected)], record.bytes_up + record.bytes_down);
  }
}

TEST_CASE("copies of a question belong to its answers in order, and the first ones are unanswered") {
  const uint8_t address[16] = {203, 0, 113, 7};
  constexpr int64_t kStartNs = kStartUs * 1000;
  constexpr int64_t kSecondNs = 1'000'000'000;
  Collector collector = make_collector();
  const std::vector<uint8_t> bytes = BatchBuilder()
                                         .question(7, kStartNs, "a.example")
                                         .question(7, kStartNs + kSecondNs, "a.example")
                                         .answer(7, kStartNs + kSecondNs + 20'000'000, address, "a.example")
                                         .question(8, kStartNs + 2 * kSecondNs, "a.example")
                                         .take();
  CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  const auto kinds = outcomes_of(&collector, kStartUs + 10 * kSecondUs);
  const OutcomeNumbers& answered = kinds.at(number_of(QuestionKind::kAnswered));
  CHECK_EQ(answered.sums[kSumCount], 1);
  CHECK_EQ(answered.maxima[kDelayUs], 20'000);
  CHECK_EQ(answered.sums[kSumDelayMs], 20);
  CHECK_EQ(answered.by, "203.0.113.7");
  const OutcomeNumbers& unanswered = kinds.at(number_of(QuestionKind::kUnanswered));
  CHECK_EQ(unanswered.sums[kSumCount], 2);
  CHECK_EQ(unanswered.minima[kDelayUs], 8'000'000);
  CHECK_EQ(unanswered.maxima[kDelayUs], 10'000'000);
}

TEST_CASE("copies of a second mirror port count once, and a query repeated within 0.3 s was answered") {
  constexpr int64_t kStartNs = kStartUs * 1000, kMsNs = 1'000'000;
  Collector collector = make_collector();
  const uint8_t address[16] = {203, 0, 113, 7};
  const std::vector<uint8_t> bytes = BatchBuilder()
                                         .question(7, kStartNs, "a.example")
                                         .question(7, kStartNs + 18 * kMsNs, "a.example")
                                         .answer(7, kStartNs + 20 * kMsNs, address, "a.example")
                                         .answer(7, kStartNs + 38 * kMsNs, address, "a.example")
                                         .question(8, kStartNs + 1000 * kMsNs, "a.example")
                                         .question(8, kStartNs + 1200 * kMsNs, "a.example")
                                         .take();
  CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  const auto kinds = outcomes_of(&collector, kStartUs + 1250'000);
  CHECK_EQ(kinds.at(number_of(QuestionKind::kAnswered)).sums[kSumCount], 1);
  CHECK_FALSE(kinds.contains(number_of(QuestionKind::kUnanswered)));
}

TEST_CASE("TCP to a resolver counts for the host whose answers it truncates") {
  for (const bool is_truncated : {false, true}) {
    INFO(is_truncated);
    OutcomeRecord reset = outcome_record("");
    std::memset(reset.server_address, 0, sizeof reset.server_address);
    reset.server_address[0] = 10;
    reset.server_address[3] = 1;
    reset.server_port = 53;
    reset.kind = static_cast<uint8_t>(OutcomeKind::kSynReset);
    BatchBuilder batch;
    batch.question(7, kStartUs * 1000, "a.example").record(RecordType::kOutcome, 0, reset);
    if (is_truncated) batch.truncated(7, kStartUs * 1000 + 1'000'000, "a.example");
    const std::vector<uint8_t> bytes = batch.take();
    Collector collector = make_collector();
    CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
    const auto kinds = outcomes_of(&collector, kStartUs + 60 * kSecondUs);
    CHECK_EQ(kinds.contains(number_of(QuestionKind::kTruncated)), is_truncated);
    CHECK_EQ(kinds.contains(static_cast<unsigned>(OutcomeKind::kSynReset)), is_truncated);
  }
}

TEST_CASE("a logged answer without addresses is a block only where the log says so") {
  for (const bool is_blocked : {false, true}) {
    Collector collector = make_collector();
    const std::vector<uint8_t> bytes = BatchBuilder().logged_answer(7, kStartUs * 1000, is_blocked, "a.example").take();
    CHECK(collector.add_log(span_of(bytes), {}));
    const auto kinds = outcomes_of(&collector, kStartUs + 10 * kSecondUs);
    INFO(is_blocked);
    CHECK_EQ(kinds.contains(number_of(QuestionKind::kZero)), is_blocked);
    CHECK_EQ(kinds.size(), is_blocked ? 1u : 0u);
  }
}

TEST_CASE("a question that is younger than its answer may be is left out at the end of a capture") {
  Collector collector = make_collector();
  const std::vector<uint8_t> bytes = BatchBuilder().question(7, kStartUs * 1000, "a.example").take();
  CHECK_EQ(collector.add(span_of(bytes), kAnswers | kOthers), 0);
  CHECK(outcomes_of(&collector, kStartUs + 3 * kSecondUs).empty());
}

TEST_CASE("numbers of outcomes: sums, maxima, minima above zero, the first sender") {
  OutcomeNumbers sum(20);
  sum.set_delay(1500);
  sum.by = "b";
  OutcomeNumbers more(10);
  more.measure(kTtl, 60);
  more.by = "a";
  sum.add(more);
  CHECK_EQ(sum.sums[kSumCount], 2);
  CHECK_EQ(sum.sums[kSumDelayMs], 2);
  CHECK_EQ(sum.minima[kDelayUs], 1500);
  CHECK_EQ(sum.minima[kTtl], 60);
  CHECK_EQ(sum.first_us, 10);
  CHECK_EQ(sum.last_us, 20);
  CHECK_EQ(sum.by, "a");
}

TEST_CASE("cells of outcomes, questions and connections without a name are bounded") {
  Window window(0);
  for (uint32_t i = 0; i < Window::kMaxOutcomes + 5; ++i) {
    OutcomeKey key;
    key.detail = i;
    window.add(key, OutcomeNumbers(0));
  }
  CHECK_EQ(window.outcomes().size(), Window::kMaxOutcomes);
  REQUIRE_EQ(window.overflow().size(), 1);
  CHECK_EQ(window.overflow()[0].second, 5);

  OpenWindows windows(60 * kSecondUs);
  const DnsMap dns;
  Outcomes outcomes(&windows, &dns, NetworkList());
  NameMessage message;
  message.query_type = 1;
  message.names = {"a.example"};
  for (uint32_t i = 0; i < Outcomes::kMaxQuestions + 3; ++i) {
    message.message_id = static_cast<uint16_t>(i);
    message.client_port = static_cast<uint16_t>(i >> 16);
    outcomes.add(message, "a.example");
  }
  for (size_t i = 0; i < Outcomes::kMaxNameless + 4; ++i) outcomes.add(Outcome());
  CHECK_EQ(outcomes.overflow, 7);
  outcomes.finish(nullptr);
}

TEST_CASE("texts of addresses") {
  const auto text = [](std::vector<uint8_t> bytes, uint8_t version) {
    bytes.resize(16);
    return Address::of(bytes.data(), version).text();
  };
  CHECK_EQ(text({10, 0, 0, 255}, 4), "10.0.0.255");
  CHECK_EQ(text({}, 6), "::");
  CHECK_EQ(text({0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 6), "2001:db8:0:1::1");
  CHECK_EQ(text({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4}, 6), "::ffff:1.2.3.4");
  CHECK_EQ(text({0x20, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1}, 6), "2001:0:1:0:1:1:1:1");
}

TEST_CASE("texts: encoding, order and length as in JavaScript") {
  const auto readable = [](std::string_view text) {
    return readable_text({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  for (const char* well_formed : {"a", "m\xc3\xbcnchen", "\xe5\xae\xb6", "\xf0\x9f\x98\x80", "\xef\xbf\xbd"}) {
    CHECK_EQ(readable(well_formed), well_formed);
  }
  // A byte of Latin-1; a character that is cut; one that is longer than it has to be; half of a pair; beyond Unicode.
  CHECK_EQ(readable("m\xfcn"), "m\\xfcn");
  CHECK_EQ(readable("\xc3\xbc\xe5\xae"), "\\xc3\\xbc\\xe5\\xae");
  CHECK_EQ(readable("\xc0\xaf"), "\\xc0\\xaf");
  CHECK_EQ(readable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  CHECK_EQ(readable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  CHECK_EQ(lower_case("A\xc3\x89-Z"), "a\xc3\xa9-z");
  CHECK_EQ(utf16_length("a\xc3\xa9\xf0\x9f\x98\x80"), 4);
  // Surrogates stand before the private characters.
  CHECK(text_is_before("\xf0\x9f\x98\x80", "\xee\x80\x80"));
  CHECK(text_is_before("\xed\x9f\xbf", "\xf0\x9f\x98\x80"));
  CHECK(text_is_before("a", "ab"));
}

TEST_CASE("exchanges are kept in coarse steps") {
  Exchange exchange;
  exchange.start_us = kStartUs + 5'678'000;
  exchange.bytes_up = 48'123;
  exchange.bytes_down = 4321;
  exchange.records_down = 23;
  exchange.largest_down = 619;
  exchange.wait_ms = 987;
  const CoarseExchange kept = coarsen(exchange, kStartUs, 0);
  CHECK_EQ(kept.numbers[0], 5600);
  CHECK_EQ(kept.numbers[1], 48'128);
  CHECK_EQ(kept.numbers[2], 4096);
  CHECK_EQ(kept.numbers[4], 16);
  CHECK_EQ(kept.numbers[6], 512);
  CHECK_EQ(kept.numbers[8], 900);
  // A small call stays whole: it tells how a tool begins.
  exchange.bytes_up = 275;
  exchange.bytes_down = 1307;
  exchange.records_down = 1;
  const CoarseExchange small = coarsen(exchange, kStartUs, 0);
  CHECK_EQ(small.numbers[1], 275);
  CHECK_EQ(small.numbers[2], 1307);
  // Before the window: rounded down, then towards its start.
  exchange.start_us = kStartUs - 150'500;
  CHECK_EQ(coarsen(exchange, kStartUs, 0).numbers[0], -100);
}

Address host_of(uint32_t number, uint8_t first = 10) {
  const uint8_t bytes[16] = {first, static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8),
                             static_cast<uint8_t>(number)};
  return Address::of(bytes, 4);
}

TEST_CASE("packed hosts are the same hosts") {
  const auto fill = [](Window* window) {
    for (uint32_t n = 0; n < 300; ++n) {
      Host* host = window->host(host_of(n), kStartUs + n, static_cast<Rank>(n % 4));
      host->add(SeenOfHost{n % 3 == 0 ? 0 : n, n, uint64_t{n} << n % 40, uint64_t{1} << n % 64, n, kStartUs - n,
                           kStartUs + kSecondUs * n, nullptr, 0});
      host->account.add(TrafficClass::kHarmless, uint64_t{n} << 30);
      host->hellos.ech = n;
      host->unlisted_requests = n % 7;
      host->marks.add(static_cast<uint8_t>(n % 5 == 0 ? 0 : 60 + n % 5), static_cast<uint8_t>(n), n);
      if (n % 50 == 0) host->marks.add(128, 1, 3);
      if (n % 30 == 0) host->add_ech_config("outer.example", static_cast<uint8_t>(n));
      if (n % 11 == 0) host->add(UnseenSums{Unseen::kTunnel, AppHint::kUnknown, n, n, kStartUs, kStartUs + n});
      // Of hidden traffic, with and without the name of its destination.
      if (n % 13 == 0) {
        const Address to = host_of(n, 203);
        const UnseenSums part{Unseen::kUnnamed, AppHint::kUnknown, n, n + 1, kStartUs - n, kStartUs + n};
        host->add(Accounted{TrafficClass::kHidden, part, &to, n % 26 == 0 ? "resolver.example" : ""});
      }
    }
    uint8_t ip6[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    window->host(Address::of(ip6, 6), kStartUs, kSighted)->packets = 7;
  };
  const auto image_of = [](const Window& window) {
    ImageTexts texts;
    const WindowImage image(window, &texts);
    std::vector<uint8_t> bytes(image.size());
    image.copy_to(bytes.data());
    return bytes;
  };
  const auto marks_of = [](const Window& window) {
    std::vector<uint64_t> marks;
    for (const Host* host : window.hosts()) {
      marks.insert(marks.end(), {host->address.words[0], host->rank, host->marks.seen});
      host->marks.ttls.each([&](const TtlCount& one) { marks.insert(marks.end(), {one.ttl, one.flows}); });
    }
    return marks;
  };
  Window loose(kStartUs);
  Window packed(kStartUs);
  fill(&loose);
  fill(&packed);
  // Looked for since the last call, then no more.
  packed.pack_when_quiet();
  CHECK_FALSE(packed.is_packed());
  packed.pack_when_quiet();
  CHECK(packed.is_packed());
  packed.pack();
  CHECK_EQ(image_of(packed), image_of(loose));
  CHECK_FALSE(packed.is_packed());
  packed.pack();
  CHECK_EQ(marks_of(packed), marks_of(loose));
  packed.pack();
  fill(&packed);
  fill(&loose);
  CHECK_EQ(image_of(packed), image_of(loose));
}

TEST_CASE("windows of a log to which nothing is added are packed at times") {
  OpenWindows windows(60 * kSecondUs);
  for (int64_t minute = 0; minute < 20; ++minute) windows.at(kStartUs + minute * 60 * kSecondUs);
  const auto add_to = [&](int64_t minute) {
    for (int batch = 0; batch < 64; ++batch) {
      windows.at(kStartUs + minute * 60 * kSecondUs).host(host_of(5), kStartUs, kSighted)->packets += 1;
      windows.pack_quiet_of_log();
    }
  };
  add_to(0);
  CHECK_FALSE(windows.at(kStartUs).is_packed());
  add_to(1);
  add_to(1);
  CHECK(windows.at(kStartUs).is_packed());
  CHECK_FALSE(windows.at(kStartUs + 60 * kSecondUs).is_packed());
}

TEST_CASE("windows of a long capture to which nothing is added are packed") {
  OpenWindows windows(60 * kSecondUs);
  const auto add_to = [&](int64_t minute) {
    windows.at(kStartUs + minute * 60 * kSecondUs).host(host_of(5), kStartUs, kSighted)->packets += 1;
    windows.pack_quiet();
  };
  for (int64_t minute = 0; minute < 200; ++minute) add_to(minute);
  CHECK(windows.at(kStartUs).is_packed());
  CHECK_FALSE(windows.at(kStartUs + 199 * 60 * kSecondUs).is_packed());
  add_to(0);
  CHECK_FALSE(windows.at(kStartUs).is_packed());
  uint64_t packets = 0;
  for (const auto& window : windows.take(INT64_MAX / 2)) {
    for (const Host* host : window->hosts()) packets += host->packets;
  }
  CHECK_EQ(packets, 201);
}

TEST_CASE("hosts of the next window begin without what others left in their memory") {
  const auto pool = std::make_shared<HostPool>();
  std::vector<Host*> used;
  {
    Window window(0, pool);
    for (uint32_t n = 0; n < 200; ++n) {
      Host* host = window.host(host_of(n), 5, kSighted);
      host->packets = n + 1;
      host->add_ech_config("outer.example", 7);
      used.push_back(host);
    }
    // All are found again, also behind several growths of the table.
    for (uint32_t n = 0; n < 200; ++n) CHECK(window.host(host_of(n), 9, 0) == used[n]);
  }
  Window next(60 * kSecondUs, pool);
  CHECK(next.hosts().empty());
  for (uint32_t n = 0; n < 200; ++n) {
    const Host* host = next.host(host_of(n, 11), 6, 0);
    CHECK(std::find(used.begin(), used.end(), host) != used.end());
    CHECK_EQ(host->packets, 0);
    CHECK(host->lists == nullptr);
    CHECK_EQ(host->first_us, 6);
  }
  CHECK_EQ(next.hosts().size(), 200);
}

TEST_CASE("a text crosses the border once, until there are too many") {
  ImageTexts texts;
  CHECK_EQ(texts.begin(), 1);
  CHECK_EQ(texts.number_of(""), 0);
  CHECK_EQ(texts.number_of("a.example"), 1);
  CHECK_EQ(texts.of(host_of(7)).number, 2);
  CHECK_EQ(texts.of(host_of(7)).text, "10.0.0.7");
  CHECK_EQ(texts.number_of(Mac{0x02ab}), 3);
  CHECK_EQ(texts.text(), "a.example10.0.0.700:00:00:00:02:ab");
  CHECK_EQ(texts.lengths(), std::vector<double>{9, 8, 17});
  CHECK_EQ(texts.begin(), 4);
  CHECK_EQ(texts.number_of("a.example"), 1);
  CHECK_EQ(texts.of(host_of(7)).number, 2);
  CHECK_EQ(texts.number_of(Mac{0x02ab}), 3);
  CHECK(texts.text().empty());
  CHECK_EQ(texts.number_of("b.example"), 4);
  for (uint32_t n = 0; n < ImageTexts::kMaxTexts; ++n) texts.of(host_of(n, 11));
  CHECK_EQ(texts.begin(), 1);
  CHECK_EQ(texts.number_of("b.example"), 1);
  CHECK_EQ(texts.of(host_of(7)).number, 2);
}

TEST_CASE("a MAC of another host in the same image") {
  ImageTexts texts;
  Host first, second;
  texts.begin();
  CHECK_FALSE(texts.is_of_another(&texts.of(Mac{5}), &first));
  CHECK_FALSE(texts.is_of_another(&texts.of(Mac{5}), &first));
  CHECK(texts.is_of_another(&texts.of(Mac{5}), &second));
  CHECK_FALSE(texts.is_of_another(&texts.of(Mac{6}), &second));
  texts.begin();
  CHECK_FALSE(texts.is_of_another(&texts.of(Mac{5}), &second));
}

TEST_CASE("early slices are found until they expire") {
  EarlySlices slices(60 * kSecondUs);
  Flow flow;
  const auto slice_of = [&](uint64_t id) -> const Flow& {
    flow.id = id;
    flow.flow_first_us = flow.first_us = flow.last_us = kStartUs + static_cast<int64_t>(id) * kSecondUs;
    flow.bytes_up = id;
    return flow;
  };
  for (uint64_t id = 1; id <= 300; ++id) slices.add(slice_of(id));
  for (uint64_t id = 1; id <= 300; id += 3) {
    const FlowPtr taken = slices.take(slice_of(id));
    REQUIRE(taken != nullptr);
    CHECK_EQ(taken->bytes_up, id);
    CHECK(slices.take(flow) == nullptr);
  }
  // Those of the first 100 seconds have no successor any more.
  slices.expire(kStartUs + 100 * kSecondUs + kMaxHelloDelayUs + 60 * kSecondUs);
  for (uint64_t id = 1; id <= 300; ++id) CHECK_EQ(slices.take(slice_of(id)) != nullptr, id > 100 && id % 3 != 1);
  CHECK_EQ(slices.overflow, 0);
  // A place that was given up and taken again is released once.
  for (int round = 0; round < 3; ++round) {
    slices.add(slice_of(5));
    slices.add(slice_of(6));
    CHECK(slices.take(slice_of(5)) != nullptr);
    slices.expire(kStartUs + 1000 * kSecondUs);
    CHECK(slices.take(slice_of(6)) == nullptr);
  }
}

TEST_CASE("the early slice of the first flow of a decoder is one like the others") {
  EarlySlices slices(60 * kSecondUs);
  Flow flow;
  flow.flow_first_us = flow.first_us = flow.last_us = kStartUs;
  flow.bytes_up = 7;
  REQUIRE_EQ(flow.id, 0);
  CHECK(slices.take(flow) == nullptr);
  flow.id = 1;
  slices.add(flow);
  flow.id = 0;
  CHECK(slices.take(flow) == nullptr);
  slices.add(flow);
  const FlowPtr taken = slices.take(flow);
  REQUIRE(taken != nullptr);
  CHECK_EQ(taken->bytes_up, 7);
  CHECK(slices.take(flow) == nullptr);
  flow.id = 1;
  CHECK(slices.take(flow) != nullptr);
  // Nor is any other number that of a free place.
  flow.id = UINT64_MAX;
  CHECK(slices.take(flow) == nullptr);
  slices.expire(kStartUs + 1000 * kSecondUs);
  CHECK_EQ(slices.overflow, 0);
}

TEST_CASE("hosts of a window under a flood of forged ones") {
  Window window(0);
  const Rank sent = rank_of(0, false);
  const Rank answered = rank_of(100, false);
  for (uint32_t n = 0; n < HostRanks::kMaxHosts[sent] + 1000; ++n) window.host(host_of(n), 0, sent);
  CHECK(window.host(host_of(1, 192), 0, sent) == nullptr);
  Host* host = window.host(host_of(1, 192), 0, answered);
  REQUIRE(host != nullptr);
  CHECK_EQ(window.hosts().size(), HostRanks::kMaxHosts[sent] + 1);
  REQUIRE_EQ(window.overflow().size(), 1);
  CHECK_EQ(window.overflow()[0].second, 1001);
  // What was added to it stays when more is known of it.
  host->packets = 3;
  CHECK(window.host(host_of(1, 192), 5, rank_of(100, true)) == host);
  // One of a higher rank takes the place of the oldest of a lower one.
  for (uint32_t n = 0; n < HostRanks::kMaxHosts[answered]; ++n) window.host(host_of(n, 11), 0, answered);
  CHECK(window.host(host_of(1, 12), 0, sent) == nullptr);
  CHECK(window.host(host_of(2, 12), 0, kSighted) != nullptr);
}

FlowPtr hello_flow(uint64_t id, int64_t seconds, Mac mac, uint16_t flags) {
  auto flow = std::make_shared<Flow>();
  flow->id = id;
  flow->hello_hash = 77;
  flow->has_hello_us = true;
  flow->hello_us = kStartUs + seconds * kSecondUs;
  flow->last_us = flow->hello_us + 100 * kSecondUs;
  flow->client = host_of(5);
  flow->server = host_of(7, 203);
  flow->client_mac = mac;
  flow->flags = flags;
  return flow;
}

SameHello outcome_of(const Flow& first, const Flow& second) {
  DuplicateFlows flows;
  flows.note(first);
  flows.note(second);
  return flows.same_hello(second).outcome;
}

TEST_CASE("two flows with one hello") {
  const FlowPtr first = hello_flow(1, 0, 1, kFlowAnswered);
  // At two capture points, at any distance.
  CHECK_EQ(outcome_of(*first, *hello_flow(2, 80'000, 2, kFlowAnswered)), SameHello::kAgain);
  // One machine may have sent both.
  CHECK_EQ(outcome_of(*first, *hello_flow(2, 600, 1, kFlowAnswered)), SameHello::kUnclear);
  CHECK_EQ(outcome_of(*hello_flow(1, 0, 1, kFlowAnswered | kFlowContradicted), *hello_flow(2, 600, 1, kFlowAnswered)),
           SameHello::kRetold);
  // The earlier one is unanswered.
  CHECK_EQ(outcome_of(*hello_flow(1, 0, 1, 0), *hello_flow(2, 600, 2, kFlowAnswered)), SameHello::kCopy);
  // Behind a translated address, within seconds; an old one hides none.
  Flow translated = *hello_flow(2, 5, 2, kFlowAnswered);
  translated.client = host_of(50, 192);
  CHECK_EQ(outcome_of(*first, translated), SameHello::kDuplicate);
  translated.hello_us += 60 * kSecondUs;
  CHECK_EQ(outcome_of(*first, translated), SameHello::kCopy);
  // From a proxy with one address for both legs.
  Flow passed_on = *hello_flow(2, 5, 2, kFlowAnswered);
  passed_on.client = first->server;
  passed_on.server = host_of(60, 203);
  CHECK_EQ(outcome_of(*first, passed_on), SameHello::kDuplicate);
  translated.hello_hash = 78;
  CHECK_EQ(outcome_of(*first, translated), SameHello::kOnly);
}

TEST_CASE("a flood of hellos takes the place of those that are not near, and no more") {
  DuplicateFlows flows;
  Flow flow = *hello_flow(1, 0, 1, kFlowAnswered);
  for (uint64_t n = 1; n <= DuplicateFlows::kMaxDuplicates; ++n) {
    flow.id = flow.hello_hash = n;
    flows.note(flow);
  }
  flow.id = flow.hello_hash = 200'000;
  flow.hello_us = kStartUs + kSecondUs;
  flows.note(flow);
  CHECK_EQ(flows.overflow, 1);
  flow.id = flow.hello_hash = 200'001;
  flow.hello_us = kStartUs + 60 * kSecondUs;
  flows.note(flow);
  CHECK_EQ(flows.overflow, 1);
  flows.expire(flow.hello_us + DuplicateFlows::kKeptUs);
  CHECK_EQ(flows.same_hello(*hello_flow(9, 90, 2, kFlowAnswered)).outcome, SameHello::kOnly);
}

TEST_CASE("a hello is forgotten when its last flow is old, in whatever order hellos come") {
  DuplicateFlows flows;
  const auto note = [&](uint64_t hash, int64_t at_seconds) {
    Flow flow = *hello_flow(1000 * hash + static_cast<uint64_t>(at_seconds), at_seconds, 1, kFlowAnswered);
    flow.hello_hash = hash;
    flows.note(flow);
  };
  const auto is_known = [&](uint64_t hash) {
    Flow flow = *hello_flow(9, 90, 2, kFlowAnswered);
    flow.hello_hash = hash;
    return flows.same_hello(flow).outcome != SameHello::kOnly;
  };
  note(1, 30);
  note(2, 10);
  note(2, 50);
  note(3, 20);
  const auto expire = [&](int64_t before_seconds) {
    flows.expire(kStartUs + before_seconds * kSecondUs);
    return std::vector<bool>{is_known(1), is_known(2), is_known(3)};
  };
  CHECK(expire(20) == std::vector<bool>{true, true, true});
  CHECK(expire(25) == std::vector<bool>{true, true, false});
  CHECK(expire(40) == std::vector<bool>{false, true, false});
  CHECK(expire(51) == std::vector<bool>{false, false, false});
  note(4, 5);
  flows.expire(kStartUs + 6 * kSecondUs);
  CHECK(!is_known(4));
}

TEST_CASE("a destination with a loop has it for two hours, whenever it is looked for what may be forgotten") {
  for (const int64_t pause : {7100, 7300}) {
    for (const bool looks : {false, true}) {
      Names names({}, {}, {});
      names.set_lookup(std::make_unique<FewNames>(), {}, {});
      AgentLoops loops(&names);
      const IdentityPtr at = make_identity(host_of(5), "x.example", NameFrom::kSni, ProxyKind::kNone, nullptr, "");
      const auto add = [&](uint64_t id, int64_t seconds) {
        const auto tracked = std::make_shared<TrackedFlow>();
        tracked->flow_id = id;
        tracked->latest = hello_flow(id, seconds, 1, 0);
        Exchange exchange;
        exchange.flow_id = id;
        exchange.bytes_up = 11'000;
        exchange.start_us = kStartUs + seconds * kSecondUs;
        return loops.add(*at, tracked, exchange, names.lookup().shape_of(exchange), false).size();
      };
      CHECK_EQ(add(1, 1), 0);
      CHECK_EQ(add(2, 4), 0);
      CHECK_EQ(add(3, 8), 3);
      for (const int64_t look : {int64_t{1}, pause / 2, pause - 1}) {
        if (looks) loops.expire(kStartUs + (8 + look) * kSecondUs);
      }
      CHECK_EQ(add(4, 8 + pause), pause < 7200 ? 1 : 0);
    }
  }
}

TEST_CASE("destinations of calls are bounded") {
  Names names({}, {}, {});
  names.set_lookup(std::make_unique<FewNames>(), {}, {});
  AgentLoops loops(&names);
  Exchange exchange;
  exchange.bytes_up = 5000;
  exchange.start_us = kStartUs;
  for (uint32_t n = 0; n < 9000; ++n) {
    auto tracked = std::make_shared<TrackedFlow>();
    auto flow = std::make_shared<Flow>();
    flow->id = tracked->flow_id = n + 1;
    tracked->latest = flow;
    const IdentityPtr at = make_identity(host_of(n), "x.example", NameFrom::kSni, ProxyKind::kNone, nullptr, "");
    CHECK(loops.add(*at, tracked, exchange, names.lookup().shape_of(exchange), false).empty());
  }
  CHECK_EQ(loops.overflow, 9000 - 8192);
}

}  // namespace

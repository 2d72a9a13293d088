// Rows that are summed: values of cells, every prefix of a row, and that a row which is not summed counts nothing.
#include "../../native-bindings/src/logs/summed_rows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../native-bindings/src/logs/cell_values.h"
#include "bytes.h"
#include "summed_log.h"

using namespace wiretally;

namespace {

Span span_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

constexpr int64_t kNone = -1;

struct CellCase {
  std::string_view text;
  int64_t count;
  int64_t seconds_us;
  int64_t time_us;
};

constexpr CellCase kCellCases[] = {
    {"", kNone, kNone, kNone},
    {"0", 0, 0, 0},
    {"007", 7, 7'000'000, 7'000'000},
    {"35184372088832", 35'184'372'088'832, kNone, kNone},
    {"35184372088833", kNone, kNone, kNone},
    {"1.5", kNone, 1'500'000, 1'500'000},
    {"1.", kNone, 1'000'000, 1'000'000},
    {".5", kNone, kNone, kNone},
    {"1.1234567", kNone, 1'123'456, 1'123'456},
    {"1.12x", kNone, kNone, kNone},
    {"-1", kNone, kNone, kNone},
    {"1e3", kNone, kNone, kNone},
    {"1795155743.302660", kNone, 1'795'155'743'302'660, 1'795'155'743'302'660},
    {"17951557433", 17'951'557'433, kNone, kNone},
    {"2026-11-20T06:22:42Z", kNone, kNone, 1'795'155'762'000'000},
    {"2026-11-20 06:22:42,5", kNone, kNone, 1'795'155'762'500'000},
    {"2026-11-20T06:22:42.000001+0130", kNone, kNone, 1'795'150'362'000'001},
    {"2026-11-20T06:22:42-01:00", kNone, kNone, 1'795'159'362'000'000},
    {"2024-02-29T00:00:00Z", kNone, kNone, 1'709'164'800'000'000},
    {"2026-02-29T00:00:00Z", kNone, kNone, kNone},
    {"2026-11-20T24:22:42Z", kNone, kNone, kNone},
    {"2026-11-20T06:22:60Z", kNone, kNone, kNone},
    {"2026-11-20T06:22:42+1", kNone, kNone, kNone},
    {"2026-11-20T06:22:42Zx", kNone, kNone, kNone},
    {"0026-11-20T06:22:42Z", kNone, kNone, kNone},
};

}  // namespace

TEST_CASE("cells in their usual forms have a value, and others have none") {
  for (const CellCase& cell : kCellCases) {
    const std::string_view text = cell.text;
    CAPTURE(text);
    CHECK(parse_plain_count(span_of(text)).value_or(kNone) == cell.count);
    CHECK(parse_plain_seconds(span_of(text)).value_or(kNone) == cell.seconds_us);
    CHECK(parse_plain_time(span_of(text)).value_or(kNone) == cell.time_us);
    const bytes::Bytes all(text.begin(), text.end());
    for (size_t size = 0; size < all.size(); ++size) {
      const bytes::Prefix prefix(all, size);
      parse_plain_count(prefix.span());
      parse_plain_time(prefix.span());
    }
  }
}

TEST_CASE("an address of IPv4 has one form") {
  uint32_t number = 0;
  CHECK(parse_ip4(span_of("203.0.113.7"), &number));
  CHECK(number == 0xcb007107);
  for (const std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1..3.4", "1.2.3.4 ", "::1.2.3.4"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip4(span_of(text), &number));
  }
}

TEST_CASE("texts are known until there are too many") {
  KnownTexts texts;
  KnownIp4 addresses;
  CHECK(texts.find(TextKind::kService, span_of("ssl")) == nullptr);
  for (uint32_t i = 0; i < 5000; ++i) {
    const std::string text = "2001:db8::" + std::to_string(i);
    texts.set(TextKind::kAddress, span_of(text), {i, 0, 0, 0});
    addresses.set({1, static_cast<int32_t>(i), i * 0x10001, 0});
  }
  for (uint32_t i = 0; i < 5000; ++i) {
    const std::string text = "2001:db8::" + std::to_string(i);
    const KnownText* found = texts.find(TextKind::kAddress, span_of(text));
    REQUIRE(found != nullptr);
    CHECK(found->flags == i);
    CHECK(texts.find(TextKind::kService, span_of(text)) == nullptr);
    REQUIRE(addresses.find(i * 0x10001) != nullptr);
    CHECK(addresses.find(i * 0x10001)->host == static_cast<int32_t>(i));
  }
  CHECK(addresses.find(5) == nullptr);
  texts.clear();
  CHECK(texts.find(TextKind::kAddress, span_of("2001:db8::1")) == nullptr);
}

TEST_CASE("flows, names and questions are summed up to the first row that is none of them") {
  summed_log::Log log;
  CHECK(log.take(summed_log::kLines).count == 3);
  CHECK(log.totals[kFlows] == 1);
  CHECK(log.totals[kBytes] == 11);
  CHECK(log.totals[kHellos] == 1);
  CHECK(log.count[0] == 1);
  CHECK(log.numbers[2] == 7);
  CHECK(log.named_count[0] == 1);
}

TEST_CASE("a row behind zero bytes is left to JavaScript") {
  const std::string lines(summed_log::kLines);
  const size_t second = lines.find('\n') + 1;
  const std::string damaged = lines.substr(0, second) + std::string(64, '\0') + lines.substr(second);
  summed_log::Log log;
  CHECK(log.take(damaged).count == 1);
}

TEST_CASE("a prefix has as many rows as it has whole lines") {
  const std::string_view text = summed_log::kLines;
  const bytes::Bytes all(text.begin(), text.end());
  for (size_t size = 0; size <= all.size(); ++size) {
    const bytes::Prefix prefix(all, size);
    summed_log::Log log;
    const TakenRows taken = log.take_span(prefix.span());
    CHECK(taken.count ==
          std::min<size_t>(3, static_cast<size_t>(
                                  std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size), '\n'))));
    CHECK(taken.end <= size);
    CHECK(taken.need_start <= taken.need_end);
    CHECK(taken.need_end <= size);
  }
}

TEST_CASE("a row that JavaScript must answer for counts nothing") {
  summed_log::Log log;
  log.rows.forget();
  const TakenRows taken = log.take(summed_log::kLines);
  CHECK(taken.count == 0);
  CHECK(taken.need == Need::kKind);
  CHECK(taken.need_end - taken.need_start == 4);
  CHECK(log.count[0] == 0);
  CHECK(log.totals[kFlows] == 0);
}

TEST_CASE("the networks tell of a server that no row had") {
  const auto row_to = [](const std::string& server) {
    return "{\"k\":\"flow\",\"t\":1795155742.5,\"d\":1.5,\"i\":\"C1\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"" + server +
           "\",\"q\":80,\"x\":\"tcp\",\"v\":\"http\",\"u\":5,\"w\":6,\"g\":7}\n";
  };
  summed_log::Log log;
  log.learn(TextKind::kService, "http", {0, -1, 0, 0});
  CHECK(log.take(row_to("203.0.113.9")).need == Need::kServer);
  NetworkList local;
  NetworkList vendors;
  std::string error;
  REQUIRE(local.parse({"10.0.0.0/8"}, &error));
  REQUIRE(vendors.parse({"198.51.100.0/24", "2001:db8::/32"}, &error));
  log.rows.set_networks(local, vendors);
  CHECK(log.take(row_to("203.0.113.9")).count == 1);
  CHECK(log.take(row_to("10.0.0.77")).count == 1);
  const TakenRows of_vendor = log.take(row_to("198.51.100.3"));
  CHECK(of_vendor.count == 0);
  CHECK(of_vendor.need == Need::kNothing);
  CHECK(log.take(row_to("2001:db8::3")).need == Need::kServer);
  CHECK(log.totals[kFlows] == 2);
  // JavaScript has learnt the client; many servers after it do not remove it from the table.
  for (int i = 0; i < 3000; ++i) {
    CHECK(log.take(row_to("203.0." + std::to_string(i / 250) + "." + std::to_string(i % 250))).count == 1);
  }
  CHECK(log.count[0] == 1);
  CHECK(log.numbers[5] == 3002);
}

TEST_CASE("sums of hosts with addresses of IPv4 become records of totals") {
  summed_log::Log log;
  CHECK(log.take(summed_log::kLines).count == 3);
  REQUIRE(log.count[0] == 1);
  std::vector<uint8_t> batch(EventWriter::kMinBatchBytes);
  CHECK(log.rows.write_sums(0, batch.data(), batch.size()) == 0);
  log.addresses[0] = 0x0a000001;
  const size_t length = log.rows.write_sums(0, batch.data(), batch.size());
  REQUIRE(length == sizeof(BatchHeader) + sizeof(HostTotalsRecord));
  HostTotalsRecord totals{};
  std::memcpy(&totals, batch.data() + sizeof(BatchHeader), sizeof totals);
  CHECK(totals.header.type == static_cast<uint16_t>(RecordType::kHostTotals));
  CHECK(totals.header.flags == 0);
  CHECK(totals.first_ns == 1'795'155'742'500'000'000);
  CHECK(totals.last_ns == 1'795'155'744'000'000'000);
  CHECK(totals.packets == 7);
  CHECK(totals.bytes_up == 5);
  CHECK(totals.bytes_down == 6);
  CHECK(totals.flows == 1);
  CHECK(totals.hellos_complete == 1);
  CHECK(totals.address[0] == 10);
  CHECK(totals.address[3] == 1);
  log.numbers[7] = 1;
  CHECK(log.rows.write_sums(0, batch.data(), batch.size()) == length);
  std::memcpy(&totals, batch.data() + sizeof(BatchHeader), sizeof totals);
  CHECK(totals.header.flags == kUnsizedKind);
  CHECK(log.rows.write_sums(1, batch.data(), batch.size()) == 0);
  log.has_mac[0] = 1;
  CHECK(log.rows.write_sums(0, batch.data(), batch.size()) == 0);
  log.has_mac[0] = 0;
  log.hosts[0] = -1;
  CHECK(log.rows.write_sums(0, batch.data(), batch.size()) == 0);
}

TEST_CASE("a name that is not on the list needs no question") {
  const auto row_with = [](const std::string& name) {
    return "{\"k\":\"question\",\"t\":1795155742.5,\"i\":\"C2\",\"c\":\"10.0.0.1\",\"s\":\"192.0.2.7\",\"n\":\"" +
           name + "\"}\n";
  };
  summed_log::Log log;
  CHECK(log.take(row_with("b.example")).need == Need::kName);
  log.rows.set_listed(std::make_shared<const Watchlist>(std::vector<std::string>{".listed.example"},
                                                        std::vector<std::string>(), std::vector<std::string>()));
  CHECK(log.take(row_with("B-1_c.example.")).count == 1);
  for (const char* name : {"listed.example", "API.Listed.Example", "api.listed.example.", "x\\x2elisted.example",
                           " b.example", "b.ex\xc3\xa4mple", "b.example:443"}) {
    const TakenRows taken = log.take(row_with(name));
    CHECK(taken.count == 0);
    CHECK((taken.need == Need::kName || taken.need == Need::kNothing));
  }
}

TEST_CASE("rows that JavaScript keeps are not those that wait here") {
  const std::string lines(summed_log::kLines);
  const std::string name = lines.substr(0, lines.find('\n') + 1);
  summed_log::Log log;
  std::fill(log.waiting.begin(), log.waiting.end(), -1);
  log.waiting_counts = {1, 1};
  CHECK(log.take(name).count == 1);
  std::fill(log.readers.begin(), log.readers.end(), -1);
  CHECK(log.take(name).count == 0);
  log.waiting_counts[0] = 0;
  CHECK(log.take(name).count == 1);
}

TEST_CASE("a flow waits for the row with its name, and is summed once it came or will not") {
  constexpr std::string_view kService = "\"v\":\"ssl\"";
  const std::string lines(summed_log::kLines);
  const size_t flow_at = lines.find('\n') + 1;
  const std::string name = lines.substr(0, flow_at);
  const std::string flow = lines.substr(flow_at, lines.find('\n', flow_at) + 1 - flow_at);
  REQUIRE(flow.find(kService) != std::string::npos);
  const std::string key = "C1 10.0.0.1 1 192.0.2.7 443";
  summed_log::Log log;
  log.learn(TextKind::kService, "ssl", {kIsNaming | kIsHello | kMayWait | kMayHideName, -1, 0, 0});
  CHECK(log.take(flow).count == 1);
  CHECK(log.rows.is_waiting(key));
  CHECK(log.waiting_counts[1] == 1);
  CHECK(log.totals[kFlows] == 0);
  CHECK(log.take(name).count == 1);
  CHECK_FALSE(log.rows.is_waiting(key));
  CHECK(log.waiting_counts[1] == 0);
  CHECK(log.totals[kBytes] == 11);
  CHECK(log.numbers[2] == 7);

  summed_log::Log other;
  other.learn(TextKind::kService, "ssl", {kIsNaming | kIsHello | kMayWait | kMayHideName, -1, 0, 0});
  CHECK(other.take(flow).count == 1);
  CHECK(other.rows.sum_waiting({0, true, true, false, true, 0}, 256).empty());
  CHECK(other.waiting_counts[1] == 0);
  CHECK(other.totals[kBytes] == 11);
  CHECK(other.rows.take_hidden() > 0);
  CHECK(other.take(flow).count == 1);
  other.rows.forget();
  CHECK(other.rows.sum_waiting({0, true, true, false, true, 0}, 256).size() == 1);
  CHECK(other.take(flow).count == 0);
  CHECK(other.rows.take_waiting(key).empty());
}

TEST_CASE("a flow whose requests no log contains is hidden, once its reader knows that") {
  constexpr std::string_view kFlow =
      "{\"k\":\"flow\",\"t\":1795155742.5,\"d\":1.5,\"i\":\"C9\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"192.0.2.7\",\"q\":"
      "80,"
      "\"x\":\"tcp\",\"v\":\"http\",\"u\":5,\"w\":6,\"g\":7}\n";
  summed_log::Log log;
  log.learn(TextKind::kService, "http", {kMayWait | kHasRequests, -1, 0, 0});
  const auto others_of = [&](bool has_requests, bool may_lack_requests) {
    CHECK(log.take(kFlow).count == 1);
    return log.rows.sum_waiting({0, true, true, false, true, has_requests, may_lack_requests, 0}, 256).size();
  };
  CHECK(others_of(false, false) == 1);
  CHECK(log.totals[kBytes] == 0);
  CHECK(others_of(false, true) == 0);
  CHECK(log.totals[kBytes] == 11);
  CHECK(log.rows.take_hidden() > 0);
  CHECK(log.count[0] == 0);
  CHECK(others_of(true, false) == 0);
  CHECK(log.totals[kBytes] == 22);
  CHECK(log.rows.take_hidden() == 0);
  CHECK(log.count[0] == 1);
}

TEST_CASE("a flow without the row of its name is hidden, once no further row may wait") {
  summed_log::Log log;
  constexpr std::string_view kFlow =
      "{\"k\":\"flow\",\"t\":1795155742.5,\"d\":1.5,\"i\":\"C9\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"192.0.2.7\",\"q\":"
      "443,"
      "\"x\":\"tcp\",\"v\":\"ssl\",\"u\":5,\"w\":6,\"g\":7}\n";
  log.learn(TextKind::kService, "ssl", {kIsNaming | kIsHello | kMayWait | kMayHideName, -1, 0, 0});
  log.waiting_counts[0] = WaitingRows::kMaxRows;
  const size_t most = (log.hidden.size() - 8 * 1024 - sizeof(BatchHeader)) / sizeof(HostTotalsRecord);
  for (size_t i = 0; i < most; ++i) CHECK(log.take(kFlow).count == 1);
  CHECK(log.totals[kBytes] == 11.0 * static_cast<double>(most));
  CHECK(log.count[0] == 0);
  CHECK(std::count_if(log.beyond.begin(), log.beyond.end(), [](int32_t hash) { return hash != 0; }) == 1);
  while (log.take(kFlow).count == 1) {
  }
  CHECK(log.take(kFlow).need == Need::kRoom);
  const size_t length = log.rows.take_hidden();
  CHECK(length <= log.hidden.size());
  HostTotalsRecord totals;
  std::memcpy(&totals, log.hidden.data() + sizeof(BatchHeader), sizeof totals);
  CHECK(totals.header.flags == kUnnamedKind);
  CHECK(totals.bytes_up == 5);
  CHECK(totals.address[0] == 10);
  CHECK(totals.peer[0] == 192);
  CHECK(totals.peer[3] == 7);
  CHECK(log.rows.take_hidden() == 0);
  CHECK(log.take(kFlow).count == 1);
}

TEST_CASE("a request names its session, and both are summed up to the first with a listed name") {
  summed_log::Log log;
  CHECK(log.take_gateway(span_of(summed_log::kGatewayLines)).count == 2);
  CHECK(log.totals[kFlows] == 1);
  CHECK(log.totals[kBytes] == 11);
  CHECK(log.totals[kLastUs] == 1'795'155'763'000'000.0);
  CHECK(log.numbers[2] == 7);
  CHECK(log.request_count[0] == 1);
  CHECK(log.request_hashes[0] != 0);
  CHECK(log.request_hosts[0] == 0);
  // Without its request, a session may wait.
  const std::string_view session = summed_log::kGatewayLines.substr(summed_log::kGatewayLines.find('\n') + 1);
  summed_log::Log other;
  CHECK(other.take_gateway(span_of(session)).count == 0);
  CHECK(other.count[0] == 0);
  CHECK(other.request_count[0] == 0);
  // JavaScript makes room first.
  summed_log::Log full;
  full.request_count[0] = static_cast<int32_t>(full.request_hashes.size());
  CHECK(full.take_gateway(span_of(summed_log::kGatewayLines)).count == 0);
}

TEST_CASE("a session waits for its request, which the reader reads, and is hidden without one") {
  summed_log::Log log;
  log.keep_sessions();
  CHECK(log.take_gateway(span_of(summed_log::kGatewaySession)).count == 1);
  CHECK(log.totals[kFlows] == 0);
  CHECK(log.next[0] == 1);
  const auto hash = static_cast<uint32_t>(log.session_hashes[0]);
  CHECK(log.rows.find_session(hash) == 0);
  CHECK(log.rows.read_session(0).find("192.0.2.7") != std::string::npos);
  CHECK(log.rows.sum_sessions());
  CHECK(log.totals[kFlows] == 1);
  CHECK(log.totals[kBytes] == 11'000);
  CHECK(log.count[0] == 0);
  CHECK(log.rows.take_hidden() > 0);
  CHECK(log.rows.find_session(hash) == -1);
  CHECK(log.owners[0] == SessionPlaces::kFree);
}

TEST_CASE("a session that waits makes room for the next one in its place, unless the reader keeps that place") {
  const std::string session(summed_log::kGatewaySession.substr(0, summed_log::kGatewaySession.find('\n') + 1));
  std::string other = session;
  other.replace(other.find("4000"), 4, "4001");
  summed_log::Log log;
  log.keep_sessions();
  CHECK(log.take_gateway(span_of(session)).count == 1);
  log.next[0] = 0;
  CHECK(log.take_gateway(span_of(other)).count == 1);
  CHECK(log.totals[kFlows] == 1);
  CHECK(std::count(log.gone.begin(), log.gone.end(), 0) == static_cast<std::ptrdiff_t>(log.gone.size()) - 1);
  log.next[0] = 0;
  log.owners[0] = SessionPlaces::kReader;
  CHECK(log.take_gateway(span_of(session)).count == 0);
}

TEST_CASE("a question for a name that is not listed counts nothing, and every prefix of its row is for the reader") {
  const std::string_view text = summed_log::kGatewayQuestions;
  summed_log::Log log;
  const TakenRows taken = log.take_gateway(span_of(text));
  CHECK(taken.count == 1);
  CHECK(taken.need == Need::kName);
  CHECK(text.substr(taken.need_start, taken.need_end - taken.need_start) == "listed.example");
  CHECK(log.count[0] == 0);
  CHECK(log.totals[kFlows] == 0);
  const bytes::Bytes all(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find('\n')));
  for (size_t size = 0; size <= all.size(); ++size) {
    std::string line(text.substr(0, size));
    line += '\n';
    const bytes::Bytes cut(line.begin(), line.end());
    summed_log::Log other;
    CHECK(other.take_gateway(bytes::Prefix(cut, cut.size()).span()).count == (size == all.size() ? 1 : 0));
  }
}

TEST_CASE("every prefix of rows of a gateway has as many rows as it has whole lines") {
  const std::string_view text = summed_log::kGatewayLines;
  const bytes::Bytes all(text.begin(), text.end());
  for (size_t size = 0; size <= all.size(); ++size) {
    const bytes::Prefix prefix(all, size);
    summed_log::Log log;
    const TakenRows taken = log.take_gateway(prefix.span());
    const auto whole = std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size), '\n');
    CHECK(taken.count == std::min<size_t>(2, static_cast<size_t>(whole)));
    CHECK(taken.end <= size);
    CHECK(taken.need_start <= taken.need_end);
    CHECK(taken.need_end <= size);
  }
}

TEST_CASE("a time as a number has any unit") {
  CHECK(parse_number_time(span_of("1795155743.30266")).value_or(kNone) == 1'795'155'743'302'660);
  CHECK(parse_number_time(span_of("1795155743302")).value_or(kNone) == 1'795'155'743'302'000);
  CHECK(parse_number_time(span_of("1795155743302660")).value_or(kNone) == 1'795'155'743'302'660);
  CHECK(parse_number_time(span_of("1795155743302660123")).value_or(kNone) == 1'795'155'743'302'660);
  for (const std::string_view text : {"", "0", ".5", "1.2.3", "-1", "1e9", "99999999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number_time(span_of(text)).has_value());
  }
}

TEST_CASE("the host of a target, and of every prefix of it") {
  struct HostCase {
    std::string_view target;
    std::string_view host;
    bool is_address;
    bool is_pattern;
  };
  constexpr HostCase kCases[] = {
      {"", "", false, false},
      {"a.example", "a.example", false, false},
      {"a.example:443", "a.example", false, false},
      {"https://u:p@a.example:8443/x?y#z", "a.example", false, false},
      {"https://a.example?u@b", "a.example", false, false},
      {"192.0.2.7:443", "192.0.2.7", true, false},
      {"[2001:db8::7]:443", "2001:db8::7", true, false},
      {"2001:db8::7", "2001", true, false},
      {"*.example.com", "*.example.com", false, true},
      {"/x", "", false, false},
      {"://", "", false, false},
  };
  for (const HostCase& one : kCases) {
    const std::string_view target = one.target;
    CAPTURE(target);
    const HostPlace found = find_host(span_of(target));
    CHECK(std::string_view(reinterpret_cast<const char*>(found.host.data), found.host.size) == one.host);
    CHECK(found.is_address == one.is_address);
    CHECK(found.is_pattern == one.is_pattern);
    const bytes::Bytes all(target.begin(), target.end());
    for (size_t size = 0; size < all.size(); ++size) {
      const bytes::Prefix prefix(all, size);
      CHECK(find_host(prefix.span()).host.size <= size);
    }
  }
}

TEST_CASE("a clock is read once for each minute, in every form") {
  ClockTimes clocks;
  int64_t us = 0;
  const auto find = [&](std::string_view clock, std::string_view zone = "") {
    return clocks.find(1, {span_of(clock), {}, span_of(zone)}, &us);
  };
  constexpr int64_t kMinute = 1'795'155'720'000'000;
  CHECK(find("Fri Nov 20 06:22:42 2026") == ClockAnswer::kUnknown);
  clocks.learn(kMinute + 42'000'000);
  CHECK(find("Fri Nov 20 06:22:59 2026") == ClockAnswer::kTime);
  CHECK(us == kMinute + 59'000'000);
  CHECK(find("Fri Nov 20 06:22:59.000123 2026") == ClockAnswer::kTime);
  CHECK(us == kMinute + 59'000'123);
  CHECK(find("Fri Nov 20 06:22:59,1234567 2026") == ClockAnswer::kTime);
  CHECK(us == kMinute + 59'123'456);
  CHECK(find("Fri Nov 20 06:23:00 2026") == ClockAnswer::kUnknown);
  CHECK(find("Fri Nov 20 06:22:42 2026", "CET") == ClockAnswer::kUnknown);
  clocks.learn(0);
  CHECK(find("Fri Nov 20 06:22:43 2026", "CET") == ClockAnswer::kNone);
  for (const std::string_view text :
       {"", ":00:00", "06:22:60", "06:22:4", "06:22:422", "06:22:42.", "06:22:42.1234567890"}) {
    CAPTURE(text);
    CHECK(find(text) == ClockAnswer::kNone);
  }
  constexpr std::string_view kText = "06:22:42.123Z";
  const bytes::Bytes all(kText.begin(), kText.end());
  for (size_t size = 0; size < all.size(); ++size) {
    const bytes::Prefix prefix(all, size);
    clocks.find(2, {prefix.span(), prefix.span(), prefix.span()}, &us);
    clocks.learn(kMinute);
  }
}

TEST_CASE("minutes that alternate are rarely read twice") {
  ClockTimes clocks;
  int64_t us = 0;
  int unknown = 0;
  for (int round = 0; round < 10; ++round) {
    for (int minute = 0; minute < 60; ++minute) {
      const std::string clock = "2026/11/16 08:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":07";
      for (const uint8_t kind : {uint8_t{1}, uint8_t{2}}) {
        if (clocks.find(kind, {span_of(clock), {}, {}}, &us) != ClockAnswer::kUnknown) continue;
        clocks.learn(1'795'155'720'000'000);
        ++unknown;
      }
    }
  }
  CHECK(unknown >= 120);
  CHECK(unknown < 240);
}

TEST_CASE("columns by the kind of a line, and of every prefix of it") {
  std::array<int32_t, 2> starts{};
  std::array<int32_t, 2> ends{};
  std::array<uint8_t, 2> written{};
  FieldScanner scanner({starts.data(), ends.data(), written.data(), 2}, false);
  const std::vector<ColumnForm> forms{{2, {"END", "START"}, {0, -1, -1, 1}}, {1, {"URL"}, {1, -1, 0, -1}}};
  constexpr std::string_view kLines[] = {"a,\"b,c\", \"END\",d", "a,URL,b,c", "a,START,ENDS,d"};
  constexpr std::string_view kFirst[] = {"a", "b", ""};
  for (size_t i = 0; i < 3; ++i) {
    written = {};
    const LineFault fault = scanner.columns(span_of(kLines[i]), 0, ',', forms, false);
    CHECK((fault == LineFault::kNone) == (i < 2));
    const std::string_view first = written[0] == 0 ? ""
                                                   : kLines[i].substr(static_cast<size_t>(starts[0]),
                                                                      static_cast<size_t>(ends[0] - starts[0]));
    CHECK(first == kFirst[i]);
    const bytes::Bytes all(kLines[i].begin(), kLines[i].end());
    for (size_t size = 0; size < all.size(); ++size) {
      const bytes::Prefix prefix(all, size);
      scanner.columns(prefix.span(), 0, ',', forms, true);
    }
  }
}

// A log whose rows are summed, with the tables that JavaScript shares.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../../native-bindings/src/logs/summed_rows.h"

namespace summed_log {

using namespace wiretally;

// A name, its flow and a question, then a listed name.
inline constexpr std::string_view kLines =
    "{\"k\":\"name\",\"t\":1795155742.5,\"i\":\"C1\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"192.0.2.7\",\"q\":443,\"n\":"
    "\"a.example\"}\n"
    "{\"k\":\"flow\",\"t\":1795155742.5,\"d\":1.5,\"i\":\"C1\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"192.0.2.7\",\"q\":"
    "443,\"x\":\"tcp\","
    "\"v\":\"ssl\",\"u\":5,\"w\":6,\"g\":7}\r\n"
    "{\"k\":\"question\",\"t\":1795155742.5,\"i\":\"C2\",\"c\":\"10.0.0.1\",\"s\":\"192.0.2.7\",\"n\":\"a.example\","
    "\"a\":[\"a.example\"]}\n"
    "{\"k\":\"name\",\"t\":1795155742.5,\"i\":\"C3\",\"c\":\"10.0.0.1\",\"p\":1,\"s\":\"192.0.2.7\",\"q\":443,\"n\":"
    "\"listed.example\"}\n";

// Questions of a gateway: the second is for a listed name.
inline constexpr std::string_view kGatewayQuestions =
    "{\"t\":\"2026/11/20 06:22:42\",\"c\":\"10.0.0.1\",\"k\":\"question\",\"x\":\"a.example\"}\n"
    "{\"t\":\"2026/11/20 06:22:43\",\"c\":\"10.0.0.1\",\"k\":\"question\",\"x\":\"listed.example\"}\n";

// A request and a session of a gateway, then a session whose server is listed.
inline constexpr std::string_view kGatewayLines =
    "{\"t\":\"2026/11/20 06:22:42.5\",\"i\":\"7\",\"c\":\"10.0.0.1\",\"p\":4000,\"s\":\"192.0.2.7\",\"q\":443,\"k\":"
    "\"request\",\"a\":\"https://a.example/x\"}\n"
    "{\"t\":\"2026/11/20 06:22:43\",\"i\":\"7\",\"c\":\"10.0.0.1\",\"p\":4000,\"s\":\"192.0.2.7\",\"q\":443,\"k\":"
    "\"session\",\"v\":\"ssl\",\"u\":5,\"w\":6,\"g\":7}\r\n"
    "{\"t\":\"2026/11/20 06:22:43\",\"i\":\"8\",\"c\":\"10.0.0.1\",\"p\":4001,\"s\":\"192.0.2.8\",\"q\":443,\"k\":"
    "\"session\",\"v\":\"ssl\",\"n\":\"listed.example\"}\n";

// A session of a gateway, then its request.
inline constexpr std::string_view kGatewaySession =
    "{\"t\":\"2026/11/20 06:22:43\",\"i\":\"7\",\"c\":\"10.0.0.1\",\"p\":4000,\"s\":\"192.0.2.7\",\"q\":443,\"k\":"
    "\"session\",\"v\":\"ssl\",\"u\":5000,\"w\":6000,\"g\":7}\n"
    "{\"t\":\"2026/11/20 06:22:43\",\"i\":\"7\",\"c\":\"10.0.0.1\",\"p\":4000,\"s\":\"192.0.2.7\",\"q\":443,\"k\":"
    "\"request\",\"a\":\"https://a.example/x\"}\n";

struct Log {
  static constexpr size_t kFields = 15;
  static constexpr int64_t kWindowUs = 900'000'000;

  std::vector<int32_t> places = std::vector<int32_t>(HostSumColumns::kPlaces);
  std::vector<double> windows = std::vector<double>(HostSumColumns::kMaxSums);
  std::vector<int32_t> hosts = std::vector<int32_t>(HostSumColumns::kMaxSums);
  std::vector<uint8_t> has_mac = std::vector<uint8_t>(HostSumColumns::kMaxSums);
  std::vector<double> numbers = std::vector<double>(HostSumColumns::kMaxSums * HostSumColumns::kWidth);
  std::array<int32_t, 1> count{};
  std::vector<uint32_t> addresses = std::vector<uint32_t>(HostSumColumns::kMaxHosts);
  std::array<double, kTotals> totals{};
  std::vector<int32_t> bits = std::vector<int32_t>(ConnectionTables::kBits);
  std::vector<int32_t> recent = std::vector<int32_t>(ConnectionTables::kRecent);
  std::vector<int32_t> beyond = std::vector<int32_t>(ConnectionTables::kRecent);
  std::vector<int32_t> waiting = std::vector<int32_t>(ConnectionTables::kBits);
  std::vector<int32_t> readers = std::vector<int32_t>(ConnectionTables::kBits);
  std::array<int32_t, 2> waiting_counts{};
  std::vector<uint8_t> hidden = std::vector<uint8_t>(EventWriter::kMinBatchBytes);
  std::vector<int32_t> named = std::vector<int32_t>(64);
  std::array<int32_t, 1> named_count{};
  std::vector<int32_t> unlisted = std::vector<int32_t>(2 * UnlistedNames::kPlaces);
  std::array<int32_t, 64> request_hashes{};
  std::array<int32_t, 64> request_hosts{};
  std::array<double, 64> request_times{};
  std::array<int32_t, 1> request_count{};
  std::array<int32_t, 1> next{};
  std::vector<int32_t> session_hashes = std::vector<int32_t>(SessionPlaces::kPlaces);
  std::vector<uint8_t> owners = std::vector<uint8_t>(SessionPlaces::kPlaces);
  std::vector<int32_t> gone = std::vector<int32_t>(ConnectionTables::kRecent);
  std::array<int32_t, kFields> starts{};
  std::array<int32_t, kFields> ends{};
  std::array<uint8_t, kFields> written{};
  SummedRows rows{{places.data(), windows.data(), hosts.data(), has_mac.data(), numbers.data(), count.data(),
                   addresses.data()},
                  totals.data(),
                  kWindowUs};
  FieldScanner scanner{field_places(), false};

  Log() {
    // In the order of the fields.
    constexpr std::string_view kNames = "ktdicpsqxvuwgna";
    for (size_t field = 0; field < kFields; ++field) scanner.add_name(kNames.substr(field, 1), field, 0);
    RowForm form;
    form.fields.fill(-1);
    const auto set = [&form](Cell cell, int16_t field) { form.fields[static_cast<size_t>(cell)] = field; };
    set(Cell::kKind, 0);
    set(Cell::kId, 3);
    set(Cell::kClient, 4);
    set(Cell::kClientPort, 5);
    set(Cell::kServer, 6);
    set(Cell::kServerPort, 7);
    set(Cell::kName, 13);
    set(Cell::kAnswers, 14);
    form.kind = RowKind::kFlow;
    RowForm flow = form;
    set(Cell::kWritten, 1);
    RowForm name = form;
    name.kind = RowKind::kName;
    RowForm question = form;
    question.kind = RowKind::kQuestion;
    const std::array<std::pair<Cell, int16_t>, 7> others{{{Cell::kStart, 1},
                                                          {Cell::kDuration, 2},
                                                          {Cell::kTransport, 8},
                                                          {Cell::kService, 9},
                                                          {Cell::kBytesUp, 10},
                                                          {Cell::kBytesDown, 11},
                                                          {Cell::kPacketsUp, 12}}};
    for (const auto& [cell, field] : others) flow.fields[static_cast<size_t>(cell)] = field;
    RowForm gateway = form;
    gateway.kind = RowKind::kGateway;
    const std::array<std::pair<Cell, int16_t>, 8> cells{{{Cell::kKind, -1},
                                                         {Cell::kAnswers, -1},
                                                         {Cell::kQuestion, 8},
                                                         {Cell::kClock, 2},
                                                         {Cell::kUrl, 14},
                                                         {Cell::kBytesUp, 10},
                                                         {Cell::kBytesDown, 11},
                                                         {Cell::kPacketsUp, 12}}};
    for (const auto& [cell, field] : cells) gateway.fields[static_cast<size_t>(cell)] = field;
    rows.set_forms({flow, name, question, gateway});
    rows.set_gateway({true, false, true, {0, 8, 9}});
    rows.set_requests({request_hashes.data(), request_hosts.data(), request_times.data(), request_count.data(),
                       request_hashes.size()});
    rows.set_max_id(64);
    rows.set_tables({bits.data(), bits.data(), waiting.data(), readers.data(), waiting_counts.data(), beyond.data(),
                     recent.data(), named.data(), named.size(), named_count.data()});
    rows.set_hidden(hidden.data(), hidden.size());
    rows.set_unlisted({unlisted.data()});
    learn(TextKind::kKind, "flow", {1, -1, 0, 0});
    learn(TextKind::kKind, "name", {2, -1, 0, 0});
    learn(TextKind::kKind, "question", {3, -1, 0, 0});
    learn(TextKind::kTransport, "tcp", {kIsTcp, -1, 0, 0});
    learn(TextKind::kService, "ssl", {kIsNaming | kIsHello | kMayHideName, -1, 0, 0});
    learn(TextKind::kAddress, "10.0.0.1", {kIsAddress | kIsLocal, 0, 0x0a000001, 0});
    learn(TextKind::kAddress, "192.0.2.7", {kIsAddress, -1, 0xc0000207, 0});
    rows.open_window(1'795'155'742'500'000 / kWindowUs);
    set_unlisted("a.example");
  }

  void keep_sessions() { rows.set_sessions({next.data(), session_hashes.data(), owners.data(), gone.data()}); }

  void learn(TextKind kind, std::string_view text, const KnownText& known) {
    rows.learn(kind, {reinterpret_cast<const uint8_t*>(text.data()), text.size()}, known);
  }

  // As src/reading/logs/listed-names.ts does.
  void set_unlisted(std::string_view name) {
    uint32_t first = 0x811c9dc5;
    auto second = static_cast<uint32_t>(name.size());
    for (const char letter : name) {
      first = (first ^ static_cast<uint8_t>(letter)) * 0x01000193;
      second = ((second ^ static_cast<uint8_t>(letter)) * 0x85ebca6b) ^ (second >> 13);
    }
    const size_t place = 2 * size_t{(first ^ (first >> 15)) & (UnlistedNames::kPlaces - 1)};
    unlisted[place] = static_cast<int32_t>(first);
    unlisted[place + 1] = static_cast<int32_t>(second);
  }

  FieldPlaces field_places() { return {starts.data(), ends.data(), written.data(), kFields}; }

  TakenRows take_span(Span lines, size_t form = 0, uint8_t separator = 0) {
    return rows.take(lines, 0, {form, true, true, true, true, true, true, separator}, field_places(),
                     [this](Span line, size_t start) { return scanner.json(line, start); });
  }

  // As src/reading/logs/gateways/reader.ts answers, for lines with "request", "session" or "question" in them.
  TakenRows take_gateway(Span lines) {
    TakenRows all;
    for (int answers = 0; answers < 16; ++answers) {
      const TakenRows taken = rows.take(lines, all.end, {4, false, true, false, false, false, false, 0}, field_places(),
                                        [this](Span line, size_t start) { return scanner.json(line, start); });
      all.count += taken.count;
      all.end = taken.end;
      all.need = taken.need;
      all.need_start = taken.need_start;
      all.need_end = taken.need_end;
      const std::string_view line{reinterpret_cast<const char*>(lines.data) + taken.need_start,
                                  taken.need_end - taken.need_start};
      if (taken.need == Need::kRowClass) {
        const bool is_session = line.find("\"session\"") != std::string_view::npos;
        const bool is_request = line.find("\"request\"") != std::string_view::npos;
        const bool is_question = line.find("\"question\"") != std::string_view::npos;
        rows.learn_class(is_session    ? kIsSession | kIsTcpRow | kHasOpaqueService
                         : is_request  ? kIsRequest
                         : is_question ? kIsQuestion
                                       : 0U);
      } else if (taken.need == Need::kTime) {
        // 42.5 s into the minute, or 43.
        rows.learn_time(1'795'155'720'000'000 +
                        (line.find("42.5") != std::string_view::npos ? 42'500'000 : 43'000'000));
      } else {
        break;
      }
    }
    return all;
  }

  TakenRows take(std::string_view lines) {
    return take_span({reinterpret_cast<const uint8_t*>(lines.data()), lines.size()});
  }
};

}  // namespace summed_log

#include "summed_rows.h"

#include <bit>
#include <optional>
#include <string_view>

#include "cell_values.h"

namespace wiretally {

namespace {

constexpr int64_t kHttpsPort = 443;

// The same as in src/reading/logs/named-connections.ts.
size_t named_place(const ConnectionTables& tables, uint32_t hash) {
  const size_t mask = tables.named_size - 1;
  size_t at = ((hash ^ (hash >> 15)) * kFirstMix) & mask;
  while (tables.named[at] != 0 && static_cast<uint32_t>(tables.named[at]) != hash) at = (at + 1) & mask;
  return at;
}

void put_ip4(uint8_t* address, uint32_t number) {
  for (size_t i = 0; i < sizeof number; ++i) address[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
}

// False for what exports of logs write for a name that a row does not have, and for addresses, as in
// src/reading/logs/fields.ts.
bool states_name(Span text) {
  const std::string_view name(reinterpret_cast<const char*>(text.data), text.size);
  if (name.empty() || name == "-" || name == "(empty)") return false;
  return name.find(':') == std::string_view::npos && name.find_first_not_of("0123456789.") != std::string_view::npos;
}

// True for a name that JavaScript would look up as it is written, but for the case of its letters.
bool is_usual_name(Span text) {
  return std::all_of(text.data, text.data + text.size, [](uint8_t byte) {
    const auto letter = static_cast<uint8_t>(byte | 0x20);
    return is_digit(byte) || (letter >= 'a' && letter <= 'z') || byte == '-' || byte == '.' || byte == '_';
  });
}

// A listed name has a dot and a letter.
bool may_be_name(Span text) {
  bool has_dot = false;
  bool has_letter = false;
  for (size_t i = 0; i < text.size; ++i) {
    has_dot |= text.data[i] == '.';
    has_letter |= text.data[i] >= 'A';
  }
  return has_dot && has_letter;
}

}  // namespace

bool SummedRows::has(Cell cell) const {
  const int place = field(cell);
  return place >= 0 && static_cast<size_t>(place) < places_.count && places_.written[place] != 0;
}

Span SummedRows::text(Cell cell) const {
  if (!has(cell)) return {};
  const auto start = static_cast<size_t>(places_.starts[field(cell)]);
  return {line_.data + start, static_cast<size_t>(places_.ends[field(cell)]) - start};
}

void SummedRows::learn(TextKind kind, Span text, const KnownText& known) {
  uint32_t number = 0;
  if (kind != TextKind::kAddress || !parse_ip4(text, &number)) {
    texts_.set(kind, text, known);
  } else if (known.flags != 0 && known.hash == number) {
    addresses_.set(known);
  }
}

void SummedRows::forget() {
  texts_.clear();
  addresses_.clear();
}

void SummedRows::set_need(Need need, Span text) {
  taken_.need = need;
  taken_.need_start = static_cast<size_t>(text.data - line_.data);
  taken_.need_end = taken_.need_start + text.size;
}

void SummedRows::need_line(Need need) {
  taken_.need = need;
  taken_.need_start = line_start_;
  taken_.need_end = line_.size;
}

const KnownText* SummedRows::known(TextKind kind, Cell cell, Need need) {
  if (!is_plain(cell)) return nullptr;
  const Span written = text(cell);
  const KnownText* found = texts_.find(kind, written);
  if (found == nullptr && written.size <= KnownTexts::kMaxLength) set_need(need, written);
  return found;
}

const KnownText* SummedRows::known_address(Cell cell, Need need) {
  uint32_t number = 0;
  if (!is_plain(cell) || !parse_ip4(text(cell), &number)) return known(TextKind::kAddress, cell, need);
  const KnownText* found = addresses_.find(number);
  if (found != nullptr) return found;
  if (need == Need::kServer && has_networks_) {
    addresses_.set(judged_ip4(number, text(cell)));
    return addresses_.find(number);
  }
  set_need(need, text(cell));
  return nullptr;
}

KnownText SummedRows::judged_ip4(uint32_t number, Span text) const {
  std::array<uint8_t, 16> address{};
  put_ip4(address.data(), number);
  uint32_t flags = kIsAddress;
  if (local_.contains(address.data(), 4)) flags |= kIsLocal;
  if (vendors_.contains(address.data(), 4)) flags |= kIsVendors;
  return {flags, -1, number, fnv1a_of(text)};
}

bool SummedRows::is_unlisted(Cell cell) { return is_plain(cell) && is_unlisted(text(cell)); }

bool SummedRows::is_unlisted(Span name) {
  uint32_t first = 0x811c9dc5;
  auto second = static_cast<uint32_t>(name.size);
  for (size_t i = 0; i < name.size; ++i) {
    first = (first ^ name.data[i]) * 0x01000193;
    second = ((second ^ name.data[i]) * kSecondMix) ^ (second >> 13);
  }
  const size_t place = 2 * size_t{(first ^ (first >> 15)) & (UnlistedNames::kPlaces - 1)};
  int32_t* hashes = unlisted_.hashes + place;
  if (static_cast<uint32_t>(hashes[0]) == first && static_cast<uint32_t>(hashes[1]) == second) return true;
  if (listed_ != nullptr && is_usual_name(name) && !listed_->has_name(name)) {
    hashes[0] = static_cast<int32_t>(first);
    hashes[1] = static_cast<int32_t>(second);
    return true;
  }
  set_need(Need::kName, name);
  return false;
}

bool SummedRows::sum(const ReaderState& state) {
  if (forms_.empty()) return false;
  form_ = &forms_.front();
  size_t number = state.form;
  if (state.reads_kind && has(Cell::kKind)) {
    const KnownText* kind = known(TextKind::kKind, Cell::kKind, Need::kKind);
    if (kind == nullptr) return false;
    number = kind->flags;
  }
  if (number == 0 || number > forms_.size()) return false;
  form_ = &forms_[number - 1];
  if (has(Cell::kMac)) return false;
  switch (form_->kind) {
    case RowKind::kFlow: return sum_flow(state);
    case RowKind::kName: return sum_name(state);
    case RowKind::kQuestion: return sum_question(state);
    case RowKind::kGateway: return sum_gateway(state);
  }
  return false;
}

bool SummedRows::read_count(Cell cell, int64_t* count) {
  *count = 0;
  if (!has(cell)) return true;
  const std::optional<int64_t> number = parse_plain_count(text(cell));
  if (!number) return false;
  *count = *number;
  return true;
}

bool SummedRows::read_bytes(Cell first, Cell other, int64_t* bytes) {
  if (!read_count(first, bytes)) return false;
  return *bytes != 0 || read_count(other, bytes);
}

bool SummedRows::is_logged(Cell cell) const { return has(cell) && !is_absent(text(cell)); }

bool SummedRows::read_written(int64_t* us) {
  const std::optional<int64_t> written = parse_plain_time(text(Cell::kWritten));
  if (!written || !is_time(*written)) return false;
  *us = *written;
  return true;
}

bool SummedRows::read_times(int64_t* first_us, int64_t* last_us, int64_t* written_us) {
  const std::optional<int64_t> start = parse_plain_time(text(Cell::kStart));
  if (!start || !is_time(*start)) return false;
  *first_us = *start;
  *last_us = *start;
  if (has(Cell::kDuration)) {
    const std::optional<int64_t> duration = parse_plain_seconds(text(Cell::kDuration));
    if (!duration) return false;
    *last_us += *duration;
  }
  if (has(Cell::kEnd)) {
    const std::optional<int64_t> end = parse_plain_time(text(Cell::kEnd));
    if (!end || *end < *start) return false;
    *last_us = *end;
  }
  *written_us = *last_us;
  return is_time(*last_us) && (field(Cell::kWritten) < 0 || read_written(written_us));
}

bool SummedRows::read_ends(Connection* connection) {
  connection->server = known_address(Cell::kServer, Need::kServer);
  if (connection->server == nullptr) return false;
  connection->client = known_address(Cell::kClient, Need::kClient);
  return connection->client != nullptr && (connection->client->flags & connection->server->flags & kIsAddress) != 0;
}

bool SummedRows::read_connection(Connection* connection) {
  const Span id = text(Cell::kId);
  if (!has(Cell::kId) || id.size > max_id_ || !read_ends(connection)) return false;
  if (!read_count(Cell::kClientPort, &connection->client_port)) return false;
  if (!read_count(Cell::kServerPort, &connection->server_port)) return false;
  const uint32_t ends = mix(connection->client->hash, static_cast<uint32_t>(connection->client_port)) +
                        mix(connection->server->hash, static_cast<uint32_t>(connection->server_port));
  connection->hash = std::max<uint32_t>(fnv1a_of(id) ^ ends, 1);
  return true;
}

bool SummedRows::sum_flow(const ReaderState& state) {
  int64_t first_us = 0;
  int64_t last_us = 0;
  int64_t written_us = 0;
  Connection connection;
  if (!read_times(&first_us, &last_us, &written_us) || !read_connection(&connection)) return false;
  const KnownText* transport = known(TextKind::kTransport, Cell::kTransport, Need::kTransport);
  if (transport == nullptr) return false;
  const bool is_udp = (transport->flags & kIsUdp) != 0;
  if (!is_udp && (transport->flags & kIsTcp) == 0) return false;
  const KnownText* service = known(TextKind::kService, Cell::kService, Need::kService);
  if (service == nullptr || (service->flags & kIsHidden) != 0) return false;
  const bool is_naming = (service->flags & kIsNaming) != 0;
  const int64_t port = connection.server_port;
  if (port == kDnsOverTlsPort || (is_udp && port == kHttpsPort && (service->flags & kIsQuic) == 0)) return false;
  const uint32_t hash = connection.hash;
  if (may_have(tables_.open, hash)) return false;
  if (is_naming && tables_.named == nullptr) return false;
  const bool is_read = is_naming && has_name(hash);
  const bool waits = !is_early_ && state.may_wait && (service->flags & kMayWait) != 0 &&
                     !is_recent(tables_.recent, hash);
  const KnownText* client = connection.client;
  const KnownText* server = connection.server;
  const bool is_of_note = (server->flags & kIsVendors) != 0 || may_have(tables_.answered, server->canonical_hash);
  if (!is_read && is_of_note) return false;
  int64_t up = 0;
  int64_t down = 0;
  int64_t packets_up = 0;
  int64_t packets_down = 0;
  if (!read_bytes(Cell::kBytesUp, Cell::kOtherUp, &up) || !read_bytes(Cell::kBytesDown, Cell::kOtherDown, &down) ||
      !read_count(Cell::kPacketsUp, &packets_up) || !read_count(Cell::kPacketsDown, &packets_down)) {
    return false;
  }
  if (is_upload(up, down)) return false;
  bool is_beyond = false;
  if (waits) {
    is_beyond = is_full();
    const std::string key = is_beyond ? std::string() : read_key(connection);
    if (!is_beyond && (key.empty() || reader_may_have(hash))) return false;
    if (!is_beyond && !waiting_.has(key)) {
      if (!is_open(first_us / window_us_) || !keep(key, hash)) return false;
      taken_.connections.add(written_us);
      return true;
    }
  }
  if (is_naming && !state.has_names && !state.may_hide) return false;
  const bool lacks_requests = (service->flags & kHasRequests) != 0 && !state.has_requests;
  if (lacks_requests && !state.may_lack_requests) return false;
  const bool is_counted = (client->flags & kIsLocal) != 0 || (server->flags & kIsLocal) == 0;
  const bool is_sized = (is_logged(Cell::kBytesUp) || is_logged(Cell::kOtherUp)) &&
                        (is_logged(Cell::kBytesDown) || is_logged(Cell::kOtherDown));
  const bool is_unsized = has(Cell::kService) && !is_sized;
  const bool lacks_name = is_naming && !is_read && (service->flags & kMayHideName) != 0;
  const bool is_hidden = (lacks_name || lacks_requests) && up + down > 0;
  if (is_hidden && (!is_counted || is_unsized)) return false;
  if (is_counted) {
    const int64_t packets_both = packets_up + packets_down;
    const auto packets = static_cast<double>(packets_both);
    const int64_t hello = (service->flags & kIsHello) != 0 ? 1 : 0;
    const auto hellos = static_cast<double>(hello);
    const int64_t window = first_us / window_us_;
    const int64_t latest_us = std::min(last_us, (window + 1) * window_us_ - 1);
    if (!is_open(window)) return false;
    if (is_hidden) {
      std::array<uint32_t, 2> ends{};
      if (!parse_ip4(text(Cell::kClient), &ends[0]) || !parse_ip4(text(Cell::kServer), &ends[1])) return false;
      if (!hide(kUnnamedKind, ends, first_us, latest_us, {packets_both, up, down, hello})) return false;
    } else if (client->host < 0) {
      // It was asked for as a server alone.
      set_need(Need::kClient, text(Cell::kClient));
      return false;
    } else if (!add(window, client->host, first_us, latest_us,
                    {packets, static_cast<double>(up), static_cast<double>(down), 1, hellos, is_unsized ? 1.0 : 0.0})) {
      return false;
    }
    totals_[kPackets] += packets;
    totals_[kBytes] += static_cast<double>(up + down);
    totals_[kFlows] += 1;
    totals_[kHellos] += hellos;
    totals_[kLastUs] = std::max(totals_[kLastUs], static_cast<double>(last_us));
  }
  if (is_beyond) tables_.beyond[hash & (ConnectionTables::kRecent - 1)] = static_cast<int32_t>(hash);
  if (!is_early_) taken_.connections.add(written_us);
  return true;
}

std::string SummedRows::read_key(const Connection& connection) const {
  uint32_t number = 0;
  const auto write = [&](Cell address, int64_t port) {
    const Span written = text(address);
    if (!parse_ip4(written, &number)) return std::string();
    return std::string(reinterpret_cast<const char*>(written.data), written.size) + ' ' + std::to_string(port);
  };
  const std::string client = write(Cell::kClient, connection.client_port);
  const std::string server = write(Cell::kServer, connection.server_port);
  if (client.empty() || server.empty()) return {};
  const Span id = text(Cell::kId);
  return std::string(reinterpret_cast<const char*>(id.data), id.size) + ' ' + std::min(client, server) + ' ' +
         std::max(client, server);
}

bool SummedRows::keep(const std::string& key, uint32_t hash) {
  std::string packed = pack_fields(line_, places_);
  if (packed.empty()) return false;
  waiting_.add(key, static_cast<size_t>(form_ - forms_.data()), std::move(packed));
  ++tables_.counts[1];
  set_bits(tables_.waiting, hash);
  return true;
}

std::string SummedRows::take_waiting(const std::string& key) {
  const WaitingRow* row = waiting_.find(key);
  if (row == nullptr) return {};
  std::string packed = row->packed;
  waiting_.remove(key);
  --tables_.counts[1];
  return packed;
}

bool SummedRows::sum_early(const WaitingRow& row, const ReaderState& state) {
  const FieldPlaces places = places_;
  const Span line = line_;
  const RowForm* form = form_;
  const size_t count = places.count;
  early_starts_.resize(count);
  early_ends_.resize(count);
  early_written_.resize(count);
  places_ = {early_starts_.data(), early_ends_.data(), early_written_.data(), count};
  line_ = {reinterpret_cast<const uint8_t*>(row.packed.data()), row.packed.size()};
  form_ = &forms_[row.form];
  unpack_fields(row.packed, places_);
  is_early_ = true;
  const bool is_summed = sum_flow(state);
  is_early_ = false;
  // A text that is not known stands in another memory than that of the lines.
  if (taken_.need != Need::kRoom && taken_.need != Need::kWindow) taken_.need = Need::kNothing;
  places_ = places;
  line_ = line;
  form_ = form;
  return is_summed;
}

std::vector<std::string> SummedRows::sum_waiting(const ReaderState& state, size_t most) {
  std::vector<std::string> others;
  if (next_left_ == left_.size()) {
    left_ = waiting_.take_all();
    next_left_ = 0;
  }
  taken_ = {};
  while (next_left_ < left_.size() && others.size() < most) {
    WaitingRow& row = left_[next_left_];
    const bool is_summed = sum_early(row, state);
    if (!is_summed && taken_.need == Need::kRoom) break;
    taken_.need = Need::kNothing;
    // The memory of the row is free for the windows that close after it.
    std::string packed = std::move(row.packed);
    if (!is_summed) others.push_back(std::move(packed));
    ++next_left_;
    --tables_.counts[1];
  }
  if (next_left_ == left_.size()) {
    left_ = std::vector<WaitingRow>();
    next_left_ = 0;
  }
  return others;
}

bool SummedRows::is_open(int64_t window) {
  if (window != last_window_ && !windows_.contains(window)) {
    taken_.need = Need::kWindow;
    taken_.window = window;
    return false;
  }
  last_window_ = window;
  return true;
}

void SummedRows::set_hidden(uint8_t* batch, size_t size) {
  hidden_batch_ = batch;
  hidden_size_ = size;
  hidden_.begin(batch, size);
}

size_t SummedRows::take_hidden() {
  if (hidden_.record_count() == 0) return 0;
  const size_t length = hidden_.end(0);
  hidden_.begin(hidden_batch_, hidden_size_);
  return length;
}

bool SummedRows::hide(uint16_t kind, const std::array<uint32_t, 2>& ends, int64_t first_us, int64_t latest_us,
                      const std::array<int64_t, 4>& counts) {
  if (!hidden_.has_room()) {
    taken_.need = Need::kRoom;
    return false;
  }
  HostTotalsRecord totals{};
  totals.first_ns = first_us * 1000;
  totals.last_ns = latest_us * 1000;
  totals.packets = static_cast<uint64_t>(counts[0]);
  totals.bytes_up = static_cast<uint64_t>(counts[1]);
  totals.bytes_down = static_cast<uint64_t>(counts[2]);
  totals.flows = 1;
  totals.hellos_complete = static_cast<uint64_t>(counts[3]);
  totals.ip_version = 4;
  put_ip4(totals.address, ends[0]);
  put_ip4(totals.peer, ends[1]);
  totals.kind_flows[std::countr_zero(unsigned{kind})] = 1;
  hidden_.emit(RecordType::kHostTotals, kind, &totals, sizeof totals, nullptr, 0);
  return true;
}

bool SummedRows::add(int64_t window, int32_t host, int64_t first_us, int64_t last_us,
                     const std::array<double, 6>& counts) {
  // The same as in src/reading/logs/host-sums.ts.
  constexpr uint32_t kShift = 17;
  static_assert(HostSumColumns::kPlaces == size_t{1} << (32 - kShift));
  size_t place = ((static_cast<uint32_t>(window) * kFirstMix) ^ (static_cast<uint32_t>(host) * kSecondMix)) >> kShift;
  int32_t sum = sums_.places[place] - 1;
  const auto at_window = static_cast<double>(window);
  while (sum >= 0 && (sums_.hosts[sum] != host || sums_.windows[sum] != at_window)) {
    place = (place + 1) & (HostSumColumns::kPlaces - 1);
    sum = sums_.places[place] - 1;
  }
  const auto first = static_cast<double>(first_us);
  const auto last = static_cast<double>(last_us);
  if (sum < 0) {
    if (*sums_.count < 0 || *sums_.count >= static_cast<int32_t>(HostSumColumns::kMaxSums)) return false;
    sum = (*sums_.count)++;
    sums_.places[place] = sum + 1;
    sums_.windows[sum] = at_window;
    sums_.hosts[sum] = host;
    sums_.has_mac[sum] = 0;
    double* numbers = sums_.numbers + HostSumColumns::kWidth * static_cast<size_t>(sum);
    std::fill_n(numbers, HostSumColumns::kWidth, 0.0);
    numbers[0] = first;
    numbers[1] = last;
  } else if (sums_.has_mac[sum] != 0) {
    return false;
  }
  double* numbers = sums_.numbers + HostSumColumns::kWidth * static_cast<size_t>(sum);
  numbers[0] = std::min(numbers[0], first);
  numbers[1] = std::max(numbers[1], last);
  for (size_t i = 0; i < counts.size(); ++i) numbers[2 + i] += counts[i];
  return true;
}

size_t SummedRows::write_sums(size_t from, uint8_t* batch, size_t size) const {
  const auto count = static_cast<size_t>(std::max(*sums_.count, 0));
  const size_t to = std::min({from + HostSumColumns::kAtOnce, count, HostSumColumns::kMaxSums});
  const auto address_of = [this](size_t sum) {
    const auto host = static_cast<size_t>(sums_.hosts[sum]);
    return sums_.has_mac[sum] == 0 && host < HostSumColumns::kMaxHosts ? sums_.addresses[host] : 0;
  };
  for (size_t sum = from; sum < to; ++sum) {
    if (address_of(sum) == 0) return 0;
  }
  EventWriter writer;
  if (from >= to || !writer.begin(batch, size)) return 0;
  for (size_t sum = from; sum < to; ++sum) {
    const double* numbers = sums_.numbers + HostSumColumns::kWidth * sum;
    HostTotalsRecord totals{};
    totals.first_ns = static_cast<int64_t>(numbers[0]) * 1000;
    totals.last_ns = static_cast<int64_t>(numbers[1]) * 1000;
    totals.packets = static_cast<uint64_t>(numbers[2]);
    totals.bytes_up = static_cast<uint64_t>(numbers[3]);
    totals.bytes_down = static_cast<uint64_t>(numbers[4]);
    totals.flows = static_cast<uint64_t>(numbers[5]);
    totals.hellos_complete = static_cast<uint64_t>(numbers[6]);
    totals.kind_flows[std::countr_zero(unsigned{kUnsizedKind})] = static_cast<uint32_t>(
        std::min(numbers[7], double{UINT32_MAX}));
    totals.ip_version = 4;
    put_ip4(totals.address, address_of(sum));
    const uint16_t kinds = numbers[7] > 0 ? uint16_t{kUnsizedKind} : uint16_t{0};
    writer.emit(RecordType::kHostTotals, kinds, &totals, sizeof totals, nullptr, 0);
  }
  return writer.end(0);
}

bool SummedRows::sum_name(const ReaderState& state) {
  int64_t written_us = 0;
  Connection connection;
  if (!state.has_names || !read_written(&written_us)) return false;
  const bool is_named = has(Cell::kName) && states_name(text(Cell::kName));
  if (is_named && !is_unlisted(Cell::kName)) return false;
  if (!read_connection(&connection)) return false;
  const uint32_t hash = connection.hash;
  if (is_recent(tables_.beyond, hash)) return false;
  if (reader_may_have(hash)) return false;
  const bool may_wait = tables_.counts[1] > 0 && may_have(tables_.waiting, hash);
  const std::string key = may_wait ? read_key(connection) : std::string();
  if (is_named && !add_name(hash)) return false;
  tables_.recent[hash & (ConnectionTables::kRecent - 1)] = static_cast<int32_t>(hash);
  if (const WaitingRow* row = key.empty() ? nullptr : waiting_.find(key); row != nullptr) {
    // JavaScript reads both rows otherwise; it may add the name again.
    if (!sum_early(*row, state)) return false;
    waiting_.remove(key);
    --tables_.counts[1];
  }
  taken_.parts.add(written_us);
  return true;
}

bool SummedRows::sum_question(const ReaderState& state) {
  int64_t written_us = 0;
  Connection connection;
  if (!read_written(&written_us) || !is_unlisted(Cell::kName)) return false;
  if (!are_unlisted(Cell::kAnswers, state.separator) || !read_ends(&connection)) return false;
  taken_.parts.add(written_us);
  return true;
}

bool SummedRows::are_unlisted(Cell answers, uint8_t separator) {
  if (!has(answers)) return true;
  const bool is_list = places_.written[field(answers)] == static_cast<uint8_t>(Written::kList);
  if (is_list == (separator != 0)) return false;
  const Span list = text(answers);
  const uint8_t between = is_list ? '"' : separator;
  // A list of JSON has its texts between every second quote and the next one; the others hold no name.
  for (size_t at = 0; at <= list.size;) {
    size_t end = at;
    while (end < list.size && list.data[end] != between) ++end;
    const Span part{list.data + at, end - at};
    if (part.size > 0 && std::memchr(part.data, '\\', part.size) != nullptr) return false;
    if (may_be_name(part) && !is_unlisted(part)) return false;
    at = end + 1;
  }
  return true;
}

bool SummedRows::has_name(uint32_t hash) const {
  return tables_.named != nullptr && tables_.named[named_place(tables_, hash)] != 0;
}

bool SummedRows::add_name(uint32_t hash) {
  if (tables_.named == nullptr) return false;
  const size_t place = named_place(tables_, hash);
  if (tables_.named[place] != 0) return true;
  if (static_cast<size_t>(*tables_.named_count) * 2 >= tables_.named_size) return false;
  tables_.named[place] = static_cast<int32_t>(hash);
  ++*tables_.named_count;
  return true;
}

}  // namespace wiretally

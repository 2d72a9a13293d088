// Rows of firewalls and web gateways in SummedRows: src/reading/logs/gateways/reader.ts reads all others, and has the reasons.

#include <algorithm>
#include <optional>
#include <string_view>

#include "cell_values.h"
#include "summed_rows.h"

namespace wiretally {

namespace {

constexpr int64_t kDayUs = 86'400'000'000;
// Maximum distance that a row reports.
constexpr int64_t kMaxDistanceUs = 7 * kDayUs;
constexpr int64_t kSameTrafficUs = 900'000'000;
constexpr int64_t kLogsApartUs = 60'000'000;
constexpr int64_t kMaxSpans = 96;
constexpr int64_t kMaxPort = 0xffff;
constexpr int64_t kLargeBytes = 4000;

bool is_web(int64_t port) { return port == 80 || port == 443 || port == 8080 || port == 8443; }

uint32_t not_zero(uint32_t hash) { return std::max<uint32_t>(hash, 1); }

bool is_number(Span text) {
  return std::all_of(text.data, text.data + text.size, [](uint8_t byte) { return byte == '.' || is_digit(byte); });
}

bool has_dot(Span text) { return std::find(text.data, text.data + text.size, '.') != text.data + text.size; }

// "0.0.0.0" stands for an address that is not known; it has this number in hashes of connections.
constexpr std::string_view kNoAddress = "0.0.0.0";
uint32_t no_address_hash() {
  return fnv1a_of({reinterpret_cast<const uint8_t*>(kNoAddress.data()), kNoAddress.size()});
}

// False for a connection from an outer host to a local one.
bool is_outbound(const KnownText& client, const KnownText* server) {
  return server == nullptr || (client.flags & kIsLocal) != 0 || (server->flags & kIsLocal) == 0;
}

}  // namespace

void SummedRows::learn_class(uint32_t flags) {
  if (!class_key_.empty()) texts_.set(TextKind::kRowClass, {class_key_.data(), class_key_.size()}, {flags, -1, 0, 0});
}

const KnownText* SummedRows::row_class() {
  class_key_.clear();
  for (size_t field = 0; field < places_.count; field += 8) {
    unsigned bits = 0;
    for (size_t i = 0; i < 8 && field + i < places_.count; ++i) bits |= places_.written[field + i] != 0 ? 1U << i : 0U;
    class_key_.push_back(static_cast<uint8_t>(bits));
  }
  for (const int16_t number : gateway_.class_fields) {
    const auto field = static_cast<size_t>(number);
    if (number < 0 || field >= places_.count || places_.written[field] == 0) continue;
    const Span word{line_.data + places_.starts[field],
                    static_cast<size_t>(places_.ends[field] - places_.starts[field])};
    if (class_key_.size() + word.size >= KnownTexts::kMaxLength) return nullptr;
    class_key_.insert(class_key_.end(), word.data, word.data + word.size);
    class_key_.push_back(0);
  }
  const KnownText* found = texts_.find(TextKind::kRowClass, {class_key_.data(), class_key_.size()});
  if (found == nullptr) need_line(Need::kRowClass);
  return found;
}

bool SummedRows::read_clock(Cell cell, int64_t* us) {
  const Span written = text(cell);
  if (!is_plain(cell) || written.size == 0) return false;
  if (is_number(written)) {
    const std::optional<int64_t> number = parse_number_time(written);
    if (number) *us = *number;
    return number.has_value();
  }
  const bool is_row = cell == Cell::kWritten;
  const bool has_clock = is_row && has(Cell::kClock);
  if ((has_clock && !is_plain(Cell::kClock)) || (has(Cell::kZone) && !is_plain(Cell::kZone))) return false;
  const ClockText parts{has_clock ? text(Cell::kClock) : written, has_clock ? written : Span{}, text(Cell::kZone)};
  const uint8_t kind = static_cast<uint8_t>((is_row ? 1 : 2) + (has_clock ? 4 : 0) + (has(Cell::kZone) ? 8 : 0));
  const ClockAnswer answer = clocks_.find(kind, parts, us);
  if (answer == ClockAnswer::kUnknown) need_line(is_row ? Need::kTime : Need::kStart);
  return answer == ClockAnswer::kTime;
}

bool SummedRows::read_sparse_count(Cell cell, int64_t* count) {
  *count = 0;
  return !is_logged(cell) || read_count(cell, count);
}

bool SummedRows::read_address(Cell cell, Need need, const KnownText** known) {
  *known = nullptr;
  if (!is_logged(cell)) return true;
  *known = known_address(cell, need);
  return *known != nullptr && ((*known)->flags & kIsAddress) != 0;
}

bool SummedRows::read_gateway_times(GatewayRow* row) {
  if (!has(Cell::kWritten) || !read_clock(Cell::kWritten, &row->last_us)) return false;
  int64_t seconds = 0;
  int64_t milliseconds = 0;
  int64_t microseconds = 0;
  if (!read_sparse_count(Cell::kDuration, &seconds) || !read_sparse_count(Cell::kMilliseconds, &milliseconds) ||
      !read_sparse_count(Cell::kMicroseconds, &microseconds)) {
    return false;
  }
  // Longer ones are damage, and their sum has more digits than a double.
  if (seconds > kMaxDistanceUs || milliseconds > kMaxDistanceUs || microseconds > kMaxDistanceUs) return false;
  row->first_us = row->last_us - (seconds * kSecondUs + milliseconds * 1000 + microseconds);
  if (has(Cell::kStart) && !read_clock(Cell::kStart, &row->first_us)) return false;
  if (row->first_us < row->last_us - kMaxDistanceUs || row->first_us > row->last_us) row->first_us = row->last_us;
  return is_time(row->first_us);
}

bool SummedRows::read_gateway_ends(GatewayRow* row) {
  Connection& ends = row->ends;
  if (!read_address(Cell::kServer, Need::kServer, &ends.server)) return false;
  if (!read_address(Cell::kClient, Need::kClient, &ends.client)) return false;
  if (ends.client == nullptr && !read_address(Cell::kOuterClient, Need::kClient, &ends.client)) return false;
  const uint32_t nowhere = no_address_hash();
  if (ends.client == nullptr || ends.client->canonical_hash == nowhere) return false;
  if (ends.server != nullptr && ends.server->canonical_hash == nowhere) return false;
  if (!read_sparse_count(Cell::kClientPort, &ends.client_port) || ends.client_port > kMaxPort) return false;
  if (!read_sparse_count(Cell::kServerPort, &ends.server_port) || ends.server_port > kMaxPort) return false;
  if (!gateway_.is_joined || ends.client_port == 0) return true;
  const uint32_t hosts = mix(ends.client->canonical_hash,
                             ends.server == nullptr ? nowhere : ends.server->canonical_hash);
  row->ends_hash = not_zero(
      mix(hosts, mix(static_cast<uint32_t>(ends.client_port), static_cast<uint32_t>(ends.server_port))));
  row->name_hash = not_zero(mix(row->ends_hash, has(Cell::kId) ? fnv1a_of(text(Cell::kId)) : 0));
  return true;
}

bool SummedRows::read_names(bool* has_name) {
  bool has_other = false;
  for (const Cell cell : {Cell::kName, Cell::kUrl}) {
    if (!is_logged(cell)) continue;
    if (!is_plain(cell)) return false;
    const HostPlace found = find_host(text(cell));
    if (!is_unlisted(found.host)) return false;
    const bool is_name = !found.is_address && !found.is_pattern && has_dot(found.host);
    *has_name |= is_name;
    has_other |= !is_name;
  }
  return *has_name || !has_other;
}

bool SummedRows::read_gateway(GatewayRow* row) {
  const KnownText* known = row_class();
  if (known == nullptr || known->flags == 0) return false;
  row->flags = known->flags;
  int64_t packets_down = 0;
  if (!read_gateway_times(row) || !read_names(&row->has_name) || !read_gateway_ends(row) ||
      !read_sparse_count(Cell::kBytesUp, &row->up) || !read_sparse_count(Cell::kBytesDown, &row->down) ||
      !read_sparse_count(Cell::kPacketsUp, &row->packets) || !read_sparse_count(Cell::kPacketsDown, &packets_down)) {
    return false;
  }
  row->packets += packets_down;
  row->is_unsized = !is_logged(Cell::kBytesUp) || !is_logged(Cell::kBytesDown);
  return true;
}

bool SummedRows::sum_gateway(const ReaderState& state) {
  GatewayRow row;
  if (!read_gateway(&row)) return false;
  // JavaScript sees as many names as it needs to know that they are whole.
  const bool is_question = (row.flags & kIsQuestion) != 0;
  if ((row.has_name || is_question) && !state.has_names) return false;
  const bool is_session = (row.flags & kIsSession) != 0;
  const bool is_summed = is_question ? is_unlisted(Cell::kQuestion) : is_session ? sum_session(row) : sum_request(row);
  if (is_summed) taken_.connections.add(row.last_us);
  return is_summed;
}

bool SummedRows::note_request(const GatewayRow& row) {
  const KnownText& client = *row.ends.client;
  if ((row.flags & kIsBlocked) != 0 || !is_outbound(client, row.ends.server)) return true;
  const auto count = static_cast<size_t>(*requests_.count);
  if (count >= requests_.size || !has_number(row)) return false;
  requests_.hashes[count] = static_cast<int32_t>(row.name_hash);
  requests_.hosts[count] = client.host;
  requests_.times[count] = static_cast<double>(row.last_us);
  ++*requests_.count;
  return true;
}

bool SummedRows::has_number(const GatewayRow& row) {
  if (row.ends.client->host >= 0) return true;
  // It was asked for as a server alone.
  set_need(Need::kClient, text(is_logged(Cell::kClient) ? Cell::kClient : Cell::kOuterClient));
  return false;
}

bool SummedRows::sum_request(const GatewayRow& row) {
  if (!row.has_name) return false;
  if (row.ends_hash != 0) {
    if (gateway_.may_wait && (may_have(tables_.readers, row.name_hash) || kept_.contains(row.name_hash))) return false;
    if (!note_request(row)) return false;
    tables_.recent[row.name_hash & (ConnectionTables::kRecent - 1)] = static_cast<int32_t>(row.name_hash);
    return true;
  }
  if (!total(row)) return false;
  if (gateway_.is_twice && row.ends.server != nullptr) {
    const uint32_t hosts = mix(row.ends.client->canonical_hash, row.ends.server->canonical_hash);
    const uint32_t hash = not_zero(mix(hosts, static_cast<uint32_t>(row.last_us / kSameTrafficUs)));
    tables_.recent[hash & (ConnectionTables::kRecent - 1)] = static_cast<int32_t>(hash);
  }
  return true;
}

bool SummedRows::is_requested(const GatewayRow& row) const {
  if (row.ends.server == nullptr) return false;
  const uint32_t hosts = mix(row.ends.client->canonical_hash, row.ends.server->canonical_hash);
  const int64_t last = (row.last_us + kLogsApartUs) / kSameTrafficUs;
  for (int64_t span = std::max((row.first_us - kLogsApartUs) / kSameTrafficUs, last - kMaxSpans); span <= last;
       ++span) {
    if (is_recent(tables_.recent, not_zero(mix(hosts, static_cast<uint32_t>(span))))) return true;
  }
  return false;
}

bool SummedRows::sum_session(const GatewayRow& row) {
  if (is_upload(row.up, row.down)) return false;
  if (row.ends_hash != 0 && (may_have(tables_.open, row.ends_hash) || !add_name(row.name_hash))) return false;
  const bool is_named = row.has_name || (row.name_hash != 0 && is_recent(tables_.recent, row.name_hash));
  if (gateway_.is_twice) {
    // It is left out where its requests came, and waits for them else.
    const bool is_web_row = (row.flags & kIsTcpRow) != 0 && is_web(row.ends.server_port);
    if (is_web_row && (gateway_.may_wait || is_requested(row))) return false;
  } else if (gateway_.may_wait && row.ends_hash != 0 && !is_named) {
    if (is_web(row.ends.server_port) || (row.flags & kHasOpaqueService) != 0) return keep_session(row);
  }
  return settle(row, is_named);
}

bool SummedRows::settle(const GatewayRow& row, bool is_named) {
  const KnownText* server = row.ends.server;
  const bool is_of_note = server != nullptr &&
                          ((server->flags & kIsVendors) != 0 || may_have(tables_.answered, server->canonical_hash));
  if (is_of_note || row.ends.server_port == kDnsOverTlsPort) return false;
  const bool may_hide = !is_named && (row.flags & (kHasOpaqueService | kHidesName)) != 0;
  return (!may_hide || hides_alone(row)) && total(row, may_hide);
}

bool SummedRows::is_ip4(const Connection& ends) const {
  return ends.server != nullptr && addresses_.find(ends.client->hash) == ends.client &&
         addresses_.find(ends.server->hash) == ends.server;
}

bool SummedRows::hides_alone(const GatewayRow& row) const {
  if ((row.flags & (kHasOpaqueService | kHasNoService)) == 0 || (row.flags & kIsBlocked) != 0) return false;
  return !row.is_unsized && row.up + row.down >= kFewBytes && is_ip4(row.ends) &&
         is_outbound(*row.ends.client, row.ends.server);
}

bool SummedRows::keep_session(const GatewayRow& row) {
  if (sessions_.next == nullptr || row.is_unsized || !is_ip4(row.ends)) return false;
  if ((row.flags & (kHasOpaqueService | kHidesName)) != 0 && !hides_alone(row)) return false;
  if (!is_open(row.first_us / window_us_)) return false;
  const int32_t place = *sessions_.next;
  // JavaScript settles the sessions that it keeps.
  if (sessions_.owners[place] == SessionPlaces::kReader || may_have(tables_.readers, row.name_hash)) return false;
  if (!settle_session(place) || !settle_session(find_session(row.name_hash))) return false;
  std::string packed = pack_fields(line_, places_);
  if (packed.empty()) return false;
  sessions_.hashes[place] = static_cast<int32_t>(row.name_hash);
  sessions_.owners[place] = SessionPlaces::kCore;
  *sessions_.next = static_cast<int32_t>((static_cast<size_t>(place) + 1) % SessionPlaces::kPlaces);
  kept_[row.name_hash] = {place, row.ends.client->hash, row.ends.server->hash, row, std::move(packed)};
  return true;
}

bool SummedRows::settle_session(int32_t place) {
  if (place < 0 || sessions_.owners[place] != SessionPlaces::kCore) return true;
  const auto hash = static_cast<uint32_t>(sessions_.hashes[place]);
  KeptSession& kept = kept_.at(hash);
  const KnownText*& client = kept.row.ends.client;
  client = addresses_.find(kept.client);
  kept.row.ends.server = addresses_.find(kept.server);
  if (client == nullptr || kept.row.ends.server == nullptr || client->host < 0) return false;
  if (!settle(kept.row, false)) return false;
  sessions_.gone[hash & (ConnectionTables::kRecent - 1)] = static_cast<int32_t>(hash);
  remove_session(place);
  return true;
}

int32_t SummedRows::find_session(uint32_t hash) const {
  const auto found = kept_.find(hash);
  return found == kept_.end() ? -1 : found->second.place;
}

std::string SummedRows::read_session(int32_t place) const {
  const auto found = kept_.find(static_cast<uint32_t>(sessions_.hashes[place]));
  return found == kept_.end() ? std::string() : found->second.packed;
}

void SummedRows::remove_session(int32_t place) {
  kept_.erase(static_cast<uint32_t>(sessions_.hashes[place]));
  sessions_.owners[place] = SessionPlaces::kFree;
}

bool SummedRows::sum_sessions() {
  taken_ = {};
  for (size_t i = 0; i < SessionPlaces::kPlaces && !kept_.empty(); ++i) {
    const size_t place = (static_cast<size_t>(*sessions_.next) + i) % SessionPlaces::kPlaces;
    if (settle_session(static_cast<int32_t>(place))) continue;
    if (taken_.need == Need::kRoom || *sums_.count >= static_cast<int32_t>(HostSumColumns::kMaxSums)) return false;
  }
  return true;
}

bool SummedRows::total(const GatewayRow& row, bool is_hidden) {
  const KnownText& client = *row.ends.client;
  const KnownText* server = row.ends.server;
  if (!is_outbound(client, server)) return true;
  const int64_t window = row.first_us / window_us_;
  if (!is_open(window)) return false;
  const int64_t latest_us = std::min(row.last_us, (window + 1) * window_us_ - 1);
  if (!is_hidden && !has_number(row)) return false;
  const bool is_refused = (row.flags & kIsBlocked) != 0 && row.up < kLargeBytes;
  const auto packets = static_cast<double>(row.packets);
  const auto up = static_cast<double>(is_refused ? 0 : row.up);
  const auto down = static_cast<double>(is_refused ? 0 : row.down);
  const bool is_added = is_hidden ? hide(kTunnelKind, {client.hash, server->hash}, row.first_us, latest_us,
                                         {row.packets, row.up, row.down, 0})
                                  : add(window, client.host, row.first_us, latest_us,
                                        {packets, up, down, 1, 0, row.is_unsized && !is_refused ? 1.0 : 0.0});
  if (!is_added) return false;
  totals_[kPackets] += packets;
  totals_[kBytes] += up + down;
  totals_[kFlows] += 1;
  totals_[kLastUs] = std::max(totals_[kLastUs], static_cast<double>(row.last_us));
  return true;
}

}  // namespace wiretally

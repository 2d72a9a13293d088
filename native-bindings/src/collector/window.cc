// Window and OpenWindows: add records to the sums of open windows.
#include "window.h"

#include <algorithm>
#include <atomic>

namespace wiretally {

namespace {

// Numbers rows of the process; 0 is none.
std::atomic<uint64_t> row_count{0};

std::string question_key(const Address& host, const std::string& name) {
  std::string key = host.text();
  key.push_back('\0');
  return key += name;
}

// Returns the values of a map in the order of their keys.
template <typename Map>
auto sorted_entries(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return text_is_before(a->first, b->first); });
  return entries;
}

}  // namespace

void WindowStats::add(const Flow& flow) {
  packets += flow.packets();
  bytes += flow.bytes();
  if (flow.has(kFlowFirstSlice)) ++flows;
  if (flow.holds_hello()) ++hellos_complete;
  if (flow.has(kFlowLastSlice) && flow.end == FlowEnd::kEvicted) ++evicted_flows;
}

void WindowStats::add(const HostTotalsRecord& totals) {
  packets += totals.packets;
  bytes += totals.bytes_up + totals.bytes_down;
  flows += totals.flows;
  hellos_complete += totals.hellos_complete;
  evicted_flows += totals.evicted_flows;
}

void Window::pack_when_quiet() {
  if (!is_used_) pack();
  is_used_ = false;
}

Host* Window::host(const Address& address, int64_t ts_us, Rank rank) {
  is_used_ = true;
  Host* existing = hosts_.find(address, rank);
  if (existing != nullptr) return existing;
  const HostRanks::Room room = hosts_.make_room(rank);
  if (room != HostRanks::Room::kFree) leave_out("hosts");
  return room == HostRanks::Room::kNone ? nullptr : hosts_.add(address, ts_us, rank);
}

Row* Window::row(const IdentityPtr& identity, int64_t ts_us) {
  const auto existing = rows_.find(identity->key);
  if (existing != rows_.end()) return existing->second.get();
  if (rows_.size() >= kMaxRows) {
    leave_out("rows");
    return nullptr;
  }
  auto row = std::make_unique<Row>();
  row->identity = identity;
  row->number = ++row_count;
  row->first_us = ts_us;
  row->last_us = ts_us;
  return rows_.emplace(identity->key, std::move(row)).first->second.get();
}

Question* Window::find_question(const Address& host, const std::string& name, int64_t ts_us) {
  std::string key = question_key(host, name);
  const auto existing = asked_.find(key);
  if (existing != asked_.end()) return existing->second.get();
  if (asked_.size() >= kMaxAsked) {
    leave_out("asked");
    return nullptr;
  }
  auto question = std::make_unique<Question>();
  question->host = host;
  question->name = name;
  question->first_us = ts_us;
  question->last_us = ts_us;
  return asked_.emplace(std::move(key), std::move(question)).first->second.get();
}

void Window::add(const OutcomeKey& key, const OutcomeNumbers& numbers) {
  const auto existing = outcomes_.find(key);
  if (existing != outcomes_.end()) {
    existing->second.add(numbers);
  } else if (outcomes_.size() >= kMaxOutcomes) {
    leave_out("outcomes");
  } else {
    outcomes_.emplace(key, numbers);
  }
}

void Window::add_account(const Address* address, const Accounted& accounted) {
  AddressAccount* account = &rest_;
  if (address != nullptr) {
    const auto existing = accounts_.find(*address);
    if (existing != accounts_.end()) {
      account = &existing->second;
    } else if (accounts_.size() < kMaxAccounts) {
      account = &accounts_[*address];
    }
  }
  account->account.add(accounted.traffic_class, accounted.part.bytes);
  if (accounted.is_hidden()) account->hidden.add(accounted);
}

void Window::add_heard(int64_t from_us, uint64_t seconds, uint64_t frames) {
  // The time belongs to a window that is closed.
  if (from_us < start_us_ || from_us - start_us_ >= kMaxSeconds * kSecondUs) return;
  const auto from = static_cast<size_t>((from_us - start_us_) / kSecondUs);
  for (size_t i = 0; i < kHeardSeconds; ++i) {
    if ((seconds >> i & 1) == 0) continue;
    if (heard_.size() <= from + i) heard_.resize(from + i + 1);
    heard_[from + i] = true;
  }
  frames_ += frames;
}

void Window::answered(const Address& server, const std::string& name) {
  if (forwarded_.size() < kMaxAsked) forwarded_.insert(question_key(server, name));
}

void Window::leave_out(const char* ceiling) {
  for (auto& [name, count] : overflow_) {
    if (std::string_view(name) != ceiling) continue;
    ++count;
    return;
  }
  overflow_.emplace_back(ceiling, 1);
}

void Window::doubt_odd_flows(MarksBefore* before) {
  int64_t first_us = INT64_MAX;
  for (const Host* host : hosts_.all()) first_us = std::min(first_us, host->first_us);
  before->begin_window(first_us);
  for (const auto& [key, row] : rows_) {
    Host* host = row->marked.empty() ? nullptr : hosts_.find(row->identity->host, 0);
    if (host == nullptr) continue;
    for (const MarkedSlices& slices : row->marked) host->marks.take_out(slices);
  }
  for (const auto& [key, row] : rows_) {
    const Host* host = row->marked.empty() ? nullptr : hosts_.find(row->identity->host, 0);
    if (host == nullptr) continue;
    const uint64_t odd = before->count_odd(row->identity->host, host->marks, row->marked);
    row->contradicted_slices = std::min(row->answered_slices, row->contradicted_slices + odd);
  }
  for (const Host* host : hosts_.all()) before->add(host->address, host->marks);
}

std::vector<const Row*> Window::sorted_rows() const {
  std::vector<const Row*> rows;
  for (const auto* entry : sorted_entries(rows_)) rows.push_back(entry->second.get());
  return rows;
}

std::vector<const Question*> Window::sorted_questions() const {
  std::vector<const Question*> questions;
  for (const auto* entry : sorted_entries(asked_)) {
    if (!forwarded_.contains(entry->first)) questions.push_back(entry->second.get());
  }
  return questions;
}

int64_t window_start_of(int64_t us, int64_t window_us) {
  const int64_t whole = us / window_us * window_us;
  return whole > us ? whole - window_us : whole;
}

Window& OpenWindows::at(int64_t us) {
  const int64_t start_us = std::max(window_start_of(us, window_us_), open_from_us_);
  if (last_ != nullptr && last_->start_us() == start_us) return *last_;
  std::unique_ptr<Window>& window = windows_[start_us];
  if (window == nullptr) window = std::make_unique<Window>(start_us, pool_);
  last_ = window.get();
  return *last_;
}

void OpenWindows::pack_quiet() {
  if (windows_.size() <= kUnpacked || windows_.size() == packed_at_) return;
  packed_at_ = windows_.size();
  for (const auto& [start_us, window] : windows_) window->pack_when_quiet();
}

void OpenWindows::pack_quiet_of_log() {
  if (++log_batches_ % kLogBatches != 0 || windows_.size() <= kUnpackedOfLog) return;
  for (const auto& [start_us, window] : windows_) window->pack_when_quiet();
}

std::vector<std::unique_ptr<Window>> OpenWindows::take(int64_t until_us) {
  std::vector<std::unique_ptr<Window>> taken;
  for (auto& [start_us, window] : windows_) {
    if (start_us <= until_us - window_us_) taken.push_back(std::move(window));
  }
  if (taken.empty()) return taken;
  std::sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) { return a->start_us() < b->start_us(); });
  for (const auto& window : taken) {
    const bool is_packed = window->is_packed();
    window->doubt_odd_flows(&marks_before_);
    if (is_packed) window->pack();
    windows_.erase(window->start_us());
  }
  last_ = nullptr;
  if (windows_.empty()) {
    pool_->wind_up();
    pool_ = std::make_shared<HostPool>();
  }
  open_from_us_ = taken.back()->start_us() + window_us_;
  return taken;
}

}  // namespace wiretally

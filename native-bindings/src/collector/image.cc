// WindowImage: writes each part of a window, field by field.
#include "image.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace wiretally {

namespace {

// HOST_NUMBERS, HELLO_NUMBERS and ACCOUNT_NUMBERS of src/native/closed-window.ts.
constexpr size_t kHostNumbers = 10;
constexpr size_t kHelloNumbers = 6;
constexpr size_t kAccountNumbers = 6;
// MAX_HIDDEN_DESTINATIONS of src/model/ceilings.ts.
constexpr size_t kMaxDestinations = 16;

}  // namespace

size_t ImageTexts::begin() {
  lengths_.clear();
  text_.clear();
  ++images_;
  if (count_ > kMaxTexts) {
    count_ = 0;
    texts_.clear();
    addresses_.clear();
    ranked_.clear();
    ranked_count_ = 0;
    macs_.clear();
  }
  return count_ + 1;
}

size_t ImageTexts::add(std::string_view text) {
  lengths_.push_back(static_cast<double>(utf16_length(text)));
  text_ += text;
  return ++count_;
}

size_t ImageTexts::number_of(std::string_view text) {
  if (text.empty()) return 0;
  const auto existing = texts_.find(text);
  return existing != texts_.end() ? existing->second : texts_.emplace(text, add(text)).first->second;
}

const ImageTexts::AddressText& ImageTexts::of(const Address& address) {
  const auto existing = addresses_.find(address);
  if (existing != addresses_.end()) return existing->second;
  std::string text = address.text();
  const size_t number = add(text);
  AddressText& added = addresses_.emplace(address, AddressText{number, std::move(text)}).first->second;
  ranked_.push_back(&added);
  return added;
}

bool ImageTexts::Place::operator<(const Place& other) const {
  if (rank != 0 && other.rank != 0) return rank < other.rank;
  return text_is_before(address->text, other.address->text);
}

void ImageTexts::rank() {
  const size_t added = ranked_.size() - ranked_count_;
  if (added == 0 || added * kPlacedForNew < ranked_count_) return;
  const auto is_before = [](const AddressText* a, const AddressText* b) { return text_is_before(a->text, b->text); };
  const auto known_end = ranked_.begin() + static_cast<ptrdiff_t>(ranked_count_);
  std::sort(known_end, ranked_.end(), is_before);
  std::inplace_merge(ranked_.begin(), known_end, ranked_.end(), is_before);
  ranked_count_ = ranked_.size();
  for (uint32_t i = 0; i < ranked_count_; ++i) ranked_[i]->rank = i + 1;
}

ImageTexts::MacText& ImageTexts::of(Mac mac) {
  const auto existing = macs_.find(mac);
  if (existing != macs_.end()) return existing->second;
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[17];
  for (unsigned i = 0; i < 6; ++i) {
    const auto byte = static_cast<unsigned>(mac >> (40 - 8 * i)) & 0xff;
    text[3 * i] = kDigits[byte >> 4];
    text[3 * i + 1] = kDigits[byte & 15];
    if (i != 5) text[3 * i + 2] = ':';
  }
  return macs_.emplace(mac, MacText{add(std::string_view(text, sizeof text))}).first->second;
}

size_t ImageTexts::number_of(Mac mac) { return mac == 0 ? 0 : of(mac).number; }

bool ImageTexts::is_of_another(MacText* mac, const Host* host) {
  if (mac->image == images_) return mac->host != host;
  mac->image = images_;
  mac->host = host;
  return false;
}

WindowImage::WindowImage(const Window& window, ImageTexts* texts)
    : texts_(texts), first_text_(texts->begin()), numbers_(std::move(texts->numbers_)) {
  numbers_.clear();
  put(window.start_us() / kSecondUs);
  put(window.stats.packets);
  put(window.stats.bytes);
  put(window.stats.flows);
  put(window.stats.hellos_complete);
  put(window.stats.evicted_flows);
  put(window.overflow().size());
  for (const auto& [ceiling, count] : window.overflow()) {
    put_text(ceiling);
    put(count);
  }
  put_heard(window);
  put_hosts(window);
  const auto rows = window.sorted_rows();
  put(rows.size());
  for (const Row* row : rows) put_row(*row);
  const auto questions = window.sorted_questions();
  put(questions.size());
  for (const Question* question : questions) put_question(*question);
  put_hellos();
  put_accounts(window);
  put(window.outcomes().size());
  for (const auto& [key, numbers] : window.outcomes()) put_outcome(key, numbers);
}

void WindowImage::copy_to(uint8_t* bytes) const {
  const std::vector<double>& lengths = texts_->lengths();
  const std::string& text = texts_->text();
  const double head[kHead] = {static_cast<double>(numbers_.size()), static_cast<double>(lengths.size()),
                              static_cast<double>(first_text_), static_cast<double>(text.size())};
  std::memcpy(bytes, head, sizeof head);
  bytes += sizeof head;
  std::memcpy(bytes, numbers_.data(), numbers_.size() * sizeof(double));
  bytes += numbers_.size() * sizeof(double);
  if (lengths.empty()) return;
  std::memcpy(bytes, lengths.data(), lengths.size() * sizeof(double));
  bytes += lengths.size() * sizeof(double);
  std::memcpy(bytes, text.data(), text.size());
}

size_t WindowImage::begin_entries(size_t count) {
  put(0);
  put(0);
  put(count);
  return numbers_.size();
}

void WindowImage::begin_lists(size_t entries_at, size_t entry, size_t numbers) {
  numbers_[entries_at + (entry + 1) * numbers - 1] = static_cast<double>(numbers_.size() - entries_at);
}

void WindowImage::end_entries(size_t at, size_t numbers) {
  constexpr double kWidest = 0xffff'ffff;
  const auto first = numbers_.begin() + static_cast<ptrdiff_t>(at);
  const auto end = first + static_cast<ptrdiff_t>(static_cast<size_t>(numbers_[at - 1]) * numbers);
  const bool is_narrow = std::all_of(first, end, [](double number) { return number >= 0 && number <= kWidest; });
  numbers_[at - 3] = static_cast<double>(numbers_.size() - at);
  numbers_[at - 2] = is_narrow ? 1 : 0;
}

void WindowImage::put_texts(const std::vector<std::string>& texts) {
  put(texts.size());
  for (const std::string& text : texts) put_text(text);
}

void WindowImage::put_heard(const Window& window) {
  const std::vector<bool>& heard = window.heard();
  put(window.frames());
  put(0);
  const size_t count_at = numbers_.size() - 1;
  for (size_t i = 0; i <= heard.size(); ++i) {
    const bool was_heard = i > 0 && heard[i - 1];
    const bool is_heard = i < heard.size() && heard[i];
    if (is_heard != was_heard) put(i);
  }
  numbers_[count_at] = static_cast<double>(numbers_.size() - 1 - count_at);
}

void WindowImage::put_hosts(const Window& window) {
  for (const Host* host : window.hosts()) hosts_.push_back({ImageTexts::Place(texts_->of(host->address)), host});
  for (const auto& [address, account] : window.accounts()) texts_->of(address);
  // Most of them were in earlier windows.
  texts_->rank();
  for (Listed& listed : hosts_) listed.place = ImageTexts::Place(*listed.place.address);
  std::sort(hosts_.begin(), hosts_.end(), [](const Listed& a, const Listed& b) { return a.place < b.place; });
  numbers_.reserve(64 + 16 * hosts_.size());
  // True if a MAC of frames may belong to several hosts. Only then the reader looks for such MACs.
  bool is_mac_shared = false;
  put(0);
  const size_t shared_at = numbers_.size() - 1;
  const size_t hosts_at = begin_entries(hosts_.size());
  for (const Listed& listed : hosts_) {
    const Host& host = *listed.host;
    size_t mac = 0;
    if (host.mac != 0) {
      ImageTexts::MacText& text = texts_->of(host.mac);
      is_mac_shared |= texts_->is_of_another(&text, &host);
      mac = text.number;
    }
    if (host.lists != nullptr) {
      for (const MacFrames& frames : host.lists->frames) {
        is_mac_shared |= texts_->is_of_another(&texts_->of(frames.mac), &host);
      }
    }
    put_host(listed.place.address->number, mac, host, window.start_us());
  }
  for (size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].host->lists == nullptr) continue;
    begin_lists(hosts_at, i, kHostNumbers);
    put_lists(*hosts_[i].host->lists, window.start_us());
  }
  end_entries(hosts_at, kHostNumbers);
  numbers_[shared_at] = is_mac_shared ? 1 : 0;
}

void WindowImage::put_host(size_t address, size_t mac, const Host& host, int64_t start_us) {
  put(address);
  put(mac);
  // One number contains two facts.
  put(static_cast<unsigned>(host.mac_from) | (host.is_one_mac ? 8U : 0U));
  put(host.flows);
  put(host.packets);
  put(host.bytes_up);
  put(host.bytes_down);
  // Times relative to the start of the window fit into 32 bits for an hour.
  put(host.first_us - start_us);
  put(host.last_us - start_us);
  put(0);
}

void WindowImage::put_parts(const std::vector<UnseenSums>& parts, int64_t start_us) {
  put(parts.size());
  for (const UnseenSums& sums : parts) {
    put(static_cast<unsigned>(sums.kind));
    put(static_cast<unsigned>(sums.hint));
    put(sums.flows);
    put(sums.bytes);
    put(sums.first_us - start_us);
    put(sums.last_us - start_us);
  }
}

void WindowImage::put_lists(const HostLists& lists, int64_t start_us) {
  put_texts(lists.names);
  put(lists.vlans.size());
  for (const uint16_t vlan : lists.vlans) put(vlan);
  put_parts(lists.unseen, start_us);
  put(lists.frames.size());
  for (const MacFrames& frames : lists.frames) {
    put_mac(frames.mac);
    put(frames.first_us);
    put(frames.last_us);
    put(frames.is_answered ? 1 : 0);
  }
  put(lists.claims.size());
  for (const Claim& claim : lists.claims) {
    put_text(claim.name);
    put_mac(claim.mac);
    put(static_cast<unsigned>(claim.from) - 1);
    put(claim.is_own ? 1 : 0);
  }
}

void WindowImage::put_hellos() {
  const auto has_hellos = [](const Listed& listed) {
    return listed.host->hellos.hellos > 0 || listed.host->unlisted_requests > 0;
  };
  const size_t count = static_cast<size_t>(std::count_if(hosts_.begin(), hosts_.end(), has_hellos));
  const size_t entries_at = begin_entries(count);
  for (const Listed& listed : hosts_) {
    if (!has_hellos(listed)) continue;
    put(listed.place.address->number);
    put(listed.host->hellos.hellos);
    put(listed.host->hellos.ech);
    put(listed.host->hellos.hidden);
    put(listed.host->unlisted_requests);
    put(0);
  }
  size_t entry = 0;
  for (const Listed& listed : hosts_) {
    if (!has_hellos(listed)) continue;
    const size_t own = entry++;
    const HostLists* const lists = listed.host->lists.get();
    if (lists == nullptr || lists->ech_configs.empty()) continue;
    begin_lists(entries_at, own, kHelloNumbers);
    put(lists->ech_configs.size());
    for (const EchConfig& config : lists->ech_configs) {
      put_word(config.outer_name);
      put(size_t{config.id});
      put(config.hellos);
    }
  }
  end_entries(entries_at, kHelloNumbers);
}

void WindowImage::put_accounts(const Window& window) {
  struct Entry {
    ImageTexts::Place place;
    Window::AddressAccount own;
  };
  std::vector<Entry> entries;
  const auto sum_of = [](const Account& account) {
    return std::accumulate(std::begin(account.bytes), std::end(account.bytes), uint64_t{0});
  };
  // Hosts are sorted, and the data of other addresses are merged in.
  for (const Listed& listed : hosts_) {
    const Host& host = *listed.host;
    if (sum_of(host.account) == 0) continue;
    entries.push_back({listed.place, {host.account, host.lists == nullptr ? HiddenParts() : host.lists->hidden}});
  }
  const size_t hosts = entries.size();
  for (const auto& [address, of_frames] : window.accounts()) {
    const ImageTexts::Place place(texts_->of(address));
    const auto end = entries.begin() + static_cast<ptrdiff_t>(hosts);
    const auto existing = std::lower_bound(entries.begin(), end, place,
                                           [](const Entry& entry, const ImageTexts::Place& other) {
                                             return entry.place < other;
                                           });
    if (existing == end || existing->place.address != place.address) {
      entries.push_back({place, of_frames});
      continue;
    }
    existing->own.account.add(of_frames.account);
    existing->own.hidden.add(of_frames.hidden);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.place < b.place; });
  // The empty text comes first. A window contains at most as many accounts as hosts; further ones are added to it.
  Window::AddressAccount rest = window.rest();
  for (; entries.size() >= HostRanks::kMaxHosts.back(); entries.pop_back()) {
    rest.account.add(entries.back().own.account);
    rest.hidden.add(entries.back().own.hidden);
  }
  const ImageTexts::AddressText nowhere{0, std::string()};
  if (sum_of(rest.account) > 0) entries.insert(entries.begin(), Entry{ImageTexts::Place(nowhere), rest});
  const size_t at = begin_entries(entries.size());
  for (const Entry& entry : entries) {
    put(entry.place.address->number);
    for (const uint64_t bytes : entry.own.account.bytes) put(bytes);
    put(0);
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const HiddenParts& hidden = entries[i].own.hidden;
    if (hidden.sums.empty()) continue;
    begin_lists(at, i, kAccountNumbers);
    put_parts(hidden.sums, window.start_us());
    put_destinations(hidden.destinations);
  }
  end_entries(at, kAccountNumbers);
}

// Writes the destinations with the most bytes, in the order of their keys.
void WindowImage::put_destinations(const std::vector<HiddenTo>& destinations) {
  std::vector<const HiddenTo*> largest;
  for (const HiddenTo& part : destinations) largest.push_back(&part);
  const size_t count = std::min(largest.size(), kMaxDestinations);
  std::partial_sort(largest.begin(), largest.begin() + static_cast<ptrdiff_t>(count), largest.end(),
                    [](const HiddenTo* a, const HiddenTo* b) {
                      return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
                    });
  std::sort(largest.begin(), largest.begin() + static_cast<ptrdiff_t>(count));
  put(count);
  for (size_t i = 0; i < count; ++i) {
    put(static_cast<unsigned>(largest[i]->kind));
    put_address(largest[i]->to);
    put_text(largest[i]->name);
    put(largest[i]->bytes);
  }
}

void WindowImage::put_row(const Row& row) {
  const RowIdentity& identity = *row.identity;
  put_address(identity.host);
  put_text(identity.name);
  put(static_cast<unsigned>(identity.name_from));
  put(static_cast<unsigned>(identity.proxy));
  put_text(identity.user_agent);
  put(identity.fingerprint == nullptr ? 0 : 1);
  if (identity.fingerprint != nullptr) {
    put_word(identity.fingerprint->transport);
    put_text(identity.fingerprint->ja4);
    put_text(identity.fingerprint->ja3);
    put_word(identity.fingerprint->ech);
    put_texts(identity.fingerprint->alpn);
  }
  put(row.first_us);
  put(row.last_us);
  put(row.open_seconds);
  put(row.hello_bytes_min);
  put(row.hello_bytes_max);
  put(row.hello_times_us.size());
  for (const int64_t us : row.hello_times_us) put(us);
  put_texts(row.servers);
  put(row.server_ports.size());
  for (const uint16_t port : row.server_ports) put(port);
  put_texts(row.community_ids);
  put(row.macs.size());
  for (const Mac mac : row.macs) put_mac(mac);
  put(row.exchanges.size());
  for (const CoarseExchange& exchange : row.exchanges) {
    for (const int64_t number : exchange.numbers) put(number);
    put(exchange.flow);
  }
  put(row.cells.size());
  for (const auto& [key, cell] : row.cells) {
    put(key / 32);
    put(key % 32);
    put(cell.count);
    put(cell.bytes_up);
    put(cell.bytes_down);
  }
#define WIRETALLY_PUT(name) put(row.name);
  WIRETALLY_ROW_SUMS(WIRETALLY_PUT)
#undef WIRETALLY_PUT
}

void WindowImage::put_question(const Question& question) {
  put_address(question.host);
  put_text(question.name);
  put(question.count);
  put(question.first_us);
  put(question.last_us);
  put_texts(question.own_addresses());
  put(question.offers_ech ? 1 : 0);
  put(question.is_logged ? 1 : 0);
  put(question.ech_answers.size());
  for (const EchAnswer& answer : question.ech_answers) {
    put_text(answer.resolver);
    put(answer.first_us);
    put(size_t{answer.ttl_seconds});
  }
}

void WindowImage::put_outcome(const OutcomeKey& key, const OutcomeNumbers& numbers) {
  put_address(key.host);
  put_text(key.name);
  put_address(key.server);
  put(key.port);
  put(key.kind);
  put(key.detail);
  for (const uint64_t sum : numbers.sums) put(sum);
  for (const uint64_t maximum : numbers.maxima) put(maximum);
  for (const uint64_t minimum : numbers.minima) put(minimum);
  put(numbers.first_us);
  put(numbers.last_us);
  put_text(numbers.by);
  for (const DelayCounts& counts : numbers.delays) {
    put(counts.size());
    for (const uint32_t count : counts) put(count);
  }
}

}  // namespace wiretally

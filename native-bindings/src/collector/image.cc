// WindowImage: each part of a window, field by field.
#include "image.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

WindowImage::WindowImage(const Window& window) {
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
  const auto hosts = window.sorted_hosts();
  put(hosts.size());
  for (const auto& [address, host] : hosts) put_host(address, *host);
  const auto rows = window.sorted_rows();
  put(rows.size());
  for (const Row* row : rows) put_row(*row);
  const auto questions = window.sorted_questions();
  put(questions.size());
  for (const Question* question : questions) put_question(*question);
  const auto has_hellos = [](const auto& entry) {
    return entry.second->hellos.hellos > 0 || entry.second->unlisted_requests > 0;
  };
  put(static_cast<size_t>(std::count_if(hosts.begin(), hosts.end(), has_hellos)));
  for (const auto& entry : hosts) {
    if (!has_hellos(entry)) continue;
    put_text(entry.first);
    put(entry.second->hellos.hellos);
    put(entry.second->hellos.ech);
    put(entry.second->hellos.hidden);
    put(entry.second->unlisted_requests);
    put(entry.second->ech_configs.size());
    for (const EchConfig& config : entry.second->ech_configs) {
      put_text(config.outer_name);
      put(size_t{config.id});
      put(config.hellos);
    }
  }
  put(window.outcomes().size());
  for (const auto& [key, numbers] : window.outcomes()) put_outcome(key, numbers);
}

void WindowImage::copy_to(uint8_t* bytes) const {
  const double head[] = {static_cast<double>(numbers_.size()), static_cast<double>(lengths_.size())};
  std::memcpy(bytes, head, sizeof head);
  bytes += sizeof head;
  std::memcpy(bytes, numbers_.data(), numbers_.size() * sizeof(double));
  bytes += numbers_.size() * sizeof(double);
  if (lengths_.empty()) return;
  std::memcpy(bytes, lengths_.data(), lengths_.size() * sizeof(double));
  bytes += lengths_.size() * sizeof(double);
  std::memcpy(bytes, text_.data(), text_.size());
}

void WindowImage::put_text(std::string_view text) {
  if (text.empty()) {
    put(0);
    return;
  }
  const auto known = known_.find(text);
  if (known != known_.end()) {
    put(known->second);
    return;
  }
  lengths_.push_back(static_cast<double>(utf16_length(text)));
  text_ += text;
  known_.emplace(std::string(text), lengths_.size());
  put(lengths_.size());
}

void WindowImage::put_texts(const std::vector<std::string>& texts) {
  put(texts.size());
  for (const std::string& text : texts) put_text(text);
}

void WindowImage::put_mac(Mac mac) {
  static constexpr char kDigits[] = "0123456789abcdef";
  if (mac == 0) {
    put(0);
    return;
  }
  char text[17];
  for (unsigned i = 0; i < 6; ++i) {
    const auto byte = static_cast<unsigned>(mac >> (40 - 8 * i)) & 0xff;
    text[3 * i] = kDigits[byte >> 4];
    text[3 * i + 1] = kDigits[byte & 15];
    if (i != 5) text[3 * i + 2] = ':';
  }
  put_text(std::string_view(text, sizeof text));
}

void WindowImage::put_host(const std::string& address, const Host& host) {
  put_text(address);
  put_mac(host.mac);
  put(static_cast<unsigned>(host.mac_from));
  put(host.is_one_mac ? 1 : 0);
  put(host.flows);
  put(host.packets);
  put(host.bytes_up);
  put(host.bytes_down);
  put(host.first_us);
  put(host.last_us);
  put_texts(host.names);
  put(host.vlans.size());
  for (const uint16_t vlan : host.vlans) put(vlan);
  put(host.unseen.size());
  for (const UnseenSums& sums : host.unseen) {
    put(static_cast<unsigned>(sums.kind));
    put(static_cast<unsigned>(sums.hint));
    put(sums.flows);
    put(sums.bytes);
    put(sums.first_us);
    put(sums.last_us);
  }
  put(host.frames.size());
  for (const MacFrames& frames : host.frames) {
    put_mac(frames.mac);
    put(frames.first_us);
    put(frames.last_us);
    put(frames.is_answered ? 1 : 0);
  }
  put(host.said.size());
  for (const Claim& claim : host.said) {
    put_text(claim.name);
    put_mac(claim.mac);
    put(static_cast<unsigned>(claim.from));
    put(claim.is_own ? 1 : 0);
  }
}

void WindowImage::put_row(const Row& row) {
  const RowIdentity& identity = *row.identity;
  put_text(identity.host.text());
  put_text(identity.name);
  put(static_cast<unsigned>(identity.name_from));
  put(static_cast<unsigned>(identity.proxy));
  put_text(identity.user_agent);
  put(identity.fingerprint == nullptr ? 0 : 1);
  if (identity.fingerprint != nullptr) {
    put_text(identity.fingerprint->transport);
    put_text(identity.fingerprint->ja4);
    put_text(identity.fingerprint->ja3);
    put_text(identity.fingerprint->ech);
    put_texts(identity.fingerprint->alpn);
  }
  const uint64_t sums[] = {
      row.flows,         row.established_flows, row.failed_flows,    row.resumed_flows,   row.mid_flow,
      row.one_way,       row.http2_flows,       row.cut_short_flows, row.answered_slices, row.contradicted_slices,
      row.copied_hellos, row.packets_up,        row.packets_down,    row.bytes_up,        row.bytes_down,
      row.payload_up,    row.payload_down,      row.lost_up,         row.lost_down,       row.logged_slices,
      row.unsized_up,    row.unsized_down,      row.large_logged,
  };
  for (const uint64_t sum : sums) put(sum);
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
}

void WindowImage::put_question(const Question& question) {
  put_text(question.host.text());
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
  put_text(key.host.text());
  put_text(key.name);
  put_text(key.server.text());
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

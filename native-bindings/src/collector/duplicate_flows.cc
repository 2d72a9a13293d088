// DuplicateFlows: stores hellos by their hash.
#include "duplicate_flows.h"

#include <algorithm>

#include "texts.h"

namespace wiretally {

namespace {

// Maximum time in which a proxy forwards a hello. A later hello with other ends is another flow. These are stored
// longest.
constexpr int64_t kNearUs = 10 * kSecondUs;
// Maximum time of an answer from one leg to the other.
constexpr int64_t kAnswerUs = kSecondUs;
// Maximum stored hellos with one hash: more than two are not a proxy but a replay.
constexpr size_t kMaxOfOne = 16;

std::string text_of_ends(const Address& client, uint16_t client_port, const Address& server, uint16_t server_port) {
  return client.text() + ' ' + std::to_string(client_port) + ' ' + server.text() + ' ' + std::to_string(server_port);
}

}  // namespace

std::string ends_text(const Flow& flow) {
  return text_of_ends(flow.client, flow.client_port, flow.server, flow.server_port);
}

DuplicateFlows::Seen DuplicateFlows::seen_of(const Flow& flow) {
  return {flow.client,
          flow.server,
          flow.client_port,
          flow.server_port,
          flow.id,
          flow.hello_us,
          flow.client_mac,
          flow.proxy_kind != ProxyKind::kNone,
          flow.has(kFlowAnswered),
          flow.has(kFlowContradicted)};
}

bool DuplicateFlows::has_same_ends(const Seen& a, const Seen& b) {
  return a.client == b.client && a.server == b.server && a.client_port == b.client_port &&
         a.server_port == b.server_port;
}

// True if the later flow has the same ends (another capture point); or, within a short time, starts at the server of
// the earlier one (a proxy with one address), has the same server and another client (NAT, a transparent proxy), or
// comes from a host behind a proxy that the client named.
bool DuplicateFlows::leads_to(const Seen& first, const Seen& second) {
  if (has_same_ends(first, second)) return true;
  if (second.hello_us - first.hello_us > kNearUs) return false;
  if (first.server == second.client) return true;
  const bool is_same_server = first.server == second.server && first.server_port == second.server_port;
  return (is_same_server && !(first.client == second.client)) || first.is_to_proxy;
}

// Orders hellos of one microsecond by both ends.
bool DuplicateFlows::is_before(const Seen& a, const Seen& b) {
  if (a.hello_us != b.hello_us) return a.hello_us < b.hello_us;
  return text_is_before(text_of_ends(a.client, a.client_port, a.server, a.server_port),
                        text_of_ends(b.client, b.client_port, b.server, b.server_port));
}

void DuplicateFlows::note(const Flow& flow) {
  if (flow.hello_hash == 0 || !flow.has_hello_us) return;
  const auto known = hellos_.find(flow.hello_hash);
  if (known != hellos_.end()) {
    for (Seen& own : known->second) {
      if (own.flow_id != flow.id) continue;
      own.is_answered = own.is_answered || flow.has(kFlowAnswered);
      own.is_contradicted = own.is_contradicted || flow.has(kFlowContradicted);
      return;
    }
    join(&known->second, seen_of(flow));
  } else if (has_room(flow.hello_us)) {
    earliest_us_ = std::min(earliest_us_, flow.hello_us);
    hellos_[flow.hello_hash].push_back(seen_of(flow));
  } else {
    ++overflow;
  }
}

// Scans all entries at most once in this time, which bounds the cost of a flood of hellos.
bool DuplicateFlows::has_room(int64_t now_us) {
  if (hellos_.size() < kMaxDuplicates) return true;
  if (now_us - made_room_us_ < kNearUs) return false;
  made_room_us_ = now_us;
  expire(now_us - kNearUs);
  return hellos_.size() < kMaxDuplicates;
}

// Evicts the latest entry, whichever was recorded last, because lookups need only earlier ones.
void DuplicateFlows::join(std::vector<Seen>* known, const Seen& seen) {
  known->push_back(seen);
  if (known->size() <= kMaxOfOne) return;
  std::stable_sort(known->begin(), known->end(), is_before);
  known->pop_back();
  ++overflow;
}

SameHelloAnswer DuplicateFlows::same_hello(const Flow& flow) const {
  if (flow.hello_hash == 0 || !flow.has_hello_us) return {SameHello::kOnly, true};
  const auto known = hellos_.find(flow.hello_hash);
  if (known == hellos_.end()) return {SameHello::kOnly, true};
  const Seen own = seen_of(flow);
  bool has_earlier = false;
  bool has_first = false;
  bool has_answered = false;
  bool has_answered_other = false;
  bool has_same = false;
  bool has_same_other = false;
  bool are_same_contradicted = true;
  for (const Seen& seen : known->second) {
    if (seen.flow_id == flow.id || !is_before(seen, own) || flow.hello_us - seen.hello_us > kKeptUs) continue;
    has_earlier = true;
    if (!leads_to(seen, own)) continue;
    has_first = true;
    if (!seen.is_answered) continue;
    has_answered = true;
    const bool is_other = seen.mac == 0 || own.mac == 0 || seen.mac != own.mac;
    has_answered_other = has_answered_other || is_other;
    if (!has_same_ends(seen, own)) continue;
    has_same = true;
    has_same_other = has_same_other || is_other;
    are_same_contradicted = are_same_contradicted && seen.is_contradicted;
  }
  if (!has_earlier) return {SameHello::kOnly, true};
  if (has_same_other) return {SameHello::kAgain, true};
  if (has_same && are_same_contradicted) return {SameHello::kRetold, true};
  if (has_answered_other) return {SameHello::kDuplicate, true};
  if (has_answered) return {SameHello::kUnclear, true};
  if (!has_first) return {SameHello::kCopy, true};
  // An answer passes the second leg first. While it may be in transit, the first leg does not count as forged.
  const bool is_on_its_way = flow.end == FlowEnd::kOpen && flow.last_us - flow.hello_us < kAnswerUs;
  return {flow.has(kFlowAnswered) && !is_on_its_way ? SameHello::kCopy : SameHello::kDuplicate, false};
}

void DuplicateFlows::expire(int64_t ts_us) {
  if (earliest_us_ >= ts_us) return;
  earliest_us_ = INT64_MAX;
  std::erase_if(hellos_, [&](const auto& entry) {
    int64_t latest_us = INT64_MIN;
    for (const Seen& seen : entry.second) latest_us = std::max(latest_us, seen.hello_us);
    if (latest_us < ts_us) return true;
    earliest_us_ = std::min(earliest_us_, latest_us);
    return false;
  });
}

}  // namespace wiretally

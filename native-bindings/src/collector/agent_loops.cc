// AgentLoops: stores the calls of each destination. src/catalogue/agent-loop.ts defines a loop.
#include "agent_loops.h"

#include <algorithm>

namespace wiretally {

namespace {

// Maximum pairs of host and name with a large request and a streamed answer, some KB each.
constexpr size_t kMaxLoopNames = 8192;
// Maximum stored calls and flows of a pair without a loop. An agent shows one within some minutes.
constexpr size_t kMaxCallsOfName = 128;
constexpr size_t kMaxFlowsOfName = 64;
// Maximum flows with a large request only: a first answer is often too short to classify, and side calls are not
// streamed.
constexpr size_t kMaxOtherFlows = 16;
// After this time without a call, the destination counts as another one.
constexpr int64_t kLongestPauseUs = 7200 * kSecondUs;

void add_once(std::vector<TrackedPtr>* flows, const TrackedPtr& flow) {
  if (std::find(flows->begin(), flows->end(), flow) == flows->end()) flows->push_back(flow);
}

}  // namespace

std::vector<TrackedPtr> AgentLoops::add(const RowIdentity& at, const TrackedPtr& flow, const Exchange& exchange,
                                        uint8_t shape, bool is_socket) {
  const bool is_call = (shape & kStreamedCall) != 0;
  const bool is_message = is_socket && (shape & kMessage) != 0;
  const std::string key = at.host.text() + ' ' + at.name;
  // Side calls alone are not stored.
  const bool is_beside = (shape & kMayBeCall) != 0 || ((shape & kMayBeSideCall) != 0 && destinations_.contains(key));
  if (!is_call && !is_message && !is_beside) return {};
  const Mac mac = flow->latest->client_mac;
  const std::string pair_key = mac == 0 ? std::string() : std::to_string(mac) + ' ' + at.name;
  const DestinationPtr destination = destination_of(key, exchange.start_us, pair_key);
  const bool is_streamed = is_call || (is_message && (shape & kStreamedMessage) != 0);
  destination->last_us = std::max(destination->last_us, is_streamed ? exchange.end_us() : exchange.start_us);
  if (destination->is_loop) return {flow};
  if (is_message) {
    const bool is_answered = (shape & kStreamedMessage) != 0;
    destination->messages.push_back(
        {exchange.start_us, is_answered ? exchange.end_us() : exchange.start_us, exchange.bytes_up, is_answered});
  }
  if (!is_call && !is_message) {
    add_once(&destination->other_flows, flow);
    if (destination->other_flows.size() > kMaxOtherFlows) {
      destination->other_flows.erase(destination->other_flows.begin());
    }
    return {};
  }
  if (is_call) destination->calls.push_back({exchange.start_us, exchange.end_us(), exchange.bytes_up, true});
  add_once(&destination->flows, flow);
  std::vector<DestinationPtr> together = {destination};
  if (DestinationPtr other = other_address(destination, at.host.ip_version == 6)) together.push_back(std::move(other));
  if (!looks_like_agent(together)) {
    limit(destination.get());
    return {};
  }
  std::vector<TrackedPtr> named;
  for (const DestinationPtr& member : together) {
    for (const TrackedPtr& tracked : member->flows) add_once(&named, tracked);
    for (const TrackedPtr& tracked : member->other_flows) add_once(&named, tracked);
    member->is_loop = true;
    member->calls.clear();
    member->messages.clear();
    member->flows.clear();
    member->other_flows.clear();
  }
  return named;
}

bool AgentLoops::looks_like_agent(const std::vector<DestinationPtr>& together) {
  std::vector<Call> calls;
  std::vector<Call> messages;
  for (const DestinationPtr& member : together) {
    if (member->is_loop) return true;
    calls.insert(calls.end(), member->calls.begin(), member->calls.end());
    messages.insert(messages.end(), member->messages.begin(), member->messages.end());
  }
  return names_->lookup().is_loop(calls, messages);
}

// Returns the same name called by the machine's address of the other family, because the steps of one loop may change
// between both.
AgentLoops::DestinationPtr AgentLoops::other_address(const DestinationPtr& destination, bool is_ip6) {
  if (destination->pair_key.empty()) return nullptr;
  Pair& pair = pairs_[destination->pair_key];
  DestinationPtr& own = pair.by_family[is_ip6 ? 1 : 0];
  if (own != nullptr && own != destination) pair.is_shared = true;
  own = destination;
  return pair.is_shared ? nullptr : pair.by_family[is_ip6 ? 0 : 1];
}

AgentLoops::DestinationPtr AgentLoops::destination_of(const std::string& key, int64_t start_us,
                                                      const std::string& pair_key) {
  const DestinationPtr* found = destinations_.find(key);
  const DestinationPtr latest = found == nullptr ? nullptr : *found;
  if (latest != nullptr && start_us - latest->last_us <= kLongestPauseUs) {
    destinations_.move_to_back(key);
    return latest;
  }
  destinations_.erase(key);
  forget_pair(latest);
  if (destinations_.size() >= kMaxLoopNames) leave(std::string(destinations_.front().first));
  auto destination = std::make_shared<Destination>();
  destination->pair_key = pair_key;
  destinations_.put(key, destination);
  return destination;
}

// Without a call there is nothing to report.
void AgentLoops::leave(const std::string& key) {
  const DestinationPtr destination = *destinations_.find(key);
  destinations_.erase(key);
  forget_pair(destination);
  if (destination->is_loop || !destination->calls.empty() || !destination->messages.empty()) ++overflow;
}

void AgentLoops::forget_pair(const DestinationPtr& destination) {
  if (destination == nullptr || destination->pair_key.empty()) return;
  const auto pair = pairs_.find(destination->pair_key);
  if (pair == pairs_.end()) return;
  for (DestinationPtr& member : pair->second.by_family) {
    if (member == destination) member = nullptr;
  }
  if (pair->second.by_family[0] == nullptr && pair->second.by_family[1] == nullptr) pairs_.erase(pair);
}

void AgentLoops::limit(Destination* destination) {
  for (std::vector<Call>* list : {&destination->calls, &destination->messages}) {
    if (list->size() <= kMaxCallsOfName) continue;
    std::stable_sort(list->begin(), list->end(), [](const Call& a, const Call& b) { return a.start_us < b.start_us; });
    list->erase(list->begin());
    ++overflow;
  }
  if (destination->flows.size() <= kMaxFlowsOfName) return;
  destination->flows.erase(destination->flows.begin());
  ++overflow;
}

void AgentLoops::expire(int64_t until_us) {
  destinations_.for_each([&](const std::string& key, const DestinationPtr& entry) {
    if (until_us - entry->last_us <= kLongestPauseUs) return;
    const DestinationPtr destination = entry;
    destinations_.erase(std::string(key));
    forget_pair(destination);
  });
}

}  // namespace wiretally

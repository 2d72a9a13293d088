// Subflows holds slices of multipath TCP subflows until the end of their window, when the first flow of their
// connection is known.
#include "subflows.h"

#include "texts.h"

namespace wiretally {

namespace {

// Limits of memory. Flows and slices above them count as overflow.
constexpr size_t kMaxConnections = 16'384;
constexpr size_t kMaxJoinedFlows = 16'384;
constexpr size_t kMaxPendingSubflowSlices = 8192;

// Orders flows that began in one microsecond by both ends.
bool is_before(const Flow& flow, const Flow& other) {
  if (flow.flow_first_us != other.flow_first_us) return flow.flow_first_us < other.flow_first_us;
  return text_is_before(ends_text(flow), ends_text(other));
}

}  // namespace

void Subflows::note_connection(const TrackedPtr& tracked) {
  const Flow& flow = *tracked->latest;
  if (flow.multipath_token == 0 || flow.has(kFlowJoined)) return;
  const auto existing = connections_.find(flow.multipath_token);
  if (existing != connections_.end()) {
    if (is_before(flow, *existing->second->latest)) existing->second = tracked;
  } else if (connections_.size() >= kMaxConnections) {
    ++overflow;
  } else {
    connections_.emplace(flow.multipath_token, tracked);
  }
}

bool Subflows::add(const FlowPtr& slice) {
  if (!slice->has(kFlowJoined) || slice->hello != nullptr) return false;
  if (pending_count_ >= kMaxPendingSubflowSlices) {
    ++overflow;
    return false;
  }
  ++pending_count_;
  if (std::vector<FlowPtr>* slices = pending_.find(slice->id)) {
    slices->push_back(slice);
  } else {
    pending_.put(slice->id, {slice});
  }
  return true;
}

bool Subflows::end(uint64_t flow_id) {
  std::vector<FlowPtr>* slices = pending_.find(flow_id);
  if (slices == nullptr || slices->empty()) return false;
  auto last = std::make_shared<Flow>(*slices->back());
  last->flags = static_cast<uint16_t>(last->flags | kFlowLastSlice);
  slices->back() = std::move(last);
  return true;
}

std::vector<JoinedSlice> Subflows::take(int64_t until_us) {
  std::vector<JoinedSlice> taken;
  pending_.for_each([&](uint64_t flow_id, std::vector<FlowPtr>& slices) {
    std::vector<FlowPtr> later;
    for (const FlowPtr& slice : slices) {
      if (slice->first_us < until_us) {
        taken.push_back({slice, find_joined_flow(*slice), build_identity(*slice)});
        --pending_count_;
      } else {
        later.push_back(slice);
      }
    }
    if (later.empty()) {
      pending_.erase(flow_id);
    } else {
      slices = std::move(later);
    }
  });
  return taken;
}

void Subflows::expire(int64_t ts_us) {
  std::erase_if(connections_, [&](const auto& entry) { return entry.second->latest->last_us < ts_us; });
  std::erase_if(joined_, [&](const auto& entry) { return entry.second->last_us < ts_us; });
}

std::shared_ptr<JoinedFlow> Subflows::find_joined_flow(const Flow& slice) {
  const auto existing = joined_.find(slice.id);
  const bool is_known = existing != joined_.end();
  std::shared_ptr<JoinedFlow> flow = is_known ? existing->second : std::make_shared<JoinedFlow>();
  flow->last_us = slice.last_us;
  if (slice.has(kFlowLastSlice)) {
    joined_.erase(slice.id);
  } else if (is_known || joined_.size() < kMaxJoinedFlows) {
    joined_[slice.id] = flow;
  } else {
    ++overflow;
  }
  return flow;
}

IdentityPtr Subflows::build_identity(const Flow& slice) const {
  const auto connection = connections_.find(slice.multipath_token);
  if (connection == connections_.end() || connection->second->identity == nullptr) return nullptr;
  const RowIdentity& identity = *connection->second->identity;
  return make_identity(identity.host, identity.name, identity.name_from, identity.proxy, nullptr, identity.user_agent);
}

}  // namespace wiretally

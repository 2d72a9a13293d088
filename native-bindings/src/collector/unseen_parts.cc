// UnseenParts: counts each flow once per kind.
#include "unseen_parts.h"

namespace wiretally {

namespace {

// Maximum flows with several slices, about 10 MB. An evicted flow counts again with its next slice.
constexpr size_t kMaxFlows = 65'536;
// Maximum first slices that wait for a hello, about 16 MB. The one that waits longest counts as hidden when it is
// evicted.
constexpr size_t kMaxWaitingFlows = 16'384;

uint32_t bit_of(Unseen kind) { return 1U << static_cast<unsigned>(kind); }

// Converts NotVisibleKinds of event.h to bits of Unseen.
uint32_t bits_of_counted(const Flow& flow) {
  uint32_t bits = 0;
  for (unsigned i = 0; i < kNotVisibleKinds; ++i) {
    if ((flow.counted_kinds & (1U << i)) != 0) bits |= bit_of(counted_kind(i, flow.app_hint));
  }
  return bits;
}

void add_part(Window* window, const Flow& flow, Unseen kind, uint64_t bytes, bool is_new) {
  Host* host = window->host(flow.client, flow.first_us, rank_of(flow));
  if (host == nullptr) return;
  host->add(UnseenSums{kind, flow.app_hint, is_new ? 1U : 0U, bytes, flow.first_us, flow.last_us});
}

}  // namespace

void UnseenParts::add(const FlowPtr& flow) {
  if (const FlowPtr* first = waiting_.find(flow->id)) count_first(FlowPtr(*first), flow.get());
  Window& window = windows_->at(flow->first_us);
  UnseenPart parts[kMaxUnseenParts];
  const size_t count = find_unseen_parts(*flow, *names_, parts);
  for (size_t i = 0; i < count; ++i) {
    const auto [kind, bytes] = parts[i];
    if (kind == Unseen::kMidFlow && !flow->has(kFlowMidFlow) && may_greet(*flow)) {
      wait(flow);
    } else {
      add_part(&window, *flow, kind, bytes, is_new(*flow, kind));
    }
  }
  if (!flow->has(kFlowFirstSlice)) continue_flow(&window, *flow);
  if (flow->has(kFlowLastSlice)) seen_.erase(flow->id);
}

void UnseenParts::add_loss(const Flow& flow) {
  if (flow.lost() == 0) return;
  add_part(&windows_->at(flow.first_us), flow, Unseen::kLoss, flow.lost(), is_new(flow, Unseen::kLoss));
}

// True if the next slice may begin early enough to contain the hello.
bool UnseenParts::may_greet(const Flow& flow) const {
  if (!flow.has(kFlowFirstSlice) || flow.has(kFlowLastSlice)) return false;
  const int64_t next_window_us = window_start_of(flow.first_us, windows_->window_us()) + windows_->window_us();
  return next_window_us < flow.flow_first_us + kMaxHelloDelayUs;
}

void UnseenParts::wait(const FlowPtr& flow) {
  if (waiting_.size() >= kMaxWaitingFlows) count_first(FlowPtr(waiting_.front().second), nullptr);
  waiting_.put(flow->id, flow);
}

// Decides a pending first slice with its successor; null without one.
void UnseenParts::count_first(const FlowPtr& first, const Flow* next) {
  waiting_.erase(first->id);
  const bool is_in_time = next != nullptr && next->first_us < first->flow_first_us + kMaxHelloDelayUs;
  if (is_in_time && next->has_hello_us) return;
  add_part(&windows_->at(first->first_us), *first, Unseen::kMidFlow, first->bytes(), is_new(*first, Unseen::kMidFlow));
}

void UnseenParts::settle(int64_t until_us) {
  waiting_.for_each([&](uint64_t, const FlowPtr& first) {
    if (first->flow_first_us + kMaxHelloDelayUs + windows_->window_us() <= until_us)
      count_first(FlowPtr(first), nullptr);
  });
}

void UnseenParts::end(uint64_t flow_id) {
  if (const FlowPtr* first = waiting_.find(flow_id)) count_first(FlowPtr(*first), nullptr);
  seen_.erase(flow_id);
}

void UnseenParts::expire(int64_t ts_us) {
  seen_.for_each([&](uint64_t flow_id, const Seen& seen) {
    if (seen.last_us < ts_us) seen_.erase(flow_id);
  });
}

// Continues a flow. One with a single observed direction remains so until the other appears.
void UnseenParts::continue_flow(Window* window, const Flow& flow) {
  Seen* seen = seen_.find(flow.id);
  if (seen == nullptr || (seen->kinds & bit_of(Unseen::kOneWay)) == 0) return;
  seen->last_us = flow.last_us;
  if (may_be_one_way(flow)) {
    add_part(window, flow, Unseen::kOneWay, flow.bytes(), false);
  } else {
    seen->kinds &= ~bit_of(Unseen::kOneWay);
  }
}

bool UnseenParts::is_new(const Flow& flow, Unseen kind) {
  if (flow.has(kFlowFirstSlice) && flow.has(kFlowLastSlice)) return true;
  Seen* existing = seen_.find(flow.id);
  Seen seen = existing != nullptr ? *existing : Seen{bits_of_counted(flow), 0};
  const bool is_new = (seen.kinds & bit_of(kind)) == 0;
  seen.kinds |= bit_of(kind);
  seen.last_us = flow.last_us;
  if (existing != nullptr) *existing = seen;
  if (!flow.has(kFlowLastSlice)) remember(flow.id, seen);
  return is_new;
}

// Stores a flow in the order of its last slice: the oldest is first and is evicted first.
void UnseenParts::remember(uint64_t flow_id, const Seen& seen) {
  seen_.erase(flow_id);
  if (seen_.size() >= kMaxFlows && seen_.erase(seen_.front().first)) ++overflow;
  seen_.put(flow_id, seen);
}

void add_relay_part(Window* window, const Flow& slice, CountedFlow* counted) {
  add_part(window, slice, Unseen::kRelay, slice.bytes(), counted->is_new(kCountedRelay));
}

}  // namespace wiretally

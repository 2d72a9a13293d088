// FactStore: free slots form a list through FlowFacts::track.
#include "fact_store.h"

namespace wiretally {

FlowFacts* FactStore::take(TrackId* id) {
  if (free_ != 0) {
    *id = free_;
    free_ = slots_[*id - 1].track;
  } else {
    slots_.emplace_back();
    *id = static_cast<TrackId>(slots_.size());
  }
  FlowFacts* flow = &slots_[*id - 1];
  *flow = FlowFacts{};
  flow->is_used = true;
  return flow;
}

void FactStore::give_back(TrackId id) {
  FlowFacts* flow = find(id);
  if (flow == nullptr) return;
  hellos_->give_back(flow);
  *flow = FlowFacts{};
  flow->track = free_;
  free_ = id;
}

}  // namespace wiretally

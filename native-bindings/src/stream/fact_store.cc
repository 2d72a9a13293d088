// Free slots of the FactStore form a list through FlowFacts::track.
#include "fact_store.h"

namespace wiretally {

FlowFacts* FactStore::take(TrackId* id) {
  if (free_ != 0) {
    *id = free_;
    free_ = slot(*id).track;
  } else {
    slots_.add();
    *id = used();
  }
  FlowFacts* flow = &slot(*id);
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

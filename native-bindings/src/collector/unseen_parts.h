// UnseenParts: unobserved traffic by host: bytes per slice, and each flow once per kind.
#pragma once

#include "names.h"
#include "ordered_map.h"
#include "unseen.h"
#include "window.h"

namespace wiretally {

class UnseenParts {
 public:
  UnseenParts(OpenWindows* windows, const Names* names) : windows_(windows), names_(names) {}

  // True for a flow whose next slice must be added in any case.
  bool is_waiting_for(uint64_t flow_id) const { return waiting_.contains(flow_id); }
  // Adds the kinds of the slice itself.
  void add(const FlowPtr& flow);
  // Adds a slice with lost packets only.
  void add_loss(const Flow& flow);
  // Must be called after every slice that begins before `until_us` has been added.
  void settle(int64_t until_us);
  // Must be called when the flow has ended.
  void end(uint64_t flow_id);
  // Removes flows that have been silent since `ts_us`.
  void expire(int64_t ts_us);

  uint64_t overflow = 0;

 private:
  struct Seen {
    uint32_t kinds = 0;  // bits of Unseen
    int64_t last_us = 0;
  };

  bool may_greet(const Flow& flow) const;
  void wait(const FlowPtr& flow);
  void count_first(const FlowPtr& first, const Flow* next);
  void continue_flow(Window* window, const Flow& flow);
  bool is_new(const Flow& flow, Unseen kind);
  void remember(uint64_t flow_id, const Seen& seen);

  OpenWindows* windows_;
  const Names* names_;
  // First slices at the edge of their window. The slice itself does not show if a hello followed in time.
  OrderedMap<FlowPtr> waiting_;
  // Kinds that a flow with several slices has already counted.
  OrderedMap<Seen> seen_;
};

// Counts slices of a relay when they are flushed: one by one, or all at the flow's end.
void add_relay_part(Window* window, const Flow& slice, CountedFlow* counted);

}  // namespace wiretally

// Handles subflows of multipath TCP connections (RFC 8684). They transport parts of the first flow and have no hello of
// their own, so their bytes count under the name of the first flow. Their request boundaries are not visible.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "ordered_map.h"
#include "tracked_flow.h"

namespace wiretally {

struct JoinedFlow : CountedFlow {
  int64_t last_us = 0;
};

struct JoinedSlice {
  FlowPtr slice;
  std::shared_ptr<JoinedFlow> flow;
  IdentityPtr identity;  // null for an unknown connection
};

class Subflows {
 public:
  // Records the first flow of a connection. Of two with one token the earlier counts, because joins refer to it.
  void note_connection(const TrackedPtr& tracked);
  // Returns false if the slice needs no connection, or if the limit is reached.
  bool add(const FlowPtr& slice);
  // Marks the end of the flow. Returns false if no slice of it is pending.
  bool end(uint64_t flow_id);
  // Returns slices of ended windows: all flows that began in these are known.
  std::vector<JoinedSlice> take(int64_t until_us);
  // Evicts connections and flows that were silent since `ts_us`.
  void expire(int64_t ts_us);

  uint64_t overflow = 0;

 private:
  std::shared_ptr<JoinedFlow> find_joined_flow(const Flow& slice);
  IdentityPtr build_identity(const Flow& slice) const;

  std::unordered_map<uint64_t, TrackedPtr, NumberHash> connections_;
  std::unordered_map<uint64_t, std::shared_ptr<JoinedFlow>, NumberHash> joined_;
  // Slices by flow, in order of arrival.
  OrderedMap<std::vector<FlowPtr>> pending_;
  size_t pending_count_ = 0;
};

}  // namespace wiretally

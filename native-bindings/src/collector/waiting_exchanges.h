// WaitingExchanges: exchanges that precede the slice of their flow, which ends with its window.
#pragma once

#include <unordered_map>
#include <vector>

#include "flow.h"

namespace wiretally {

class WaitingExchanges {
 public:
  // Maximum exchanges, about 40 MB.
  static constexpr size_t kMaxExchanges = 262'144;

  bool contains(uint64_t flow_id) const { return by_flow_.contains(flow_id); }
  void add(const Exchange& exchange);
  // Removes and returns the exchanges of the flow.
  std::vector<Exchange> take(uint64_t flow_id);
  // Evicts flows whose exchanges all started before `ts_us`.
  void expire(int64_t ts_us);

  uint64_t overflow = 0;

 private:
  std::unordered_map<uint64_t, std::vector<Exchange>, NumberHash> by_flow_;
  size_t count_ = 0;
};

}  // namespace wiretally

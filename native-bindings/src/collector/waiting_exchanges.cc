// WaitingExchanges: stores lists by flow.
#include "waiting_exchanges.h"

#include <algorithm>

namespace wiretally {

void WaitingExchanges::add(const Exchange& exchange) {
  if (count_ >= kMaxExchanges) {
    ++overflow;
    return;
  }
  ++count_;
  by_flow_[exchange.flow_id].push_back(exchange);
}

std::vector<Exchange> WaitingExchanges::take(uint64_t flow_id) {
  const auto existing = by_flow_.find(flow_id);
  if (existing == by_flow_.end()) return {};
  std::vector<Exchange> list = std::move(existing->second);
  by_flow_.erase(existing);
  count_ -= list.size();
  return list;
}

void WaitingExchanges::expire(int64_t ts_us) {
  std::erase_if(by_flow_, [&](const auto& entry) {
    const std::vector<Exchange>& list = entry.second;
    const bool is_old = std::all_of(list.begin(), list.end(),
                                    [&](const Exchange& exchange) { return exchange.start_us < ts_us; });
    if (is_old) count_ -= list.size();
    return is_old;
  });
}

}  // namespace wiretally

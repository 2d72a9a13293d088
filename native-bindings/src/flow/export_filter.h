// Crossing: which slices of flows must leave native code one by one, and which only add to the totals of
// their host. The same judgement as src/aggregation/record-filter.ts makes of a flow at a glance: what adds to totals
// here would there too.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/cursor.h"
#include "../base/event.h"
#include "../base/watchlist.h"
#include "../packet/network_list.h"
#include "dns_addresses.h"

namespace wiretally {

// Made once when a decoder is opened, shared by its workers.
struct ExportFilter {
  NetworkList local;                           // our side: totals are of its hosts
  NetworkList noted;                           // flows to servers in here cross
  std::shared_ptr<const Watchlist> watchlist;  // ciphers of runtimes
  std::shared_ptr<const Watchlist> names;      // names whose flows cross
  std::shared_ptr<DnsAddresses> answered = std::make_shared<DnsAddresses>();
};

// `record` as the tracker and the flow table have filled it; `sni` is its first tail. `now_ns` is the time of
// the packet that makes the slice end, the largest time there is at the end of the input.
bool must_export(const ExportFilter& rules, const FlowRecord& record, Span sni, int64_t now_ns);

}  // namespace wiretally

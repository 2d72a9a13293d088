// DnsObserver reads DNS messages of flows and decides which of them are exported.
#pragma once

#include <memory>

#include "../base/counters.h"
#include "../base/event_sink.h"
#include "../base/watchlist.h"
#include "../packet/packet.h"
#include "../protocol/dns.h"
#include "tracker.h"

namespace wiretally {

class DnsObserver {
 public:
  DnsObserver(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, Counters* counters)
      : wanted_(options.dns),
        watchlist_(watchlist),
        sink_(sink),
        counters_(counters),
        message_(std::make_unique<DnsMessage>()) {}

  bool wants_none() const { return wanted_ == TrackerOptions::Dns::kNone; }
  void on_message(Span message, const Packet& packet);

 private:
  const TrackerOptions::Dns wanted_;
  const Watchlist* const watchlist_;
  EventSink* const sink_;
  Counters* const counters_;
  std::unique_ptr<DnsMessage> message_;
};

// True if a DNS message is exported: all answers on request, else queries and answers that contain a watched name, as
// query name or in the CNAME chain.
bool dns_matters(const DnsMessage& message, TrackerOptions::Dns wanted, const Watchlist* watchlist);

}  // namespace wiretally

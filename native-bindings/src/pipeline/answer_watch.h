// AnswerWatch collects the addresses of watched names from DNS answers, in capture order, before any worker processes
// the flows that use them. It also measures the content of names, because it sees all answers of a capture.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/event_sink.h"
#include "../base/ports.h"
#include "../flow/export_filter.h"
#include "../packet/packet.h"
#include "../protocol/dns.h"
#include "../protocol/dns_need.h"

namespace wiretally {

class AnswerWatch {
 public:
  // If `rules` is null, nothing is watched.
  AnswerWatch(std::shared_ptr<const ExportFilter> rules, std::shared_ptr<const Watchlist> watchlist)
      : rules_(std::move(rules)), watchlist_(std::move(watchlist)) {}

  bool wants(const Packet& packet) const {
    return rules_ != nullptr && packet.ends.source_port == kDnsPort && packet.payload.size != 0;
  }
  // Call it for packets that match wants().
  void see(const Packet& packet, EventSink* sink);

 private:
  void read_message(Span bytes, const Packet& packet, EventSink* sink);
  void read_stream(Span bytes, const Packet& packet, EventSink* sink);
  void sum_up(Span bytes, const Packet& packet, EventSink* sink);

  std::shared_ptr<const ExportFilter> rules_;
  std::shared_ptr<const Watchlist> watchlist_;
  std::unique_ptr<DnsMessage> message_ = std::make_unique<DnsMessage>();
  RecentNumbers known_;  // names and texts by client
};

}  // namespace wiretally

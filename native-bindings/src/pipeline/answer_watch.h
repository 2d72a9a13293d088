// AnswerWatch: collects the addresses of watched names from DNS answers, in capture order, before any
// worker processes the flows that use them.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/ports.h"
#include "../flow/export_filter.h"
#include "../packet/packet.h"
#include "../protocol/dns.h"

namespace wiretally {

class AnswerWatch {
 public:
  // `rules` may be null: then nothing is watched.
  AnswerWatch(std::shared_ptr<const ExportFilter> rules, std::shared_ptr<const Watchlist> watchlist)
      : rules_(std::move(rules)), watchlist_(std::move(watchlist)) {}

  bool wants(const Packet& packet) const {
    return rules_ != nullptr && packet.ends.source_port == kDnsPort && packet.payload.size != 0;
  }
  // For packets that match wants().
  void see(const Packet& packet);

 private:
  void read_message(Span bytes);
  void read_stream(Span bytes);

  std::shared_ptr<const ExportFilter> rules_;
  std::shared_ptr<const Watchlist> watchlist_;
  std::unique_ptr<DnsMessage> message_ = std::make_unique<DnsMessage>();
};

}  // namespace wiretally

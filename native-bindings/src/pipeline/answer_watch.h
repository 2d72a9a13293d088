// AnswerWatch: learns from DNS answers, in capture order, which addresses names of interest have, before any
// worker comes to the flows that make use of them.
#pragma once

#include <cstdint>
#include <memory>

#include "../flow/crossing.h"
#include "../packet/packet.h"
#include "../protocol/dns.h"

namespace wiretally {

class AnswerWatch {
 public:
  // `rules` may be null: then nothing is watched.
  AnswerWatch(std::shared_ptr<const CrossingRules> rules, std::shared_ptr<const InterestSet> interest)
      : rules_(std::move(rules)), interest_(std::move(interest)) {}

  bool wants(const Packet& packet) const {
    return rules_ != nullptr && packet.ends.source_port == kDnsPort && packet.payload.size != 0;
  }
  // For packets that it wants.
  void see(const Packet& packet);

 private:
  static constexpr uint16_t kDnsPort = 53;

  void read_message(Span bytes);
  void read_stream(Span bytes);

  std::shared_ptr<const CrossingRules> rules_;
  std::shared_ptr<const InterestSet> interest_;
  std::unique_ptr<DnsMessage> message_ = std::make_unique<DnsMessage>();
};

}  // namespace wiretally

// DnsMap: stores answers by client and address.
#include "dns_map.h"

#include <algorithm>

#include "texts.h"

namespace wiretally {

namespace {

// Minimum lifetime of an answer. Resolvers and programs use an address well after its TTL.
constexpr uint32_t kHoldSeconds = 3600;

}  // namespace

void DnsMap::add(const NameMessage& message, const std::string& name) {
  const int64_t until_us = message.ts_us + int64_t{std::max(message.ttl_seconds, kHoldSeconds)} * kSecondUs;
  const auto shared = std::make_shared<const std::string>(name);
  for (const Address& address : message.addresses) {
    if (count_ >= kMaxAnswers) {
      ++overflow;
      continue;
    }
    answers_[Ends{message.client, address}].push_back({message.ts_us, until_us, shared});
    ++count_;
  }
}

const std::string* DnsMap::name_of(const Address& client, const Address& server, int64_t ts_us) const {
  if (count_ == 0) return nullptr;
  const auto found = answers_.find(Ends{client, server});
  if (found == answers_.end()) return nullptr;
  const Answer* best = nullptr;
  for (const Answer& answer : found->second) {
    if (answer.ts_us > ts_us + kLateAnswerUs || answer.until_us < ts_us) continue;
    const bool is_better = best == nullptr || (answer.ts_us != best->ts_us ? answer.ts_us > best->ts_us
                                                                           : text_is_before(*answer.name, *best->name));
    if (is_better) best = &answer;
  }
  return best == nullptr ? nullptr : best->name.get();
}

void DnsMap::expire(int64_t ts_us) {
  for (auto at = answers_.begin(); at != answers_.end();) {
    count_ -= std::erase_if(at->second, [&](const Answer& answer) { return answer.until_us < ts_us; });
    at = at->second.empty() ? answers_.erase(at) : std::next(at);
  }
}

}  // namespace wiretally

// Question counts the queries of one name, and selects the addresses that the querying machines received.
#include "question.h"

#include <algorithm>
#include <iterator>

#include "texts.h"

namespace wiretally {

namespace {

// Maximum machines (MAC addresses) that use one client address: normally one, or two behind redundant routers. More of
// them indicate forged packets.
constexpr size_t kMaxMachines = 4;
// MAX_QUERIED_ADDRESSES of src/model/ceilings.ts.
constexpr size_t kMaxAddresses = 8;
// MAX_ECH_ANSWERS of src/model/ceilings.ts. A host has two or three resolvers.
constexpr size_t kMaxEchAnswers = 4;

}  // namespace

void Question::add(const NameMessage& message) {
  first_us = std::min(first_us, message.ts_us);
  last_us = std::max(last_us, message.ts_us);
  offers_ech = offers_ech || message.offers_ech;
  if (message.is_response && message.offers_ech) add_ech_answer(message);
  is_logged = is_logged || message.is_logged;
  if (!message.is_response) {
    ++count;
    add_smallest_number(&askers, message.client_mac_tail, kMaxMachines);
    return;
  }
  if (message.addresses.empty()) return;
  std::vector<std::string>& existing = answers[message.client_mac_tail];
  for (const Address& address : message.addresses) add_smallest_text(&existing, address.text(), kMaxAddresses);
  if (answers.size() > kMaxMachines) answers.erase(std::prev(answers.end()));
}

void Question::add_ech_answer(const NameMessage& message) {
  const std::string resolver = message.server.text();
  const auto at = std::find_if(ech_answers.begin(), ech_answers.end(),
                               [&](const EchAnswer& existing) { return resolver <= existing.resolver; });
  if (at != ech_answers.end() && at->resolver == resolver) {
    at->first_us = std::min(at->first_us, message.ts_us);
    at->ttl_seconds = std::max(at->ttl_seconds, message.ech_ttl_seconds);
    return;
  }
  ech_answers.insert(at, EchAnswer{resolver, message.ts_us, message.ech_ttl_seconds});
  if (ech_answers.size() > kMaxEchAnswers) ech_answers.pop_back();
}

std::vector<std::string> Question::own_addresses() const {
  std::vector<std::string> own;
  for (const auto& [machine, addresses] : answers) {
    if (count != 0 && std::find(askers.begin(), askers.end(), machine) == askers.end()) continue;
    for (const std::string& address : addresses) add_smallest_text(&own, address, kMaxAddresses);
  }
  return own;
}

}  // namespace wiretally

// Question: a DNS name of a host in an open window, queries and the answers to the same machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow.h"

namespace wiretally {

// A resolver that answered with an ECH configuration. Caches decrease a TTL, so the largest is nearest to that of the
// record.
struct EchAnswer {
  std::string resolver;
  int64_t first_us;
  uint32_t ttl_seconds;
};

struct Question {
  Address host;
  std::string name;
  uint64_t count = 0;
  int64_t first_us = 0;
  int64_t last_us = 0;
  bool offers_ech = false;
  bool is_logged = false;
  // Machines that sent a query, by the tail of their MAC. The smallest are kept, so that the order has no effect.
  std::vector<uint32_t> askers;
  // Addresses in the answers to each machine.
  std::map<uint32_t, std::vector<std::string>> answers;

  // The smallest addresses of resolvers, sorted.
  std::vector<EchAnswer> ech_answers;

  void add(const NameMessage& message);
  // Returns addresses from answers to the host itself. A resolver also answers queries with a spoofed source, and sends
  // the answer to the machine with that address. So an answer counts only after a query of its receiver; if the query
  // is in an earlier window, every answer counts.
  std::vector<std::string> own_addresses() const;

 private:
  void add_ech_answer(const NameMessage& message);
};

}  // namespace wiretally

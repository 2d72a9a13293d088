// DnsMap: catalogue names by client and resolved address, for flows without a name; bounded, entries expire.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow.h"

namespace wiretally {

class DnsMap {
 public:
  // Maximum answers of all clients: about 40 MB of text in the worst case. Further answers are only counted.
  static constexpr size_t kMaxAnswers = 131'072;
  // Maximum delay of an answer after its flow. A client's clock and the sensor's differ by queueing only.
  static constexpr int64_t kLateAnswerUs = 50'000;

  // `name` is the catalogue name that was queried, or a name in the CNAME chain.
  void add(const NameMessage& message, const std::string& name);
  // Returns the last name before `ts_us` that the client resolved to this address; null without one.
  const std::string* name_of(const Address& client, const Address& server, int64_t ts_us) const;
  // Evicts entries that no flow starting at `ts_us` or later can use.
  void expire(int64_t ts_us);

  uint64_t overflow = 0;

 private:
  struct Answer {
    int64_t ts_us;
    int64_t until_us;
    std::shared_ptr<const std::string> name;
  };
  struct Ends {
    Address client;
    Address server;
    bool operator==(const Ends& other) const { return client == other.client && server == other.server; }
  };
  struct EndsHash {
    size_t operator()(const Ends& ends) const {
      return hash_words(AddressHash{}(ends.client), AddressHash{}(ends.server));
    }
  };

  std::unordered_map<Ends, std::vector<Answer>, EndsHash> answers_;
  size_t count_ = 0;
};

}  // namespace wiretally

// Outcomes: assigns connections and DNS queries to the windows in which they began. Connections without a name wait for
// the answer that names them, queries for their answer.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "../packet/network_list.h"
#include "dns_map.h"
#include "flow.h"
#include "outcome_cells.h"
#include "window.h"

namespace wiretally {

class Outcomes {
 public:
  // Maximum pending connections, and maximum pending queries.
  static constexpr size_t kMaxNameless = 65'536;
  static constexpr size_t kMaxQuestions = 65'536;

  // `private_networks`: addresses that no public network has.
  Outcomes(OpenWindows* windows, const DnsMap* dns, NetworkList private_networks)
      : windows_(windows), dns_(dns), private_networks_(std::move(private_networks)) {}

  void add(Outcome outcome);
  // Names connections of any host to the address, unless their own DNS answers contain another name.
  void set_name(const Address& address, const std::string& name) {
    if (names_.size() < kMaxNameless) names_[address].assign(1, Named{INT64_MIN / 2, kAlwaysUs, name});
  }
  // `name`: catalogue name of the message.
  void add(const NameMessage& message, const std::string& name);
  // Must be called after all records of packets before this time have been added.
  void settle(int64_t until_us);
  // Must be called after the last record; `last_us` is the time of the last packet.
  void finish(const int64_t* last_us);
  // Evicts data that no later connection can need.
  void expire(int64_t until_us);

  uint64_t overflow = 0;

 private:
  // Key of a query and its copies; `port` is the client's.
  struct QueryKey {
    Address client;
    Address server;
    std::string name;
    uint16_t port;
    uint16_t message_id;
    uint16_t query_type;
    bool operator==(const QueryKey& other) const {
      return client == other.client && server == other.server && port == other.port && message_id == other.message_id &&
             query_type == other.query_type && name == other.name;
    }
  };
  struct QueryKeyHash {
    size_t operator()(const QueryKey& query) const {
      const uint64_t rest = uint64_t{query.port} << 32 | uint64_t{query.message_id} << 16 | query.query_type;
      return hash_words(hash_words(AddressHash{}(query.client), AddressHash{}(query.server)),
                        hash_text(query.name) ^ rest);
    }
  };
  struct Answer {
    int64_t ts_us;
    QuestionKind kind;
    uint32_t detail;
    std::string by;
    bool is_known = true;  // The content of the answer is known.
  };
  struct Question {
    std::string name;  // Name in the catalogue.
    int64_t ts_us;     // Time of the first message.
    std::vector<int64_t> asked_us;
    std::vector<Answer> answers;
  };
  // The ends of a connection, without the server's port.
  struct Ends {
    Address client;
    Address server;
    uint16_t client_port;
    bool operator==(const Ends& other) const {
      return client == other.client && server == other.server && client_port == other.client_port;
    }
  };
  struct EndsHash {
    size_t operator()(const Ends& ends) const {
      return hash_words(hash_words(AddressHash{}(ends.client), AddressHash{}(ends.server)), ends.client_port);
    }
  };
  struct Refused {
    int64_t ts_us = INT64_MIN;
    uint32_t detail = 0;  // type * 256 + code
    std::string by;       // sender
    bool operator<(const Refused& other) const {
      return std::tie(ts_us, detail, by) < std::tie(other.ts_us, other.detail, other.by);
    }
  };
  static constexpr int64_t kAlwaysUs = INT64_MAX / 2;
  // Consecutive answers with a name, without a long pause.
  struct Named {
    int64_t first_us;
    int64_t last_us;
    std::string name;
    bool is_given() const { return last_us == kAlwaysUs; }
  };
  using Questions = std::unordered_map<QueryKey, Question, QueryKeyHash>;

  Answer answer_of(const NameMessage& message) const;
  bool is_private(const Address& address) const {
    return private_networks_.contains(address.bytes(), address.ip_version);
  }
  void put(const OutcomeKey& key, const OutcomeNumbers& numbers) { windows_->at(numbers.first_us).add(key, numbers); }
  void put_question(const QueryKey& query, const std::string& name, const Answer& answer, int64_t asked_us);
  void add_logged_answer(const NameMessage& message, const std::string& name);
  void name_until(int64_t until_us);
  void name(Outcome* outcome);
  void note_name(const Address& address, const std::string& name, int64_t ts_us);
  const std::string* noted_name(const Address& address, int64_t ts_us) const;
  void conclude_before(int64_t before_us, int64_t now_us);
  void conclude(const QueryKey& query, Question question, int64_t now_us);

  OpenWindows* windows_;
  const DnsMap* dns_;
  NetworkList private_networks_;
  std::vector<Outcome> nameless_;
  Questions questions_;
  // Queries by the time of their first message.
  std::multimap<int64_t, const QueryKey*> by_time_;
  // The last ICMP message that quotes a query. A forged one is detected by an answer that still arrives.
  std::unordered_map<Ends, Refused, EndsHash> refused_;
  // Resolvers that cut answers to a host, with the time of the last one; the port is 0.
  std::unordered_map<Ends, int64_t, EndsHash> truncated_;
  // Names of addresses for any host: of IPv6 addresses in DNS answers, because a host may query over IPv4, and names
  // that were set.
  std::unordered_map<Address, std::vector<Named>, AddressHash> names_;
  int64_t latest_us_ = INT64_MIN / 2;
};

}  // namespace wiretally

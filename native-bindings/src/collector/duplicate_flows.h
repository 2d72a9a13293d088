// DuplicateFlows: decides which of several flows with one ClientHello counts. Tunneling proxies and NAT routers forward
// a hello unchanged; an attacker can replay it. Only the former remove a flow from the counts.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "flow.h"

namespace wiretally {

// Relation of a flow to earlier flows with the same hello, at any distance in time, because a client generates 32
// random bytes for each.
enum class SameHello : uint8_t {
  kOnly,       // there is none
  kDuplicate,  // it continues one of them and is not counted again
  kAgain,      // the same flow at another capture point: its packets count and are evidence, its exchanges do not count
  kUnclear,  // it may be one of them, but one machine sent both: counted, its requests only in upper bounds, no evidence
  kRetold,   // the same, and evidence, since the packets of the earlier one contradict each other
  kCopy,     // unrelated, so both count
};

struct SameHelloAnswer {
  SameHello outcome;
  bool is_final;
};

class DuplicateFlows {
 public:
  // Maximum hellos. Further ones count as first legs.
  static constexpr size_t kMaxDuplicates = 131'072;
  // Retention of hellos: a day if memory permits. Capture points with different clocks show equal ends at any distance
  // in time.
  static constexpr int64_t kKeptUs = 24 * 3600 * kSecondUs;
  // After this time a flow may be counted: the queues of both sensors are empty, and the earlier hello is recorded.
  // Only the clock that all threads have passed counts, so that the order of threads has no effect.
  static constexpr int64_t kWaitUs = 2 * kSecondUs;

  void note(const Flow& flow);
  // Must be called kWaitUs after the hello, when the other leg is recorded. The answer of one leg may belong to the
  // next window: a result that is not final is requested again with the next slice.
  SameHelloAnswer same_hello(const Flow& flow) const;
  // Removes hellos before `ts_us`.
  void expire(int64_t ts_us);

  uint64_t overflow = 0;

 private:
  struct Seen {
    Address client;
    Address server;
    uint16_t client_port;
    uint16_t server_port;
    uint64_t flow_id;
    int64_t hello_us;
    Mac mac;
    bool is_to_proxy;
    bool is_answered;
    bool is_contradicted;
  };
  static Seen seen_of(const Flow& flow);
  static bool has_same_ends(const Seen& a, const Seen& b);
  static bool leads_to(const Seen& first, const Seen& second);
  static bool is_before(const Seen& a, const Seen& b);
  bool has_room(int64_t now_us);
  void join(std::vector<Seen>* known, const Seen& seen);

  std::unordered_map<uint64_t, std::vector<Seen>, NumberHash> hellos_;
  // No entry expires before hellos of this time, so that most calls of expire need not scan all entries.
  int64_t earliest_us_ = INT64_MAX;
  // Time of the last eviction of distant entries for lack of memory.
  int64_t made_room_us_ = INT64_MIN / 2;
};

}  // namespace wiretally

// Collector: collects records of the border into windows of facts. Records are ordered by capture time, but a flow is
// emitted only when its window or the flow ends. So a DNS name is known before the flow that needs it, and the second
// leg of a proxied flow may follow much later. All other facts are sums, unions, minima and maxima, independent of the
// order.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../packet/network_list.h"
#include "agent_loops.h"
#include "batch.h"
#include "dns_map.h"
#include "dns_zones.h"
#include "duplicate_flows.h"
#include "early_slices.h"
#include "names.h"
#include "ordered_map.h"
#include "outcomes.h"
#include "quic_peers.h"
#include "subflows.h"
#include "tracked_flow.h"
#include "unseen_parts.h"
#include "waiting_exchanges.h"
#include "window.h"

namespace wiretally {

// Parts of a batch that are read separately: with several threads DNS answers first, the rest when every thread has
// delivered all earlier answers.
enum BatchPart : uint8_t { kAnswers = 1 << 0, kOthers = 1 << 1 };

// A request like one to a model, to an unlisted name. Later calls may give its flow the name of a relay.
struct Suspect {
  TrackedPtr flow;
  int64_t start_us;
  uint64_t bytes;
};

class Collector {
 public:
  // Maximum flows, about 1 KB each.
  static constexpr size_t kMaxTrackedFlows = 65'536;

  // `local`: local networks. `private_networks`: no public network has their addresses.
  Collector(int64_t window_us, NetworkList local, NetworkList private_networks, Names names);

  // Replaces the catalogue for later records. Identified flows keep their identity. Must be called before any record.
  void set_lookup(std::unique_ptr<Lookup> lookup, NameSet ciphers, NetworkList networks) {
    names_.set_lookup(std::move(lookup), std::move(ciphers), std::move(networks));
  }

  // Names a server for connections without a name.
  void set_name(const Address& address, const std::string& name) { outcomes_.set_name(address, name); }

  // Adds the records of these parts. Returns the number of records of other kinds, which the reader processes; a
  // negative number if the bytes are no batch of complete records. Records before the fault were added.
  int64_t add(Span batch, uint8_t parts);
  // Adds records of another sensor's log. The flows of a batch are one complete flow: its slices in order of time. No
  // later record of the flow may follow, and DNS answers that name it must be added before. Returns false for a damaged
  // batch.
  bool add_log(Span batch, const LogMarks& marks);
  // Must be called after all records of packets before this time have been added: names and legs are known up to it.
  void settle(int64_t until_us);
  // Creates a window at this time, because silence of a live sensor is observed time.
  void keep_window(int64_t us) { windows_.at(us); }
  // Closes the windows that end at `until_us` or before.
  std::vector<std::unique_ptr<Window>> close(int64_t until_us);
  // Closes all windows after the last record; one at `last_us` if there is none.
  std::vector<std::unique_ptr<Window>> finish(const int64_t* last_us);

  // Returns the facts beyond limits of the analysis since the last call, by name of the limit.
  std::map<std::string, uint64_t> take_overflow();

 private:
  // Reads a record without tails. Returns false if it is truncated.
  template <typename Record>
  bool add_fixed(Span bytes);
  void add_record(const RecordHeader& header, Span record, uint8_t parts, int64_t* others, bool* is_whole);
  void add(const FlowPtr& flow);
  bool add_plain(const Flow& flow);
  void add(const NameMessage& message);
  void add(Outcome outcome);
  void add(const Observation& observation);
  void add(const Exchange& exchange);
  void add(const HostTotalsRecord& totals, bool is_logged = false);
  // Counts a sum of rows of a log, which contain no packets.
  void count_logged(const HostTotalsRecord& totals, const UnseenSums& part, Window* window, Host* host);
  TrafficClass class_of_logged(const Flow& flow) const;
  // True if a DNS answer of the client contained the address.
  bool is_resolved(const Flow& flow, const Address& server) const;
  void add(const AccountRecord& record);
  void add(const HeardRecord& record);
  void add(const QuicPeersRecord& record);
  void add(const DnsNeedRecord& record);
  // Counts the bytes of a slice, or of others; `host` may be null.
  void count_flow(const Flow& flow, Window* window, Host* host);
  void count_flow_as(const Flow& flow, Window* window, Host* host, TrafficClass traffic_class,
                     std::string_view hiding_name);
  // Holds a slice until it is known if it belongs to QUIC, which determines its blind spots.
  void hold(const FlowPtr& flow);
  void release(const FlowPtr& flow);
  // Releases all slices whose time has passed.
  void release_until(int64_t settled_us, int64_t closed_us);
  void count_bytes(const Accounted& accounted, Window* window, Host* host);
  void add_logged(const std::vector<FlowPtr>& slices);

  // Returns the flow with the local host as its client. Null for flows that no local host opened: inbound flows to
  // local servers, and senders without an address.
  FlowPtr orient(const FlowPtr& flow) const;
  bool is_local(const Address& address) const { return local_.contains(address.bytes(), address.ip_version); }
  Host* add_to_host(const Flow& flow);

  void learn_at_end(const FlowPtr& record);
  void end(uint64_t flow_id);
  void follow(const FlowPtr& flow);
  bool may_be_relay(const Flow& flow);
  void make_room(int64_t now_us);
  void expire(int64_t until_us);
  void identify(const TrackedPtr& tracked, bool is_final);
  void note_call(const TrackedPtr& tracked, const Exchange& exchange);
  void count_unlisted(const Flow& flow, int64_t start_us, uint8_t shape);
  void suspect(const TrackedPtr& tracked, const Exchange& exchange, uint8_t shape);
  void count_suspects(int64_t until_us);
  void set_ready(const TrackedPtr& tracked);
  void forget(uint64_t flow_id);
  void flush(const TrackedPtr& tracked);
  void conclude(const TrackedPtr& tracked);
  void count(const TrackedPtr& tracked);
  void count_other(const TrackedFlow& tracked);
  void count_joined(const JoinedSlice& joined);
  SameHello same_hello(TrackedFlow* tracked);
  // Iterates over the flows in a queue, each of which `visit` may remove.
  template <typename Visit>
  void visit_ready(Visit visit);
  template <typename Visit>
  void visit_closed(Visit visit);
  void conclude_all();
  NameSources sources() { return {&names_, &dns_}; }

  NetworkList local_;
  Names names_;
  FlowMaker maker_;
  DnsMap dns_;
  DuplicateFlows duplicates_;
  OpenWindows windows_;
  UnseenParts unseen_;
  QuicPeers quic_peers_;
  DnsZones dns_zones_;
  EarlySlices early_;
  WaitingExchanges waiting_;
  AgentLoops loops_;
  Subflows subflows_;
  Outcomes outcomes_;
  // Flows by number, longest silence first.
  OrderedMap<TrackedPtr> tracked_;
  // Flows with a name and data to count.
  std::list<TrackedPtr> ready_;
  // Flows that their own packets have ended. Their last slice may be missing, because it would be empty.
  std::list<TrackedPtr> closed_;
  std::vector<Suspect> suspects_;
  int64_t expired_us_ = INT64_MIN / 2;
  std::map<std::string, uint64_t> overflow_;
};

}  // namespace wiretally

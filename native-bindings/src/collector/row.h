// Row: the traffic of one host with one name in one form of the hello, in an open window.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow.h"
#include "flow_marks.h"

namespace wiretally {

// In the order of NAME_SOURCES of src/model/window-words.ts.
enum class NameFrom : uint8_t { kSni, kProxy, kDns, kNetwork, kHost };

struct RowIdentity {
  Address host;
  std::string name;
  NameFrom name_from;
  ProxyKind proxy;
  std::shared_ptr<const HelloForm> fingerprint;  // null: none
  std::string user_agent;                        // empty: none
  std::string key;                               // The key of rowKey in src/window/sums.ts, which orders rows.
};

using IdentityPtr = std::shared_ptr<const RowIdentity>;

IdentityPtr make_identity(const Address& host, std::string name, NameFrom name_from, ProxyKind proxy,
                          std::shared_ptr<const HelloForm> fingerprint, std::string user_agent);

// Facts that count once per flow, independent of the number of slices.
enum CountedOnce : uint8_t {
  kCountedFlow = 1 << 0,
  kCountedOneWay = 1 << 1,
  kCountedEstablished = 1 << 2,
  kCountedResumed = 1 << 3,
  kCountedHttp2 = 1 << 4,
  kCountedCutShort = 1 << 5,
  kCountedRelay = 1 << 6,
  kCountedLarge = 1 << 7,
};

// Counted parts of a flow.
struct CountedFlow {
  uint8_t counted = 0;  // CountedOnce
  // Slices that count as answered and were not revoked.
  uint32_t answered_slices = 0;
  // Number of the row of the last counted slice, or of the last contradicted one, because one slice per window counts.
  uint64_t answered_in = 0;

  bool has(CountedOnce what) const { return (counted & what) != 0; }
  // Returns true once.
  bool is_new(CountedOnce what) {
    if (has(what)) return false;
    counted = static_cast<uint8_t>(counted | what);
    return true;
  }
};

// An exchange in coarse steps, with the fields in their order in EXCHANGE_COUNTS of src/model/usage.ts.
struct CoarseExchange {
  static constexpr size_t kNumbers = 14;
  int64_t numbers[kNumbers];  // start in ms after the window's start, then the counts
  uint32_t flow;
};

struct ExchangeCell {
  uint64_t count = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
};

// The way a slice counts in a row, if it differs from its own data.
struct SliceView {
  const Flow& flow;
  bool is_answered;
  bool is_contradicted;
  bool is_established;
  Mac client_mac;

  explicit SliceView(const Flow& slice)
      : flow(slice),
        is_answered(slice.has(kFlowAnswered)),
        is_contradicted(slice.has(kFlowContradicted)),
        is_established(slice.has(kFlowEstablished)),
        client_mac(slice.client_mac) {}
};

// Counters that a merge of rows adds, in the order of ROW_SUMS of src/model/counters.ts, which documents each.
#define WIRETALLY_ROW_SUMS(X) \
  X(flows)                    \
  X(established_flows)        \
  X(failed_flows)             \
  X(resumed_flows)            \
  X(mid_flow)                 \
  X(one_way)                  \
  X(http2_flows)              \
  X(cut_short_flows)          \
  X(answered_slices)          \
  X(contradicted_slices)      \
  X(copied_hellos)            \
  X(packets_up)               \
  X(packets_down)             \
  X(bytes_up)                 \
  X(bytes_down)               \
  X(payload_up)               \
  X(payload_down)             \
  X(lost_up)                  \
  X(lost_down)                \
  X(logged_slices)            \
  X(unsized_up)               \
  X(unsized_down)             \
  X(large_logged)

struct Row {
  IdentityPtr identity;
  uint64_t number = 0;  // no other row of the analysis has it
#define WIRETALLY_DECLARE(name) uint64_t name = 0;
  WIRETALLY_ROW_SUMS(WIRETALLY_DECLARE)
#undef WIRETALLY_DECLARE
  int64_t first_us = 0;
  int64_t last_us = 0;
  int64_t open_seconds = 0;
  uint64_t hello_bytes_min = 0;
  uint64_t hello_bytes_max = 0;
  std::vector<int64_t> hello_times_us;
  std::vector<std::string> servers;
  std::vector<uint16_t> server_ports;
  std::vector<std::string> community_ids;
  std::vector<Mac> macs;
  // Answered slices that are not contradicted. Those of flows that begin here are compared with others of the host.
  std::vector<MarkedSlices> marked;
  std::vector<CoarseExchange> exchanges;
  std::map<uint32_t, ExchangeCell> cells;  // Key: class of the request times 32 plus class of the answer.
  // Distinguishes the flows of its exchanges.
  std::unordered_map<uint64_t, uint32_t, NumberHash> flow_numbers;

  void add(const SliceView& slice, CountedFlow* flow);
  // Records a slice of a flow that was opened before the window.
  void note_open_time(const Flow& slice, int64_t window_start_us);
  // Adds the hello if this slice contains the packet that completed it.
  void add_hello(const Flow& slice);
  void add(const Exchange& exchange, int64_t window_start_us);
  void add_server(const Flow& flow);

 private:
  void add_proof(const SliceView& slice, CountedFlow* flow);
};

CoarseExchange coarsen(const Exchange& exchange, int64_t window_start_us, uint32_t flow);
// Returns the Community ID v1 of a flow.
std::string community_id(const Flow& flow);

}  // namespace wiretally

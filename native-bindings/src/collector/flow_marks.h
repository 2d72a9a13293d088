// FlowMarks: properties that flows of one host share and forged ones lack: correct checksums, a TTL, a start.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "address.h"
#include "flow.h"

namespace wiretally {

struct TtlCount {
  uint64_t flows;
  uint32_t windows;
  uint8_t ttl;
};

// Counts by TTL. Almost every host has one, which needs no memory of its own, because there is a list for each host and
// window.
class TtlCounts {
 public:
  void add(const TtlCount& added);
  template <typename Visit>
  void each(Visit visit) {
    if (highest_.ttl != 0) visit(highest_);
    for (TtlCount& one : others_) visit(one);
  }
  template <typename Visit>
  void each(Visit visit) const {
    if (highest_.ttl != 0) visit(highest_);
    for (const TtlCount& one : others_) visit(one);
  }

 private:
  TtlCount highest_{};
  // Sorted. Of the maximum that an attacker may add, the highest are kept.
  std::vector<TtlCount> others_;
};

// Answered slices of a row whose flows have the same marks.
struct MarkedSlices {
  uint8_t ttl;
  uint16_t marks;
  bool has_loss;
  uint64_t slices;
  int64_t first_us;  // earliest start of the flows

  bool is_same(const MarkedSlices& other) const {
    return ttl == other.ttl && marks == other.marks && has_loss == other.has_loss;
  }
};

// Sums of all flows of a host in a window, or in all earlier windows.
struct HostMarks {
  // FlowMarks of base/event.h that were seen on some flow.
  uint8_t seen = 0;
  // Windows with a connection that was captured from its start, and windows with one that was not.
  uint32_t whole_windows = 0;
  uint32_t cut_windows = 0;
  TtlCounts ttls;

  void add(uint8_t ttl, uint8_t marks, uint64_t flows);
  void add(const HostMarks& window);
  // Subtracts slices of a row, which are compared with the rest.
  void take_out(const MarkedSlices& slices);
};

void add_marked(std::vector<MarkedSlices>* list, const Flow& flow);

// Marks of hosts in the windows so far, in the order of windows.
class MarksBefore {
 public:
  // Counts slices of the list that differ from the other flows of the host: their packets may be forged. `now`: flows
  // of the host in the window without a row.
  uint64_t count_odd(const Address& host, const HostMarks& now, const std::vector<MarkedSlices>& slices) const;
  // `first_us`: time of the first packet of a host in the window.
  void begin_window(int64_t first_us);
  void add(const Address& host, const HostMarks& window);

 private:
  // Above this number of hosts, all start again.
  static constexpr size_t kMaxHosts = 65'536;

  std::unordered_map<Address, HostMarks, AddressHash> hosts_;
  int64_t first_us_ = INT64_MAX;
};

}  // namespace wiretally

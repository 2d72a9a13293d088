// EarlySlices: stores first slices of flows whose hello may follow in the next window, in fixed memory, because a flood
// of forged packets creates hundreds of thousands of them without a hello.
#pragma once

#include <cstdint>
#include <vector>

#include "../io/mapped_memory.h"
#include "flow.h"

namespace wiretally {

class EarlySlices {
 public:
  // Maximum slices, a power of two: 13 MB. A busy network has some thousand at the end of a window.
  static constexpr size_t kMaxSlices = 131'072;

  explicit EarlySlices(int64_t window_us) : window_us_(window_us) {}

  // True if a later slice may contain the hello and start early enough to belong to this one.
  bool is_worth_keeping(const Flow& slice) const;
  // Adds a slice. If the table is full, evicts the flow that started first, because it is the least likely to continue.
  void add(const Flow& slice);
  // Removes and returns the previous slice if it was stored and this one followed in time.
  FlowPtr take(const Flow& next);
  // Evicts slices without a possible successor, once every slice that starts before `until_us` has been added.
  void expire(int64_t until_us);

  // Number of slices that were evicted early.
  uint64_t overflow = 0;

 private:
  // Stored fields of a slice. The others recur in later slices or are not known yet.
  struct Slice {
    uint64_t flow_id;
    int64_t flow_first_us;
    int64_t first_us;
    int64_t last_us;
    uint64_t bytes_up;
    uint64_t bytes_down;
    uint64_t payload_up;
    uint64_t payload_down;
    uint32_t packets_up;
    uint32_t packets_down;
    uint32_t lost_up;
    uint32_t lost_down;
    uint32_t used_at;  // Position in `used_`, from 1; 0: free. Any number may be that of a flow.
  };

  void release(Slice* slice);

  int64_t window_us_;
  // Null before the first slice. The memory is zeroed.
  MappedArray<Slice> slices_;
  // Places of slices, because scanning the table for some hundred would read all of it.
  std::vector<uint32_t> used_;
  // Earliest start of a stored flow, as far as known: nothing expires before it may.
  int64_t earliest_us_ = INT64_MAX;
};

}  // namespace wiretally

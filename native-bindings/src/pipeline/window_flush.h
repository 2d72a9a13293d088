// WindowFlush runs the flushes of a decoder, which its clock or the caller requests, and knows up to when all slices
// are in batches.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../flow/partition.h"
#include "flush_clock.h"

namespace wiretally {

class WindowFlush {
 public:
  // `clock_seconds` is that of FlushClock; with 0, only the caller requests flushes.
  explicit WindowFlush(uint32_t clock_seconds) : clock_(clock_seconds) {}

  bool is_running() const { return is_running_; }
  void begin(int64_t before_ns) {
    is_running_ = true;
    before_ns_ = before_ns;
  }
  // Follows the rules of FlushClock. Returns true if a flush has begun.
  bool begin_if_due(int64_t unit_ns, size_t packets, const Partition& partition) {
    const int64_t due_ns = clock_.due_at(unit_ns, packets, partition.entries());
    if (due_ns != kNotSettled) begin(due_ns);
    return due_ns != kNotSettled;
  }
  // Continues while the writer has space. No packet may be pending in the partition.
  void go_on(Partition* partition) {
    is_running_ = !partition->flush_before(before_ns_);
    if (!is_running_ && clock_.is_used()) flushed_ns_ = before_ns_;
  }
  // Call it at the end of a batch. `is_drained`: nothing waits for the next one.
  int64_t settled_ns(bool is_drained) {
    if (is_drained) settled_ns_ = flushed_ns_;
    return settled_ns_;
  }

 private:
  FlushClock clock_;
  bool is_running_ = false;
  int64_t before_ns_ = 0;
  int64_t flushed_ns_ = kNotSettled;  // Time of the last flush by the clock.
  int64_t settled_ns_ = kNotSettled;  // the same, when all of it is in batches
};

}  // namespace wiretally

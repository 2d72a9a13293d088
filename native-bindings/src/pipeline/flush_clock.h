// FlushClock: when a decoder of files emits the slices of ended windows. It is asked between units of packets, so that flushes
// come at the same packets whenever a capture is read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/event.h"

namespace wiretally {

class FlushClock {
 public:
  // 0: flows are not split by window, and no flush is due.
  explicit FlushClock(uint32_t window_seconds) : window_ns_(int64_t{window_seconds} * kSecond) {}

  bool is_used() const { return window_ns_ != 0; }

  // The end of windows up to which a flush is due when all packets up to `clock_ns` have been counted, `packets` more than at
  // the last call; kNotSettled: none is. `entries`: of the flow table, all of which a flush scans.
  int64_t due_at(int64_t clock_ns, size_t packets, size_t entries) {
    if (!is_used()) return kNotSettled;
    packets_ += packets;
    const int64_t before_ns = clock_ns - kLate;
    if (next_ns_ == kNotSettled) next_ns_ = clock_ns + kEvery;
    if (before_ns < next_ns_ || packets_ * kEntriesPerPacket < entries) return kNotSettled;
    packets_ = 0;
    next_ns_ = before_ns + kEvery;
    return before_ns / window_ns_ * window_ns_;
  }

 private:
  static constexpr int64_t kSecond = 1'000'000'000;
  // Due by the clock of the capture. A flush scans the whole flow table, so it is not due with every window, nor
  // where few packets take long.
  static constexpr int64_t kEvery = 300 * kSecond;
  static constexpr size_t kEntriesPerPacket = 4;
  // Packets are written this late at most by what captures out of order: several queues, two taps, merged files. A flush
  // within the packets of a window would split it.
  static constexpr int64_t kLate = kSecond;

  const int64_t window_ns_;
  int64_t next_ns_ = kNotSettled;
  uint64_t packets_ = 0;  // since the last flush
};

}  // namespace wiretally

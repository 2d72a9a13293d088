// FlushClock decides when a decoder of files emits the slices of ended windows. The decoder asks it between units of
// packets, so that flushes come at the same packets in each reading of a capture.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "../base/event.h"

namespace wiretally {

class FlushClock {
 public:
  // 0: flows are not split by window, and no flush is due.
  explicit FlushClock(uint32_t window_seconds) : window_ns_(int64_t{window_seconds} * kSecond) {}

  bool is_used() const { return window_ns_ != 0; }

  // Returns the end of windows up to which a flush is due after a unit of packets, `packets` of them counted since the last
  // call; kNotSettled if none is due. `unit_ns` is the time of the last packet of the unit. `entries` is the size of the
  // flow table, which a flush scans.
  int64_t due_at(int64_t unit_ns, size_t packets, size_t entries) {
    if (!is_used()) return kNotSettled;
    packets_ += packets;
    recent_ns_[unit_++ % kRecent] = unit_ns;
    if (unit_ < kRecent) return kNotSettled;
    const int64_t clock_ns = *std::min_element(recent_ns_.begin(), recent_ns_.end());
    const int64_t before_ns = clock_ns - kLate;
    if (next_ns_ == kNotSettled) next_ns_ = clock_ns + kEvery;
    if (before_ns < next_ns_ || packets_ * kEntriesPerPacket < entries) return kNotSettled;
    packets_ = 0;
    next_ns_ = before_ns + kEvery;
    return before_ns / window_ns_ * window_ns_;
  }

 private:
  static constexpr int64_t kSecond = 1'000'000'000;
  // A flush scans the whole flow table, so by the clock of the capture it is not due with every window, nor while few
  // packets take a long capture time.
  static constexpr int64_t kEvery = 300 * kSecond;
  static constexpr size_t kEntriesPerPacket = 4;
  // Captures that are out of order (several queues, two taps, merged files) write packets at most this late. A flush
  // within the packets of a window would split it.
  static constexpr int64_t kLate = kSecond;
  // The clock is the earliest time of the last units. By the latest time, a packet with a false time, or a clock that is set
  // back soon after, would split windows at a place that depends on the size of units.
  static constexpr size_t kRecent = 8;

  const int64_t window_ns_;
  int64_t next_ns_ = kNotSettled;
  uint64_t packets_ = 0;  // since the last flush
  std::array<int64_t, kRecent> recent_ns_{};
  size_t unit_ = 0;
};

}  // namespace wiretally

// FlushClock: when a decoder of files emits the slices of ended windows, and when all of them are out.
#pragma once

#include <cstdint>

#include "../base/event.h"

namespace wiretally {

class FlushClock {
 public:
  // 0: flows are not split by window, and no flush is requested.
  explicit FlushClock(uint32_t window_seconds) : window_ns_(int64_t{window_seconds} * kSecond) {}

  // At the end of each batch, with its clock. Returns the time up to which all records are out, or kNotSettled: a flush
  // comes before further packets, so a later clock confirms it. `flush_before` is called with the end of windows.
  template <typename FlushBefore>
  int64_t tick(int64_t clock_ns, FlushBefore flush_before) {
    if (window_ns_ == 0) return kNotSettled;
    // Older packets may still be in the decoder, and a flush within the packets of a window would split it: the requested
    // time is one that the clock has passed twice, and by more than packets are late.
    if (clock_ns > clock_ns_) {
      left_ns_ = before_ns_;
      before_ns_ = clock_ns_;
      clock_ns_ = clock_ns;
    }
    if (next_ns_ == kNotSettled) next_ns_ = clock_ns + kEvery;
    if (clock_ns <= asked_at_ns_) return kNotSettled;
    const int64_t settled_ns = asked_for_ns_;
    if (left_ns_ != kNotSettled && left_ns_ - kLate >= next_ns_) {
      const int64_t before_ns = left_ns_ - kLate;
      asked_for_ns_ = before_ns / window_ns_ * window_ns_;
      asked_at_ns_ = clock_ns;
      next_ns_ = before_ns + kEvery;
      flush_before(asked_for_ns_);
    }
    return settled_ns;
  }

 private:
  static constexpr int64_t kSecond = 1'000'000'000;
  // By the clock of the capture. A flush scans the whole flow table, so it is not requested with every window.
  static constexpr int64_t kEvery = 300 * kSecond;
  // Packets are written this late at most by what captures out of order: several queues, two taps, merged files.
  static constexpr int64_t kLate = kSecond;

  const int64_t window_ns_;
  int64_t next_ns_ = kNotSettled;
  // The last three values of the clock, latest first.
  int64_t clock_ns_ = kNotSettled;
  int64_t before_ns_ = kNotSettled;
  int64_t left_ns_ = kNotSettled;
  int64_t asked_for_ns_ = kNotSettled;
  int64_t asked_at_ns_ = kNotSettled;
};

}  // namespace wiretally

// HeardSeconds records the seconds in which frames were captured, including filtered ones, and their number. Observed
// time is derived from it, so it must not depend on how frames are distributed to workers, chunks and files: a set of
// seconds and a sum do not.
#pragma once

#include <cstdint>

#include "../base/event_sink.h"

namespace wiretally {

class HeardSeconds {
 public:
  // 0: no windows are made.
  explicit HeardSeconds(uint32_t window_seconds) : window_ns_(window_seconds * kSecondNs) {}

  void note(int64_t ts_ns, EventSink* sink) {
    if (ts_ns < second_ns_ || ts_ns - second_ns_ >= kSecondNs) begin_second(ts_ns, sink);
    ++sums_.frames;
  }
  void flush(EventSink* sink);

 private:
  static constexpr int64_t kSecondNs = 1'000'000'000;
  static constexpr int64_t kNoSecond = INT64_MAX;

  [[gnu::noinline]] void begin_second(int64_t ts_ns, EventSink* sink);

  int64_t window_ns_;
  int64_t second_ns_ = kNoSecond;  // Second of the frame before.
  HeardRecord sums_{};
};

}  // namespace wiretally

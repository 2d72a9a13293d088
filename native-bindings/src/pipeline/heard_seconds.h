// HeardSeconds: in which seconds frames were captured, filtered ones included, and how many. Observed time is derived from
// it, so it must not depend on how frames were dealt out to workers, chunks and files: a set of seconds and a sum do not.
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
  void flush(EventSink* sink) {
    if (sums_.seconds != 0) sink->emit(RecordType::kHeard, 0, &sums_, sizeof sums_, nullptr, 0);
    sums_ = HeardRecord{};
    second_ns_ = kNoSecond;
  }

 private:
  static constexpr int64_t kSecondNs = 1'000'000'000;
  static constexpr int64_t kNoSecond = INT64_MAX;

  static int64_t floor_to(int64_t ns, int64_t unit_ns) {
    const int64_t rest = ns % unit_ns;
    return ns - (rest < 0 ? rest + unit_ns : rest);
  }
  void begin_second(int64_t ts_ns, EventSink* sink) {
    if (window_ns_ == 0) return;
    const int64_t window_start_ns = floor_to(ts_ns, window_ns_);
    const int64_t start_ns = window_start_ns + floor_to(ts_ns - window_start_ns, kHeardSeconds * kSecondNs);
    if (start_ns != sums_.start_ns) flush(sink);
    sums_.start_ns = start_ns;
    second_ns_ = floor_to(ts_ns, kSecondNs);
    sums_.seconds |= uint64_t{1} << ((second_ns_ - start_ns) / kSecondNs);
  }

  int64_t window_ns_;
  int64_t second_ns_ = kNoSecond;  // of the frame before
  HeardRecord sums_{};
};

}  // namespace wiretally

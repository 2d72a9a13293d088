// WindowClock: the UTC window of a packet time. Consecutive times in a capture nearly always
// share a window, so the division is done once per window and not once per packet.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace wiretally {

class WindowClock {
 public:
  // `seconds` 0: a single window without end.
  explicit WindowClock(uint32_t seconds) : length_ns_(int64_t{seconds} * 1'000'000'000) {}

  bool slices() const { return length_ns_ != 0; }

  // True if two times belong to different windows, whose numbers may have been truncated.
  bool is_apart(int64_t a_ns, int64_t b_ns) const { return length_ns_ != 0 && std::abs(a_ns - b_ns) >= length_ns_; }

  // Number of the window, counted from 1970, cut to 31 bits.
  uint32_t number(int64_t ts_ns) {
    if (ts_ns - start_ns_ < length_ns_ && ts_ns >= start_ns_) return number_;
    if (length_ns_ == 0) return 0;
    int64_t number = ts_ns / length_ns_;
    if (ts_ns < 0 && number * length_ns_ != ts_ns) --number;
    start_ns_ = number * length_ns_;
    number_ = static_cast<uint32_t>(number) & 0x7fffffff;
    return number_;
  }

 private:
  int64_t length_ns_;
  int64_t start_ns_ = 0;
  uint32_t number_ = 0;
};

}  // namespace wiretally

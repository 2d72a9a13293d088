// PcapngClock: converts the time units of one pcapng interface to nanoseconds, for any declared resolution and
// offset.
#pragma once

#include <cstdint>

#include "capture_format.h"

namespace wiretally {

class PcapngClock {
 public:
  // if_tsresol: top bit clear: units of 10^-n s; set: units of 2^-n s.
  void set_resolution(uint8_t value) {
    exponent_ = value & 0x7f;
    is_binary_ = (value & 0x80) != 0;
    factor_ = 0;
    if (is_binary_ || exponent_ > 9) return;
    factor_ = 1;
    for (uint8_t n = exponent_; n < 9; ++n) factor_ *= 10;
  }

  // if_tsoffset, in seconds.
  void set_offset(int64_t seconds) {
    constexpr int64_t kLargest = kLatestNs / kNsPerSecond;
    if (seconds > kLargest) seconds = kLargest;
    if (seconds < -kLargest) seconds = -kLargest;
    offset_ns_ = seconds * kNsPerSecond;
  }

  int64_t to_ns(uint64_t units) const {
    const uint64_t since = factor_ != 0 ? scaled(units) : slow(units);
    const int64_t ns = static_cast<int64_t>(since) + offset_ns_;
    if (ns < 0) return 0;
    return ns > kLatestNs ? kLatestNs : ns;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr int64_t kNsPerSecond = 1'000'000'000;
  static constexpr uint64_t kLatest = static_cast<uint64_t>(kLatestNs);

  uint64_t scaled(uint64_t units) const {
    uint64_t ns = 0;
    return __builtin_mul_overflow(units, factor_, &ns) || ns > kLatest ? kLatest : ns;
  }

  uint64_t slow(uint64_t units) const {
    if (is_binary_) {
      const Wide ns = (Wide{units} * static_cast<uint64_t>(kNsPerSecond)) >> exponent_;
      return ns > kLatest ? kLatest : static_cast<uint64_t>(ns);
    }
    for (uint8_t n = exponent_; n > 9 && units != 0; --n) units /= 10;
    return units > kLatest ? kLatest : units;
  }

  uint64_t factor_ = 1000;  // microseconds unless declared otherwise
  int64_t offset_ns_ = 0;
  uint8_t exponent_ = 6;
  bool is_binary_ = false;
};

}  // namespace wiretally

// ClockTimes: times with a clock, as devices write them in many forms and zones. JavaScript reads each minute once, in its zone;
// the seconds are added here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

// Parts of a time that are apart in its line; `date` is empty where the clock has it.
struct ClockText {
  Span clock;
  Span date;
  Span zone;
};

enum class ClockAnswer : uint8_t { kTime, kNone, kUnknown };

class ClockTimes {
 public:
  // kNone: the text is no time, or only JavaScript can read it. kUnknown: JavaScript must read the whole time, and `learn` takes it.
  // `kind`: fields of a row may have different zones.
  ClockAnswer find(uint8_t kind, const ClockText& text, int64_t* us);
  // Anything but a time: the texts of this minute are none.
  void learn(int64_t us);
  void clear();

 private:
  // Rows of one minute alternate with starts in all minutes of their connections: two that share a place are read again and again.
  static constexpr size_t kPlaces = 4096;
  static constexpr int64_t kNoTime = -1;

  struct Minute {
    std::vector<uint8_t> key;  // empty: none
    int64_t us = kNoTime;
  };

  Minute& place();

  std::array<Minute, kPlaces> minutes_;
  std::vector<uint8_t> key_;  // Key of the requested text.
  int64_t in_minute_us_ = 0;  // Offset within the minute.
};

}  // namespace wiretally

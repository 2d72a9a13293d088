#include "clock_times.h"

#include <optional>

#include "cell_values.h"
#include "row_hashes.h"

namespace wiretally {

namespace {

// No form of a time is longer.
constexpr size_t kMaxText = 64;
// ":00:00".
constexpr size_t kClockTail = 6;
constexpr size_t kMaxFraction = 9;

// The seconds of a clock and their fraction: text[start, end).
struct Seconds {
  size_t start = 0;
  size_t end = 0;
  int64_t us = 0;
};

std::optional<Seconds> find_seconds(Span text) {
  const uint8_t* data = text.data;
  for (size_t at = 1; text.size >= kClockTail && at <= text.size - kClockTail; ++at) {
    const bool is_clock = is_digit(data[at - 1]) && data[at] == ':' && is_digit(data[at + 1]) &&
                          is_digit(data[at + 2]) && data[at + 3] == ':' && is_digit(data[at + 4]) &&
                          is_digit(data[at + 5]);
    if (!is_clock) continue;
    // A leap second has no minute of its own.
    if (data[at + 4] > '5') return std::nullopt;
    Seconds found{at + 4, at + kClockTail, ((data[at + 4] - '0') * 10 + (data[at + 5] - '0')) * kSecondUs};
    if (found.end == text.size) return found;
    if (data[found.end] != '.' && data[found.end] != ',')
      return is_digit(data[found.end]) ? std::nullopt : std::optional(found);
    size_t digits = 0;
    int64_t unit = kSecondUs / 10;
    for (++found.end; found.end < text.size && is_digit(data[found.end]); ++found.end, ++digits) {
      found.us += (data[found.end] - '0') * unit;
      unit /= 10;
    }
    if (digits == 0 || digits > kMaxFraction) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

void append(std::vector<uint8_t>* key, Span part) {
  key->insert(key->end(), part.data, part.data + part.size);
  key->push_back(0);
}

}  // namespace

ClockTimes::Minute& ClockTimes::place() {
  const uint32_t hash = fnv1a_of({key_.data(), key_.size()});
  return minutes_[(hash ^ (hash >> 15)) % kPlaces];
}

ClockAnswer ClockTimes::find(uint8_t kind, const ClockText& text, int64_t* us) {
  if (text.clock.size + text.date.size + text.zone.size > kMaxText) return ClockAnswer::kNone;
  const std::optional<Seconds> seconds = find_seconds(text.clock);
  if (!seconds) return ClockAnswer::kNone;
  key_.assign(1, kind);
  append(&key_, {text.clock.data, seconds->start});
  append(&key_, {text.clock.data + seconds->end, text.clock.size - seconds->end});
  append(&key_, text.date);
  append(&key_, text.zone);
  in_minute_us_ = seconds->us;
  const Minute& minute = place();
  if (minute.key != key_) return ClockAnswer::kUnknown;
  if (minute.us == kNoTime) return ClockAnswer::kNone;
  *us = minute.us + in_minute_us_;
  return is_time(*us) ? ClockAnswer::kTime : ClockAnswer::kNone;
}

void ClockTimes::learn(int64_t us) {
  if (key_.empty()) return;
  Minute& minute = place();
  minute.key = key_;
  minute.us = is_time(us) ? us - in_minute_us_ : kNoTime;
}

void ClockTimes::clear() {
  for (Minute& minute : minutes_) minute = {};
  key_.clear();
}

}  // namespace wiretally

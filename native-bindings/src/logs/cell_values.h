// Numbers and times of log cells in their usual forms, with the results of src/reading/logs/values.ts. Cells in other forms have
// none: JavaScript reads their lines.
#pragma once

#include <cstdint>
#include <optional>

#include "../base/cursor.h"

namespace wiretally {

constexpr int64_t kSecondUs = 1'000'000;

inline bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// The latest time that records hold: the year 2255.
constexpr int64_t kLatestUs = int64_t{1} << 53;

inline bool is_time(int64_t us) { return us > 0 && us < kLatestUs; }

// Digits alone, up to the largest count of a row.
std::optional<int64_t> parse_plain_count(Span cell);

// Seconds as a decimal, in microseconds: digits behind the sixth are left out.
std::optional<int64_t> parse_plain_seconds(Span cell);

// Seconds since 1970 as a decimal, or "2026-11-16T08:00:00.123456+0100" with any offset, in microseconds.
std::optional<int64_t> parse_plain_time(Span cell);

// A decimal number of seconds, milliseconds, microseconds or nanoseconds since 1970, in microseconds.
std::optional<int64_t> parse_number_time(Span cell);

// A host in the target of a request, as src/reading/logs/host-in.ts finds it.
struct HostPlace {
  Span host;
  bool is_address = false;
  bool is_pattern = false;
};
HostPlace find_host(Span target);

// True for the words that stand for an absent value, src/reading/logs/gateways/row.ts.
bool is_absent(Span cell);

}  // namespace wiretally

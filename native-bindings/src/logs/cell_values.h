// Numbers and times of log cells in their usual forms, with the results of src/reading/logs/values.ts. Cells in other forms have
// none: JavaScript reads their lines.
#pragma once

#include <cstdint>
#include <optional>

#include "../base/cursor.h"

namespace wiretally {

// Digits alone, up to the largest count of a row.
std::optional<int64_t> parse_plain_count(Span cell);

// Seconds as a decimal, in microseconds: digits behind the sixth are left out.
std::optional<int64_t> parse_plain_seconds(Span cell);

// Seconds since 1970 as a decimal, or "2026-11-16T08:00:00.123456+0100" with any offset, in microseconds.
std::optional<int64_t> parse_plain_time(Span cell);

}  // namespace wiretally

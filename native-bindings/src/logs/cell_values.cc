#include "cell_values.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace wiretally {

namespace {

constexpr int64_t kMaxCount = int64_t{1} << 45;
// Eleven digits may count milliseconds.
constexpr size_t kMaxSecondDigits = 10;
constexpr size_t kMaxCountDigits = 14;
constexpr size_t kFractionDigits = 6;
// "2026-11-16T08:00:00".
constexpr size_t kClockLength = 19;

// The digits of [*at, …), at least one and at most `most`.
std::optional<int64_t> read_digits(Span cell, size_t* at, size_t most) {
  const size_t start = *at;
  int64_t number = 0;
  while (*at < cell.size && is_digit(cell.data[*at])) {
    if (*at - start == most) return std::nullopt;
    number = number * 10 + (cell.data[(*at)++] - '0');
  }
  if (*at == start) return std::nullopt;
  return number;
}

// Microseconds of the digits of a fraction.
int64_t read_fraction(Span cell, size_t* at) {
  int64_t micros = 0;
  size_t digits = 0;
  for (; *at < cell.size && is_digit(cell.data[*at]); ++*at) {
    if (digits == kFractionDigits) continue;
    micros = micros * 10 + (cell.data[*at] - '0');
    ++digits;
  }
  for (; digits < kFractionDigits; ++digits) micros *= 10;
  return micros;
}

// Two digits at a place that the cell has; -1 for others.
int two_at(Span cell, size_t at) {
  const uint8_t tens = cell.data[at];
  const uint8_t units = cell.data[at + 1];
  return is_digit(tens) && is_digit(units) ? (tens - '0') * 10 + (units - '0') : -1;
}

// Days since 1970 of a date of the Gregorian calendar; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t days_of(int year, int month, int day) {
  const int from_march = month > 2 ? year : year - 1;
  const int era = from_march / 400;
  const int year_of_era = from_march - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return int64_t{era} * 146'097 + day_of_era - 719'468;
}

bool is_date(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[month - 1] + (is_leap && month == 2 ? 1 : 0);
}

// "Z", "+0100", "+01:00" or nothing: the whole rest of the cell, in seconds.
std::optional<int64_t> read_offset(Span cell, size_t at) {
  const size_t left = cell.size - at;
  if (left == 0 || (left == 1 && cell.data[at] == 'Z')) return 0;
  const bool has_colon = left == 6 && cell.data[at + 3] == ':';
  if (left != 5 && !has_colon) return std::nullopt;
  const uint8_t sign = cell.data[at];
  if (sign != '+' && sign != '-') return std::nullopt;
  const int hours = two_at(cell, at + 1);
  const int minutes = two_at(cell, has_colon ? at + 4 : at + 3);
  if (hours < 0 || minutes < 0) return std::nullopt;
  return (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
}

std::optional<int64_t> parse_date_time(Span cell) {
  const uint8_t* data = cell.data;
  const uint8_t between = data[10];
  const bool is_shaped = data[4] == '-' && data[7] == '-' && (between == 'T' || between == ' ') && data[13] == ':' &&
                         data[16] == ':';
  const int century = two_at(cell, 0);
  const int years = two_at(cell, 2);
  const int month = two_at(cell, 5);
  const int day = two_at(cell, 8);
  const int hour = two_at(cell, 11);
  const int minute = two_at(cell, 14);
  const int second = two_at(cell, 17);
  if (!is_shaped || century < 19 || years < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
    return std::nullopt;
  if (second < 0 || second > 59 || !is_date(century * 100 + years, month, day)) return std::nullopt;
  size_t at = kClockLength;
  int64_t micros = 0;
  if (at < cell.size && (data[at] == '.' || data[at] == ',')) micros = read_fraction(cell, &++at);
  const std::optional<int64_t> offset = read_offset(cell, at);
  if (!offset) return std::nullopt;
  const int64_t days = days_of(century * 100 + years, month, day);
  return (days * 86'400 + hour * 3600 + minute * 60 + second - *offset) * kSecondUs + micros;
}

}  // namespace

std::optional<int64_t> parse_plain_count(Span cell) {
  size_t at = 0;
  const std::optional<int64_t> number = read_digits(cell, &at, kMaxCountDigits);
  if (!number || at != cell.size || *number > kMaxCount) return std::nullopt;
  return number;
}

std::optional<int64_t> parse_plain_seconds(Span cell) {
  size_t at = 0;
  const std::optional<int64_t> seconds = read_digits(cell, &at, kMaxSecondDigits);
  if (!seconds) return std::nullopt;
  int64_t micros = 0;
  if (at < cell.size && cell.data[at] == '.') micros = read_fraction(cell, &++at);
  if (at != cell.size) return std::nullopt;
  return *seconds * kSecondUs + micros;
}

std::optional<int64_t> parse_number_time(Span cell) {
  // Above these, a number counts milliseconds, microseconds or nanoseconds. JavaScript computes in the same steps: a number of
  // nanoseconds has more digits than a double.
  constexpr double kMinMs = 1e11;
  constexpr double kMinUs = 1e14;
  constexpr double kMinNs = 1e17;
  double seconds = 0;
  size_t at = 0;
  for (; at < cell.size && is_digit(cell.data[at]); ++at) seconds = seconds * 10 + (cell.data[at] - '0');
  if (at == 0) return std::nullopt;
  int64_t micros = 0;
  if (at < cell.size && cell.data[at] == '.') micros = read_fraction(cell, &++at);
  if (at != cell.size) return std::nullopt;
  const double us = seconds * kSecondUs + static_cast<double>(micros);
  const double number = us / kSecondUs;
  double found = us;
  if (number >= kMinNs) {
    found = std::floor(number / 1000 + 0.5);
  } else if (number >= kMinUs) {
    found = std::floor(number + 0.5);
  } else if (number >= kMinMs) {
    found = std::floor(number * 1000 + 0.5);
  }
  // Also for no number.
  if (!(found > 0 && found < static_cast<double>(kLatestUs))) return std::nullopt;
  return static_cast<int64_t>(found);
}

HostPlace find_host(Span target) {
  const uint8_t* data = target.data;
  const size_t size = target.size;
  size_t from = 0;
  size_t to = 0;
  for (; to < size; ++to) {
    const uint8_t byte = data[to];
    if (byte == ':' && from == 0 && size - to > 2 && data[to + 1] == '/' && data[to + 2] == '/') {
      to += 2;
      from = to + 1;
    } else if (byte == '@') {
      from = to + 1;
    } else if (byte == '/' || byte == '?' || byte == '#') {
      break;
    }
  }
  const bool is_bracketed = from < to && data[from] == '[';
  if (is_bracketed) ++from;
  const uint8_t end = is_bracketed ? uint8_t{']'} : uint8_t{':'};
  size_t behind = from;
  while (behind < to && data[behind] != end) ++behind;
  bool is_number = behind > from;
  for (size_t at = from; at < behind; ++at) is_number &= data[at] == '.' || is_digit(data[at]);
  const bool has_more = behind < to && std::find(data + behind + 1, data + to, ':') != data + to;
  return {{data + from, behind - from}, is_bracketed || is_number || has_more, behind > from && data[from] == '*'};
}

bool is_absent(Span cell) {
  constexpr std::string_view kAbsent[] = {"", "-", "N/A", "n/a", "NA", "None", "none", "null", "Unknown"};
  return std::any_of(std::begin(kAbsent), std::end(kAbsent), [cell](std::string_view word) {
    return cell.size == word.size() && std::equal(word.begin(), word.end(), cell.data);
  });
}

std::optional<int64_t> parse_plain_time(Span cell) {
  return cell.size >= kClockLength && cell.data[4] == '-' ? parse_date_time(cell) : parse_plain_seconds(cell);
}

}  // namespace wiretally

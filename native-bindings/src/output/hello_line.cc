// The line of a ClientHello, field by field.
#include "hello_line.h"

#include <charconv>
#include <cstring>

#include "../base/text.h"
#include "../collector/address.h"
#include "../collector/texts.h"

namespace wiretally {

namespace {

constexpr int64_t kNsOfUs = 1000;
constexpr int64_t kUsOfSecond = 1'000'000;
constexpr int64_t kDaySeconds = 86'400;

bool is_bare(uint32_t character) {
  return character >= 0x20 && character < 0x7f && character != '"' && character != '\\';
}

// One unit of UTF-16.
void append_unit(uint32_t unit, std::string* out) {
  const uint8_t bytes[] = {static_cast<uint8_t>(unit >> 8), static_cast<uint8_t>(unit)};
  *out += "\\u" + hex_text(bytes, sizeof bytes);
}

void append_escape(uint32_t character, std::string* out) {
  switch (character) {
    case '"': *out += "\\\""; return;
    case '\\': *out += "\\\\"; return;
    case '\b': *out += "\\b"; return;
    case '\f': *out += "\\f"; return;
    case '\n': *out += "\\n"; return;
    case '\r': *out += "\\r"; return;
    case '\t': *out += "\\t"; return;
    default: break;
  }
  if (character < 0x1'0000) return append_unit(character, out);
  append_unit(0xd800 + ((character - 0x1'0000) >> 10), out);
  append_unit(0xdc00 + ((character - 0x1'0000) & 0x3ff), out);
}

template <typename Number>
void append_number(Number number, std::string* out) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out->append(digits, result.ptr);
}

void append_digits(uint64_t number, unsigned count, std::string* out) {
  char digits[8];
  for (unsigned i = count; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out->append(digits, count);
}

int64_t floor_quotient(int64_t number, int64_t divisor) { return number / divisor - (number % divisor < 0 ? 1 : 0); }

// RFC 3339 with microseconds. Nanoseconds of 64 bits end in 2262, so the year has four digits.
void append_instant(int64_t ns, std::string* out) {
  const int64_t us = floor_quotient(ns, kNsOfUs);
  const int64_t seconds = floor_quotient(us, kUsOfSecond);
  const int64_t day = floor_quotient(seconds, kDaySeconds);
  const auto of_day = static_cast<uint64_t>(seconds - day * kDaySeconds);
  // Days since 0000-03-01 of the Gregorian calendar, in eras of 400 years, so that a leap day ends a year.
  const int64_t from_march = day + 719'468;
  const int64_t era = floor_quotient(from_march, 146'097);
  const auto day_of_era = static_cast<uint64_t>(from_march - era * 146'097);
  const uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint64_t month_from_march = (5 * day_of_year + 2) / 153;
  const uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = era * 400 + static_cast<int64_t>(year_of_era) + (month <= 2 ? 1 : 0);
  append_digits(static_cast<uint64_t>(year), 4, out);
  *out += '-';
  append_digits(month, 2, out);
  *out += '-';
  append_digits(day_of_year - (153 * month_from_march + 2) / 5 + 1, 2, out);
  *out += 'T';
  append_digits(of_day / 3600, 2, out);
  *out += ':';
  append_digits(of_day / 60 % 60, 2, out);
  *out += ':';
  append_digits(of_day % 60, 2, out);
  *out += '.';
  append_digits(static_cast<uint64_t>(us - seconds * kUsOfSecond), 6, out);
  *out += 'Z';
}

// Two bytes each.
void append_u16s(Span bytes, bool is_big_endian, std::string* out) {
  *out += '[';
  for (size_t i = 0; i + 2 <= bytes.size; i += 2) {
    if (i != 0) *out += ',';
    const unsigned first = bytes.data[i];
    const unsigned second = bytes.data[i + 1];
    append_number(is_big_endian ? first << 8 | second : second << 8 | first, out);
  }
  *out += ']';
}

// Names with a length byte before each (RFC 7301 section 3.1); a truncated last one is dropped.
void append_alpn(Span bytes, std::string* out) {
  *out += '[';
  for (size_t at = 0; at < bytes.size;) {
    const size_t length = bytes.data[at];
    if (at + 1 + length > bytes.size) break;
    if (at != 0) *out += ',';
    append_json_string(readable_text({bytes.data + at + 1, length}), out);
    at += 1 + length;
  }
  *out += ']';
}

// Names joined by slashes.
void append_tunnel(std::string_view text, std::string* out) {
  *out += '[';
  while (!text.empty()) {
    const size_t slash = text.find('/');
    append_json_string(text.substr(0, slash), out);
    if (slash == std::string_view::npos) break;
    *out += ',';
    text.remove_prefix(slash + 1);
    if (text.empty()) *out += "\"\"";
  }
  *out += ']';
}

const char* transport_of(uint8_t number) {
  switch (static_cast<HelloTransport>(number)) {
    case HelloTransport::kQuic: return "quic";
    case HelloTransport::kDtls: return "dtls";
    default: return "tcp";
  }
}

void append_endpoint(const char* key, const uint8_t* address, uint8_t ip_version, uint16_t port, std::string* out) {
  *out += ",\"";
  *out += key;
  *out += "_ip\":\"";
  *out += Address::of(address, ip_version).text();
  *out += "\",\"";
  *out += key;
  *out += "_port\":";
  append_number(port, out);
}

}  // namespace

void append_json_string(std::string_view text, std::string* out) {
  *out += '"';
  size_t written = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    const uint32_t character = next_character(text, &at);
    if (is_bare(character)) continue;
    out->append(text, written, from - written);
    append_escape(character, out);
    written = at;
  }
  out->append(text, written, text.size() - written);
  *out += '"';
}

size_t file_of_hello(Span bytes) {
  HelloRecord record;
  if (bytes.size < sizeof record) return 0;
  std::memcpy(&record, bytes.data, sizeof record);
  return record.file_index;
}

void HelloLines::append_program(const HelloRecord& record, Span alpn, Span versions, Span ja3, std::string* out) {
  const uint16_t numbers[] = {record.legacy_version, record.alpn_length, record.versions_length};
  key_.assign(reinterpret_cast<const char*>(numbers), sizeof numbers);
  key_.append(reinterpret_cast<const char*>(record.ja3_md5), sizeof record.ja3_md5);
  key_.append(record.ja4, sizeof record.ja4);
  key_.append(record.family, sizeof record.family);
  for (const Span list : {alpn, versions, ja3}) key_.append(text_of(list));
  if (const auto existing = programs_.find(key_); existing != programs_.end()) {
    *out += existing->second;
    return;
  }
  const size_t begin = out->size();
  *out += ",\"alpn\":";
  append_alpn(alpn, out);
  *out += ",\"legacy_version\":";
  append_number(record.legacy_version, out);
  *out += ",\"supported_versions\":";
  append_u16s(versions, true, out);
  *out += ",\"ja3\":";
  append_json_string(readable_text(ja3), out);
  *out += ",\"ja3_hash\":\"";
  *out += hex_text(record.ja3_md5, sizeof record.ja3_md5);
  *out += "\",\"ja4\":";
  append_json_string(padded_text(record.ja4), out);
  *out += ",\"family\":";
  append_json_string(padded_text(record.family), out);
  if (programs_.size() < kMaxPrograms && key_.size() <= kMaxKeyBytes) programs_.emplace(key_, out->substr(begin));
}

bool HelloLines::append(Span bytes, std::string_view file, std::string* out) {
  HelloRecord record;
  if (bytes.size < sizeof record) return false;
  std::memcpy(&record, bytes.data, sizeof record);
  Cursor parts(bytes.data + sizeof record, bytes.size - sizeof record);
  const Span sni = parts.take(record.sni_length);
  const Span alpn = parts.take(record.alpn_length);
  const Span versions = parts.take(record.versions_length);
  const Span ja3 = parts.take(record.ja3_length);
  const Span tunnel = parts.take(record.tunnel_length);
  const Span vlans = parts.take(record.vlan_length);
  if (!parts.ok()) return false;
  *out += "{\"file\":";
  *out += file;
  *out += ",\"ts\":\"";
  append_instant(record.ts_ns, out);
  *out += '"';
  append_endpoint("src", record.source_address, record.ip_version, record.source_port, out);
  append_endpoint("dst", record.destination_address, record.ip_version, record.destination_port, out);
  *out += ",\"transport\":\"";
  *out += transport_of(record.transport);
  *out += "\",\"sni\":";
  if (sni.size == 0) {
    *out += "null";
  } else {
    append_json_string(readable_text(sni), out);
  }
  append_program(record, alpn, versions, ja3, out);
  *out += ",\"ech\":";
  *out += record.ech == static_cast<uint8_t>(Ech::kNone) ? "\"none\"" : "\"present\"";
  *out += ",\"hello_bytes\":";
  append_number(record.hello_bytes, out);
  *out += ",\"segments\":";
  append_number(record.segments, out);
  *out += ",\"vlan\":";
  append_u16s(vlans, false, out);
  *out += ",\"tunnel\":";
  append_tunnel(readable_text(tunnel), out);
  *out += ",\"retry\":";
  *out += (record.header.flags & kHelloRetry) != 0 ? "true" : "false";
  *out += "}\n";
  return true;
}

}  // namespace wiretally

#include "http.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

namespace {

constexpr std::string_view kStarts[] = {"HTTP/1.", "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH "};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Parses digits of `base` up to the first other character; false without digits, or from 2^48 on.
bool read_number(std::string_view text, unsigned base, uint64_t* number) {
  constexpr uint64_t kTooLarge = uint64_t{1} << 48;
  size_t digits = 0;
  *number = 0;
  for (const char c : text) {
    const char l = lower(c);
    unsigned digit = 99;
    if (l >= '0' && l <= '9') digit = static_cast<unsigned>(l - '0');
    if (l >= 'a' && l <= 'f') digit = static_cast<unsigned>(l - 'a') + 10;
    if (digit >= base) break;
    *number = *number * base + digit;
    if (*number >= kTooLarge) return false;
    ++digits;
  }
  return digits > 0;
}

bool names_chunked(std::string_view value) {
  constexpr std::string_view kChunked = "chunked";
  if (value.size() < kChunked.size()) return false;
  const std::string_view end = value.substr(value.size() - kChunked.size());
  return std::equal(end.begin(), end.end(), kChunked.begin(), [](char a, char b) { return lower(a) == b; });
}

}  // namespace

bool may_begin_http(Span bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  if (text.empty()) return false;
  return std::any_of(std::begin(kStarts), std::end(kStarts), [&](std::string_view start) {
    const size_t count = std::min(text.size(), start.size());
    return text.substr(0, count) == start.substr(0, count);
  });
}

uint16_t read_http_status(Span bytes) {
  Cursor cursor(bytes);
  const Span version = cursor.take(7);
  if (!cursor.ok() || memcmp(version.data, "HTTP/1.", 7) != 0) return 0;
  cursor.skip(1);
  if (cursor.u8() != ' ') return 0;
  unsigned code = 0;
  for (unsigned i = 0; i < 3; ++i) {
    const unsigned digit = cursor.u8() - unsigned{'0'};
    if (!cursor.ok() || digit > 9) return 0;
    code = code * 10 + digit;
  }
  return code >= 100 && code <= 599 ? static_cast<uint16_t>(code) : uint16_t{0};
}

size_t HttpReader::read(Span bytes, HttpTaker* taker) {
  size_t at = 0;
  while (at < bytes.size && place_ != Place::kOver) {
    const Span rest{bytes.data + at, bytes.size - at};
    at += is_in_body() ? read_body(rest, taker) : read_line(rest, taker);
  }
  return at;
}

void HttpReader::skip(uint32_t count, HttpTaker* taker) {
  if (count == 0 || place_ == Place::kUntilClose) return;
  if (!is_in_body() || count > left_) {
    place_ = Place::kOver;
    return;
  }
  left_ -= count;
  if (left_ == 0) end_part(taker);
}

size_t HttpReader::read_body(Span bytes, HttpTaker* taker) {
  const bool is_open = place_ == Place::kUntilClose;
  const size_t count = is_open ? bytes.size : static_cast<size_t>(std::min<uint64_t>(bytes.size, left_));
  taker->on_body(Span{bytes.data, count});
  if (is_open) return count;
  left_ -= count;
  if (left_ == 0) end_part(taker);
  return count;
}

size_t HttpReader::read_line(Span bytes, HttpTaker* taker) {
  const void* end = memchr(bytes.data, '\n', bytes.size);
  const size_t count = end == nullptr ? bytes.size
                                      : static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data) + 1;
  const size_t kept = std::min(count, kMaxLine - line_size_);
  if (kept > 0) memcpy(line_ + line_size_, bytes.data, kept);
  line_size_ = static_cast<uint16_t>(line_size_ + kept);
  head_bytes_ += static_cast<uint32_t>(std::min<size_t>(count, kMaxHead));
  const bool is_other = end == nullptr && place_ == Place::kStart && line_[0] != '\r' &&
                        !may_begin_http(Span{reinterpret_cast<const uint8_t*>(line_), line_size_});
  if (head_bytes_ > kMaxHead || is_other) {
    place_ = Place::kOver;
  } else if (end != nullptr) {
    while (line_size_ > 0 && (line_[line_size_ - 1] == '\n' || line_[line_size_ - 1] == '\r')) --line_size_;
    on_line(taker);
    line_size_ = 0;
  }
  return count;
}

void HttpReader::on_line(HttpTaker* taker) {
  switch (place_) {
    case Place::kStart: on_start_line(taker); break;
    case Place::kFields:
      if (line_size_ == 0) {
        on_head_end(taker);
      } else {
        on_field_line(taker);
      }
      break;
    case Place::kChunkSize: on_chunk_size(); break;
    case Place::kChunkEnd: place_ = line_size_ == 0 ? Place::kChunkSize : Place::kOver; break;
    case Place::kTrailers:
      if (line_size_ == 0) end_message(taker);
      break;
    default: break;
  }
}

void HttpReader::on_start_line(HttpTaker* taker) {
  if (line_size_ == 0) return;  // RFC 9112 §2.2: empty lines before a request are ignored
  const std::string_view line(line_, line_size_);
  is_response_ = line.substr(0, 7) == "HTTP/1.";
  if (!may_begin_http(Span{reinterpret_cast<const uint8_t*>(line_), line_size_}) || line.find(' ') == line.npos) {
    place_ = Place::kOver;
    return;
  }
  is_chunked_ = has_length_ = false;
  length_ = 0;
  place_ = Place::kFields;
  taker->on_start(line);
}

void HttpReader::on_field_line(HttpTaker* taker) {
  const std::string_view line(line_, line_size_);
  const size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) {
    // RFC 9112 §5.2: a folded line continues the field before it.
    if (line[0] != ' ' && line[0] != '\t') place_ = Place::kOver;
    return;
  }
  std::transform(line_, line_ + colon, line_, lower);
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "content-length") {
    uint64_t length = 0;
    // RFC 9112 §6.3: different lengths make the message invalid.
    if (!read_number(value, 10, &length) || (has_length_ && length != length_)) {
      place_ = Place::kOver;
      return;
    }
    has_length_ = true;
    length_ = length;
  }
  if (name == "transfer-encoding") is_chunked_ = names_chunked(value);
  taker->on_field(name, value);
}

void HttpReader::on_head_end(HttpTaker* taker) {
  head_bytes_ = 0;
  const HttpBody body = taker->on_head_end();
  if (body == HttpBody::kStop) {
    place_ = Place::kOver;
  } else if (body == HttpBody::kNone) {
    end_message(taker);
  } else if (is_chunked_) {
    place_ = Place::kChunkSize;
  } else if (has_length_ || !is_response_) {
    left_ = length_;
    place_ = Place::kBody;
    if (left_ == 0) end_message(taker);
  } else {
    place_ = Place::kUntilClose;
  }
}

void HttpReader::on_chunk_size() {
  head_bytes_ = 0;
  if (!read_number(std::string_view(line_, line_size_), 16, &left_)) {
    place_ = Place::kOver;
  } else {
    place_ = left_ == 0 ? Place::kTrailers : Place::kChunk;
  }
}

void HttpReader::end_part(HttpTaker* taker) {
  if (place_ == Place::kChunk) {
    place_ = Place::kChunkEnd;
  } else {
    end_message(taker);
  }
}

void HttpReader::end_message(HttpTaker* taker) {
  place_ = Place::kStart;
  head_bytes_ = 0;
  taker->on_end();
}

}  // namespace wiretally

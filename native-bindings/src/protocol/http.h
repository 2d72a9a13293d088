// Reads one direction of HTTP/1.x (RFC 9112), in pieces of any size. It stores the beginning of the current line and no
// other byte of the stream; its work is linear in the number of bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/cursor.h"

namespace wiretally {

// True if the bytes begin a request or a response, or, if they are few, may begin one.
bool may_begin_http(Span bytes);

// Returns the code of a status line (RFC 9112 §4), 100 to 599; 0 if the bytes do not begin with one.
uint16_t read_http_status(Span bytes);

// The status of a network that requires a login (RFC 6585 §6).
constexpr uint16_t kNetworkLogin = 511;

// The body that follows a head.
enum class HttpBody : uint8_t {
  kDeclared,  // The fields declare the length.
  kNone,      // no body, whatever they declare
  kStop,      // not HTTP
};

// Receives the parts of messages. Texts are valid during the call.
class HttpTaker {
 public:
  virtual ~HttpTaker() = default;
  // Receives the start line, or its first kMaxLine bytes.
  virtual void on_start(std::string_view line) = 0;
  // Receives a field with its name in lower case; the value may be truncated as well.
  virtual void on_field(std::string_view name, std::string_view value) = 0;
  virtual HttpBody on_head_end() = 0;
  virtual void on_body(Span bytes) = 0;
  virtual void on_end() = 0;
};

class HttpReader {
 public:
  static constexpr size_t kMaxLine = 256;
  static constexpr uint32_t kMaxHead = 32'768;

  // Reads up to the end of the bytes, or of HTTP; returns the number of bytes read.
  size_t read(Span bytes, HttpTaker* taker);
  // Skips `count` missing bytes. Outside of a body the position in the stream is lost, and reading ends.
  void skip(uint32_t count, HttpTaker* taker);
  bool is_over() const { return place_ == Place::kOver; }
  // True between two messages.
  bool is_at_start() const { return place_ == Place::kStart && line_size_ == 0; }

 private:
  enum class Place : uint8_t {
    kStart,
    kFields,
    kBody,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailers,
    kUntilClose,
    kOver,
  };
  bool is_in_body() const { return place_ == Place::kBody || place_ == Place::kChunk || place_ == Place::kUntilClose; }
  size_t read_line(Span bytes, HttpTaker* taker);
  size_t read_body(Span bytes, HttpTaker* taker);
  void on_line(HttpTaker* taker);
  void on_start_line(HttpTaker* taker);
  void on_field_line(HttpTaker* taker);
  void on_head_end(HttpTaker* taker);
  void on_chunk_size();
  void end_part(HttpTaker* taker);
  void end_message(HttpTaker* taker);

  Place place_ = Place::kStart;
  bool is_response_ = false;
  bool is_chunked_ = false;
  bool has_length_ = false;
  uint16_t line_size_ = 0;
  uint32_t head_bytes_ = 0;
  uint64_t length_ = 0;
  uint64_t left_ = 0;
  char line_[kMaxLine];
};

}  // namespace wiretally

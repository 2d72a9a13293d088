// HttpReader: one direction of HTTP/1.x (RFC 9112), in pieces of any size. It stores the beginning of the current line and
// no other byte of the stream; its work is linear in the bytes, whatever they are.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/cursor.h"

namespace wiretally {

// Whether the bytes begin a request or a response. Few bytes: whether they may.
bool may_begin_http(Span bytes);

// The code of a status line (RFC 9112 §4), 100 to 599; 0 when the bytes do not begin with one.
uint16_t read_http_status(Span bytes);

// The status of a network that asks for a login (RFC 6585 §6).
constexpr uint16_t kNetworkLogin = 511;

// A head is followed by one of these.
enum class HttpBody : uint8_t {
  kDeclared,  // as its fields declare
  kNone,      // nothing, whatever they declare
  kStop,      // no HTTP
};

// Receiver of what is read. Texts are valid during the call.
class HttpTaker {
 public:
  virtual ~HttpTaker() = default;
  // The start line, or its first kMaxLine bytes.
  virtual void on_start(std::string_view line) = 0;
  // A field with its name in lower case; the value may be cut as well.
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
  // `count` bytes are missing. Outside of a body the position in the stream is lost, and the reader is over.
  void skip(uint32_t count, HttpTaker* taker);
  bool is_over() const { return place_ == Place::kOver; }
  // Between two messages.
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

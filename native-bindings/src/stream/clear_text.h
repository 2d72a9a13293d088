// ClearText follows a TCP flow in a clear-text protocol of messages, HTTP/1.x or DNS, to its end. The flow is parsed
// while each request is answered and every byte belongs to a message; other bytes behind a first message may be
// anything.
#pragma once

#include <cstdint>

#include "../protocol/http.h"
#include "segment.h"

namespace wiretally {

class ClearText {
 public:
  enum class Protocol : uint8_t { kHttp, kDns };

  // `count` is the number of all objects, including this one.
  ClearText(Protocol protocol, uint32_t* count) : protocol_(protocol), count_(count) {
    for (Side& side : sides_) side.text = this;
    ++*count_;
  }
  ~ClearText() { --*count_; }
  ClearText(const ClearText&) = delete;
  ClearText& operator=(const ClearText&) = delete;

  void on_segment(unsigned side, const Segment& segment);
  // Returns false if the bytes no longer belong to such a protocol, or if some were missed.
  bool is_reading() const { return !is_broken_; }
  // True if requests were answered, and at most the bytes of a request wait for an answer.
  bool is_parsed() const { return !is_broken_ && answers_ > 0 && open_bytes_ <= kMaxOpenBytes; }

 private:
  // Limits of the bytes of a request whose answer has not begun, and of an answer whose request has not ended.
  static constexpr uint64_t kMaxOpenBytes = 65'536;
  static constexpr uint64_t kMaxEarlyAnswer = 4'096;

  struct Side final : HttpTaker {
    void on_start(std::string_view line) override;
    void on_field(std::string_view name, std::string_view value) override;
    HttpBody on_head_end() override;
    void on_body(Span) override {}
    void on_end() override;

    ClearText* text = nullptr;
    HttpReader http;
    uint32_t next = 0;
    bool is_known = false;
    bool is_response = false;
    bool is_in_message = false;
    uint16_t status = 0;
    uint8_t length_bytes = 0;  // DNS: bytes of the length and header that were read
    uint8_t head[14];
    uint32_t left = 0;  // DNS: bytes of the message behind its header
  };

  void read(Side* side, Span bytes);
  void skip(Side* side, uint32_t count);
  void read_dns(Side* side, Span bytes);
  void weigh(const Side& side, uint32_t bytes);

  const Protocol protocol_;
  bool is_broken_ = false;
  bool is_head_ = false;  // the request that is answered next is HEAD
  uint32_t requests_ = 0;
  uint32_t answers_ = 0;
  uint64_t open_bytes_ = 0;
  uint64_t early_bytes_ = 0;
  uint32_t* const count_;
  Side sides_[2];
};

}  // namespace wiretally

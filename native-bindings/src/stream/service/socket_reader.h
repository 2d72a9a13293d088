// SocketReader reads the first bytes of the first text frames in one direction of a WebSocket (RFC 6455 §5.2).
#pragma once

#include "message_text.h"

namespace wiretally {

class SocketReader {
 public:
  void read(Span bytes, WordSet* words);
  bool is_over() const { return is_over_; }
  // Bytes are missing, or they are compressed.
  void stop() { is_over_ = true; }

 private:
  static constexpr uint16_t kMaxFrames = 64;
  static constexpr uint8_t kMaxHead = 14;
  size_t head_size() const;
  void begin_frame();
  void read_text(Span bytes, WordSet* words);

  uint8_t head_[kMaxHead];
  uint8_t head_bytes_ = 0;
  bool is_in_frame_ = false;
  bool is_text_ = false;
  bool is_masked_ = false;
  bool is_over_ = false;
  uint16_t frames_ = 0;
  uint64_t left_ = 0;
  uint32_t mask_at_ = 0;
  MessageText text_;
};

}  // namespace wiretally

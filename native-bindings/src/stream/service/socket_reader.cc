#include "socket_reader.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

// The size is known as far as its bytes show: two bytes, then more.
size_t SocketReader::head_size() const {
  if (head_bytes_ < 2) return 2;
  const uint8_t length = head_[1] & 0x7f;
  const size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + extended + ((head_[1] & 0x80) != 0 ? 4 : 0);
}

void SocketReader::begin_frame() {
  const size_t size = head_size();
  is_masked_ = (head_[1] & 0x80) != 0;
  left_ = head_[1] & 0x7f;
  const size_t extended = size - 2 - (is_masked_ ? 4 : 0);
  if (extended > 0) {
    left_ = 0;
    for (size_t i = 0; i < extended; ++i) left_ = left_ << 8 | head_[2 + i];
  }
  constexpr uint8_t kReserved = 0x70, kOpcode = 0x0f, kText = 1;
  const uint8_t opcode = head_[0] & kOpcode;
  is_over_ = (head_[0] & kReserved) != 0 || left_ >> 48 != 0 || ++frames_ > kMaxFrames;
  if (opcode == kText) text_ = MessageText();
  is_text_ = opcode <= kText;
  if (is_masked_) memmove(head_, head_ + size - 4, 4);
  mask_at_ = 0;
  head_bytes_ = 0;
  is_in_frame_ = left_ > 0;
}

void SocketReader::read_text(Span bytes, WordSet* words) {
  uint8_t lines = 0;
  SoftwareVersion version;
  if (!is_masked_) {
    text_.read(bytes, words, &lines, &version);
    return;
  }
  uint8_t plain[256];
  for (size_t at = 0; at < bytes.size;) {
    const size_t count = std::min(bytes.size - at, sizeof plain);
    for (size_t i = 0; i < count; ++i) plain[i] = bytes.data[at + i] ^ head_[mask_at_++ & 3];
    text_.read(Span{plain, count}, words, &lines, &version);
    at += count;
  }
}

void SocketReader::read(Span bytes, WordSet* words) {
  for (size_t at = 0; at < bytes.size && !is_over_;) {
    if (is_in_frame_) {
      const size_t count = static_cast<size_t>(std::min<uint64_t>(bytes.size - at, left_));
      if (is_text_) read_text(Span{bytes.data + at, count}, words);
      at += count;
      left_ -= count;
      is_in_frame_ = left_ > 0;
    } else {
      head_[head_bytes_++] = bytes.data[at++];
      if (head_bytes_ >= 2 && head_bytes_ == head_size()) begin_frame();
    }
  }
}

}  // namespace wiretally

#include "message_text.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

void MessageText::read(Span bytes, WordSet* words, uint8_t* lines) {
  const size_t count = std::min<size_t>(bytes.size, kMaxBytes - bytes_);
  if (count == 0) return;
  bytes_ += static_cast<uint32_t>(count);
  const Span first{bytes.data, count};
  words_.read(first, words);
  read_lines(first, lines);
}

void MessageText::end_line(uint8_t* lines) {
  if (line_size_ > 0) *lines |= service_line_of(std::string_view(line_, line_size_));
}

void MessageText::read_lines(Span bytes, uint8_t* lines) {
  for (size_t at = 0; at < bytes.size;) {
    const uint8_t* from = bytes.data + at;
    const void* end = memchr(from, '\n', bytes.size - at);
    const size_t count = end == nullptr ? bytes.size - at
                                        : static_cast<size_t>(static_cast<const uint8_t*>(end) - from);
    const size_t kept = std::min(count, kMaxLine - line_size_);
    if (kept > 0) memcpy(line_ + line_size_, from, kept);
    line_size_ = static_cast<uint8_t>(line_size_ + kept);
    at += count;
    // A line that is not over is looked at as well: a banner has no end.
    if (kept > 0) end_line(lines);
    if (end == nullptr) return;
    line_size_ = 0;
    ++at;
  }
}

}  // namespace wiretally

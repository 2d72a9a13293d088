#include "message_text.h"

#include <algorithm>
#include <cstring>

#include "../../protocol/deflate.h"

namespace wiretally {

void MessageText::read(Span bytes, WordSet* words, uint8_t* lines, SoftwareVersion* version) {
  const size_t count = std::min<size_t>(bytes.size, kMaxBytes - bytes_);
  if (count == 0) return;
  bytes_ += static_cast<uint32_t>(count);
  const Span first{bytes.data, count};
  words_.read(first, words, version);
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
    // An incomplete line is read as well, because a banner may have no end.
    if (kept > 0) end_line(lines);
    if (end == nullptr) return;
    line_size_ = 0;
    ++at;
  }
}

bool PackedText::add(Span bytes, ServiceAnswer* answer) {
  if (is_over_) return true;
  constexpr size_t kEarly = kMaxPacked / 4;
  const bool was_early = packed_.size() < kEarly;
  const size_t count = std::min(bytes.size, kMaxPacked - packed_.size());
  if (count > 0) packed_.insert(packed_.end(), bytes.data, bytes.data + count);
  if (packed_.size() == kMaxPacked) return end(answer);
  return packed_.size() < kEarly || !was_early || read(answer);
}

bool PackedText::end(ServiceAnswer* answer) {
  if (is_over_) return true;
  is_over_ = true;
  const bool is_readable = read(answer);
  packed_ = {};
  return is_readable;
}

bool PackedText::read(ServiceAnswer* answer) const {
  // A text is rarely compressed to less than a sixth; a higher ratio would let few bytes cost much.
  constexpr size_t kRatio = 4;
  uint8_t text[kMaxPacked * kRatio];
  const Inflated inflated = inflate(Span{packed_.data(), packed_.size()}, text,
                                    std::min(sizeof text, packed_.size() * kRatio));
  MessageText().read(Span{text, inflated.size}, &answer->words, &answer->lines, &answer->text_version);
  return inflated.size > 0 && !inflated.is_broken;
}

}  // namespace wiretally

// MessageText: the first bytes of the text of a message, read for words and for beginnings of lines.
#pragma once

#include <cstdint>

#include "../../protocol/service_signs.h"

namespace wiretally {

class MessageText {
 public:
  void read(Span bytes, WordSet* words, uint8_t* lines);

 private:
  static constexpr uint32_t kMaxBytes = 8192;
  static constexpr size_t kMaxLine = 96;
  void read_lines(Span bytes, uint8_t* lines);
  void end_line(uint8_t* lines);

  uint32_t bytes_ = 0;
  uint8_t line_size_ = 0;
  QuotedWords words_;
  char line_[kMaxLine];
};

}  // namespace wiretally

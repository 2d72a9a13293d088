// MessageText reads the first bytes of the text of a message, for words and for beginnings of lines.
#pragma once

#include <cstdint>
#include <vector>

#include "../../protocol/service_signs.h"

namespace wiretally {

class MessageText {
 public:
  void read(Span bytes, WordSet* words, uint8_t* lines, SoftwareVersion* version);

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

// Reads the beginning of a text in gzip or deflate. It stores the compressed bytes and inflates them again when more
// arrive, so that a stream that never ends is read as well.
class PackedText {
 public:
  // The maximum number of compressed bytes of a text.
  static constexpr size_t kMaxPacked = 2048;

  // Returns false if the text cannot be read.
  bool add(Span bytes, ServiceAnswer* answer);
  // The text ends here, or bytes of it are missing.
  bool end(ServiceAnswer* answer);

 private:
  bool read(ServiceAnswer* answer) const;

  std::vector<uint8_t> packed_;
  bool is_over_ = false;
};

}  // namespace wiretally

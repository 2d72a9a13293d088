// The line of `dump hellos` for one ClientHello: NDJSON (RFC 8259) that is safe to display. It is written here because a
// capture of handshakes has hundreds of thousands of lines, and making them of objects took longer than decoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "../base/cursor.h"
#include "../base/event.h"

namespace wiretally {

// Appends a text of UTF-8 as a JSON string. All characters beyond ASCII are \u escapes: some of them hide or reorder text.
void append_json_string(std::string_view text, std::string* out);

// Number of the file of the HelloRecord that `bytes` begin with; 0 where they are too short for one.
size_t file_of_hello(Span bytes);

// Writes lines. Programs repeat their hellos: the middle of a line, a text of some 400 bytes, is kept for each.
class HelloLines {
 public:
  // Appends the line of the HelloRecord that `bytes` begin with, and a line end. `file`: the name of its file as a JSON
  // string. False, and nothing appended: they are not a whole record.
  bool append(Span bytes, std::string_view file, std::string* out);

 private:
  static constexpr size_t kMaxPrograms = 512, kMaxKeyBytes = 1024;

  void append_program(const HelloRecord& record, Span alpn, Span versions, Span ja3, std::string* out);

  std::unordered_map<std::string, std::string> programs_;
  std::string key_;
};

}  // namespace wiretally

// Texts in gzip and zlib, made with zlib 1.2: the code decides which of the blocks of DEFLATE they have.
#pragma once

#include <string>

namespace packed {

inline std::string from_hex(const std::string& hex) {
  std::string out;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) out += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  return out;
}

inline const std::string kChat =
    R"({"id":"a","object":"chat.completion","system_fingerprint":"fp_ollama","choices":[]})";
// With the fixed code, and with one of its own.
inline const std::string kChatGzip = from_hex(
    "1f8b0800000000000203ab56ca4c51b2524a54d251ca4fca4a4d2e01729233124bf492f3730b72524b32f3f38052c595c525"
    "a9b9f1699979e9a9450545997920656905f1f9393989b920bdc919f999c9a9c54a56d1b1b5004abdbd0153000000");
inline const std::string kChatZlib = from_hex(
    "78da158b410e80200cc0feb2b3f1017cc51832e7901960047631c6bf0bc7a6ed0b7282038405f4b8996c0045b49534d7c426"
    "5a86ea4f37ce3e48b9b8d5266566a17a4d09f37c29aa107770dbfefd99cb1cdb");

inline const std::string kLines =
    R"(data: {"object":"chat.completion.chunk","model":"q0","choices":[{"delta":{"content":"ibe"}}]}
data: {"object":"chat.completion.chunk","model":"q1","choices":[{"delta":{"content":"hh"}}]}
data: {"object":"chat.completion.chunk","model":"q2","choices":[{"delta":{"content":"jgdbhagg"}}]}
data: {"object":"chat.completion.chunk","model":"q3","choices":[{"delta":{"content":"k"}}]}
data: {"object":"chat.completion.chunk","model":"q4","choices":[{"delta":{"content":"ekdibfaa"}}]}
data: {"object":"chat.completion.chunk","model":"q5","choices":[{"delta":{"content":"j"}}]}
data: {"object":"chat.completion.chunk","model":"q6","choices":[{"delta":{"content":"agjdgka d"}}]}
data: {"object":"chat.completion.chunk","model":"q7","choices":[{"delta":{"content":"h dfdjdh"}}]}
)";
inline const std::string kLinesGzip = from_hex(
    "1f8b08000000000002039dd2bb0ac3300c05d0bd5f113497d077c1bf523ac892e25762b7d49d4cfebd297477ea51129c0be2"
    "3266545d81a4bd5006056431f794a6c728d9a5d8937dc7005b9812cbb8dc9fbb65209b1cc90bd4adc0b2ce08aa00a598257e"
    "0da705e6f93e6ff86f7d5fd7ad6dc50f75dc1bd6168d698d38d62342ab7daadb12d8e901b135e2bce243adf6a56ea3f16c02"
    "76dc9a715d519f8e07f6fc2bd1073b33daf600030000");

// Blocks that are not compressed, in gzip with a name, without the checksum that nothing reads.
inline std::string store(const std::string& text) {
  std::string out("\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0", 15);
  constexpr size_t kMost = 0xffff;
  for (size_t at = 0; at < text.size(); at += kMost) {
    const std::string part = text.substr(at, kMost);
    out += at + kMost >= text.size() ? '\1' : '\0';
    for (const size_t number : {part.size(), ~part.size()}) {
      out += static_cast<char>(number & 0xff);
      out += static_cast<char>(number >> 8 & 0xff);
    }
    out += part;
  }
  return out;
}

}  // namespace packed

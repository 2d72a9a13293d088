// Converts, measures and orders texts.
#include "texts.h"

#include "../base/text.h"

namespace wiretally {

namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0x80) == 0; });
}

void append_utf8(std::string* text, uint32_t character) {
  if (character < 0x80) {
    text->push_back(static_cast<char>(character));
  } else if (character < 0x800) {
    text->push_back(static_cast<char>(0xc0 | (character >> 6)));
    text->push_back(static_cast<char>(0x80 | (character & 0x3f)));
  } else if (character < 0x1'0000) {
    text->push_back(static_cast<char>(0xe0 | (character >> 12)));
    text->push_back(static_cast<char>(0x80 | ((character >> 6) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | (character & 0x3f)));
  } else {
    text->push_back(static_cast<char>(0xf0 | (character >> 18)));
    text->push_back(static_cast<char>(0x80 | ((character >> 12) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | ((character >> 6) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | (character & 0x3f)));
  }
}

// True for well-formed text, including a U+FFFD in the input.
bool is_well_formed(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    if (next_character(text, &at) == kReplacement && at == from + 1) return false;
  }
  return true;
}

}  // namespace

uint32_t next_character(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte((*at)++);
  if (first < 0x80) return first;
  const size_t more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (more == 0 || first >= 0xf5 || text.size() - *at < more) return kReplacement;
  uint32_t character = first & (0x3fU >> more);
  for (size_t i = 0; i < more; ++i) {
    if ((byte(*at + i) & 0xc0) != 0x80) return kReplacement;
    character = (character << 6) | (byte(*at + i) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x1'0000};
  const bool is_surrogate = character >= 0xd800 && character < 0xe000;
  if (character < kSmallest[more] || is_surrogate || character > 0x10'ffff) return kReplacement;
  *at += more;
  return character;
}

std::string readable_text(Span bytes) {
  const std::string_view view = text_of(bytes);
  if (is_ascii(view) || is_well_formed(view)) return std::string(view);
  std::string text;
  for (size_t i = 0; i < bytes.size; ++i) {
    if (bytes.data[i] < 0x80) {
      text.push_back(view[i]);
    } else {
      text += "\\x" + hex_text(bytes.data + i, 1);
    }
  }
  return text;
}

std::string lower_case(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t character = next_character(text, &at);
    const bool is_ascii_capital = character >= 'A' && character <= 'Z';
    const bool is_latin_capital = character >= 0xc0 && character <= 0xde && character != 0xd7;
    if (is_ascii_capital || is_latin_capital) character += 0x20;
    append_utf8(&lower, character);
  }
  return lower;
}

size_t utf16_length(std::string_view text) {
  if (is_ascii(text)) return text.size();
  size_t length = 0;
  for (size_t at = 0; at < text.size();) length += next_character(text, &at) >= 0x1'0000 ? 2 : 1;
  return length;
}

int compare_texts(std::string_view a, std::string_view b) {
  const size_t both = std::min(a.size(), b.size());
  for (size_t i = 0; i < both; ++i) {
    if (a[i] == b[i]) continue;
    // In UTF-16, surrogates (from byte f0 on in UTF-8) sort before the private use characters.
    const auto rank = [](char c) {
      const auto byte = static_cast<uint8_t>(c);
      return byte >= 0xf0 ? 0xed * 2 + 1 : byte * 2;
    };
    const int x = rank(a[i]);
    const int y = rank(b[i]);
    if (x != y) return x - y;
    return static_cast<uint8_t>(a[i]) - static_cast<uint8_t>(b[i]);
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

}  // namespace wiretally

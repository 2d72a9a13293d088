// Address: formats and classifies addresses. The text equals that of src/net/address.ts.
#include "address.h"

#include <charconv>

#include "../flow/key.h"

namespace wiretally {

namespace {

constexpr unsigned kGroups = 8;

unsigned group_at(const uint8_t* bytes, unsigned group) {
  return (unsigned{bytes[2 * group]} << 8) | bytes[2 * group + 1];
}

void append_number(std::string* text, unsigned number, int base) {
  char digits[8];
  const auto result = std::to_chars(digits, digits + sizeof digits, number, base);
  text->append(digits, result.ptr);
}

void append_ip4(std::string* text, const uint8_t* bytes) {
  for (unsigned i = 0; i < 4; ++i) {
    if (i != 0) text->push_back('.');
    append_number(text, bytes[i], 10);
  }
}

bool is_mapped(const uint8_t* bytes) {
  for (unsigned group = 0; group < 5; ++group) {
    if (group_at(bytes, group) != 0) return false;
  }
  return group_at(bytes, 5) == 0xffff;
}

const HashSecret& secret() {
  static const HashSecret drawn = HashSecret::draw();
  return drawn;
}

uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

std::string Address::text() const {
  std::string text;
  const uint8_t* at = bytes();
  if (ip_version == 4) {
    append_ip4(&text, at);
    return text;
  }
  if (is_mapped(at)) {
    text = "::ffff:";
    append_ip4(&text, at + 12);
    return text;
  }
  // "::" replaces the longest run of zero groups, the first of equal length, and never a single group.
  unsigned run_start = 0;
  unsigned run_length = 0;
  for (unsigned group = 0; group < kGroups; ++group) {
    unsigned end = group;
    while (end < kGroups && group_at(at, end) == 0) ++end;
    if (end - group > run_length) {
      run_start = group;
      run_length = end - group;
    }
    if (end > group) group = end;
  }
  for (unsigned group = 0; group < kGroups; ++group) {
    if (run_length > 1 && group == run_start) {
      text += "::";
      group += run_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text.push_back(':');
    append_number(&text, group_at(at, group), 16);
  }
  return text;
}

bool Address::is_unicast() const {
  if (ip_version == 4) return bytes()[0] > 0 && bytes()[0] < 224;
  const unsigned first = group_at(bytes(), 0);
  // These addresses also begin with "ff" as text.
  if (first == 0xff || first >> 4 == 0xff || first >> 8 == 0xff) return false;
  return words[0] != 0 || words[1] != 0;
}

bool Address::is_global_ip6() const {
  if (ip_version == 4) return false;
  unsigned first = group_at(bytes(), 0);
  while (first > 0xf) first >>= 4;
  return first == 2 || first == 3;
}

uint64_t hash_words(uint64_t a, uint64_t b) {
  const HashSecret& keys = secret();
  return mix(mix(a ^ keys.words[0], keys.words[1] | 1) ^ b ^ keys.words[2], keys.words[3] | 1);
}

uint64_t hash_text(std::string_view text) {
  const HashSecret& keys = secret();
  uint64_t hash = keys.words[4] ^ text.size();
  while (text.size() > 8) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    hash = mix(hash ^ word, keys.words[5] | 1);
    text.remove_prefix(8);
  }
  uint64_t last = 0;
  if (!text.empty()) std::memcpy(&last, text.data(), text.size());
  return mix(hash ^ last, keys.words[6] | 1);
}

}  // namespace wiretally

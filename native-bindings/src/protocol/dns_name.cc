// Reads domain names from DNS messages, and skips them.
#include "dns_name.h"

#include <array>

namespace wiretally {

namespace {

constexpr uint8_t kPointerBits = 0xc0;

// Maps a byte to its character in a name; 0 if it is escaped as \DDD.
constexpr std::array<char, 256> kCharacters = [] {
  std::array<char, 256> characters{};
  for (int c = ' ' + 1; c < 0x7f; ++c) characters[static_cast<size_t>(c)] = static_cast<char>(c);
  for (int c = 'A'; c <= 'Z'; ++c) characters[static_cast<size_t>(c)] = static_cast<char>(c - 'A' + 'a');
  characters['.'] = characters['\\'] = 0;
  return characters;
}();

void put_label(Span label, DnsName* name) {
  char* at = name->text + name->length;
  for (size_t i = 0; i < label.size; ++i) {
    const uint8_t c = label.data[i];
    *at = kCharacters[c];
    if (*at++ != 0) continue;
    at[-1] = '\\';
    *at++ = static_cast<char>('0' + c / 100);
    *at++ = static_cast<char>('0' + c / 10 % 10);
    *at++ = static_cast<char>('0' + c % 10);
  }
  name->length = static_cast<uint16_t>(at - name->text);
}

}  // namespace

bool read_dns_name(Span message, size_t offset, DnsName* name, size_t* end) {
  name->length = 0;
  size_t wire_bytes = 1;   // the root
  size_t before = offset;  // A pointer must refer to an earlier name (RFC 1035 §4.1.4), which excludes loops.
  unsigned pointers = 0;
  while (offset < message.size) {
    const uint8_t length = message.data[offset];
    if ((length & kPointerBits) == kPointerBits) {
      if (offset + 1 >= message.size) return false;
      const size_t target = (size_t{length & 0x3fu} << 8) | message.data[offset + 1];
      if (target >= before || pointers == kMaxDnsPointers) return false;
      if (pointers++ == 0 && end != nullptr) *end = offset + 2;
      before = target;
      offset = target;
      continue;
    }
    if ((length & kPointerBits) != 0) return false;  // RFC 6891 §5: other label types are obsolete
    if (length == 0) {
      if (pointers == 0 && end != nullptr) *end = offset + 1;
      return true;
    }
    wire_bytes += size_t{1} + length;
    if (offset + 1 + length > message.size || wire_bytes > kMaxDnsName) return false;
    if (name->length != 0) name->text[name->length++] = '.';
    put_label({message.data + offset + 1, length}, name);
    offset += size_t{1} + length;
  }
  return false;
}

size_t skip_dns_name(Span message, size_t offset) {
  while (offset < message.size) {
    const uint8_t length = message.data[offset];
    if ((length & kPointerBits) == kPointerBits) return offset + 2 <= message.size ? offset + 2 : 0;
    if ((length & kPointerBits) != 0) return 0;
    offset += size_t{1} + length;
    if (length == 0) return offset;
  }
  return 0;
}

}  // namespace wiretally

#include "http2_connect.h"

#include <algorithm>
#include <iterator>

#include "../base/text.h"

namespace wiretally {

namespace {

constexpr uint8_t kHeaders = 1;
constexpr uint8_t kPadded = 0x08, kWithPriority = 0x20;
// Names of the static table (RFC 7541 appendix A).
constexpr uint32_t kAuthority = 1, kMethodGet = 2, kMethodPost = 3;
// SETTINGS, and what few frames may come before a request.
constexpr size_t kMaxStart = 4096;

// Reads an integer of HPACK whose first byte keeps `bits` bits for it (RFC 7541 §5.1).
uint32_t read_integer(Cursor* cursor, uint8_t first, unsigned bits) {
  const uint32_t most = (1u << bits) - 1;
  uint32_t value = first & most;
  if (value < most) return value;
  for (unsigned shift = 0; shift <= 14; shift += 7) {
    const uint8_t byte = cursor->u8();
    value += (byte & 0x7fu) << shift;
    if (byte < 0x80) return value;
  }
  cursor->fail();  // longer than any start that is read
  return 0;
}

// The code is canonical (RFC 7541 appendix B): its symbols of 5 to 13 bits in the order of their codes. Authorities have no
// others.
constexpr std::string_view kSymbols[] = {
    "012aceiost", " %-./3456789=A_bdfghlmnpru",   ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", "&*,;XZ", "", "!\"()?", "'+|",
    "#>",         std::string_view("\0$@[]~", 6),
};
constexpr unsigned kMinBits = 5;

// Returns the length, 0 if it has other symbols or is too long.
size_t read_huffman(Span bytes, char* text, size_t size) {
  size_t length = 0;
  uint32_t code = 0, first = 0;
  unsigned bits = 0;
  for (size_t at = 0; at < bytes.size * 8; ++at) {
    code = code << 1 | (bytes.data[at / 8] >> (7 - at % 8) & 1u);
    first <<= 1;
    if (++bits < kMinBits) continue;
    if (bits - kMinBits >= std::size(kSymbols)) return 0;
    const std::string_view symbols = kSymbols[bits - kMinBits];
    if (code - first >= symbols.size()) {
      first += static_cast<uint32_t>(symbols.size());
      continue;
    }
    if (length == size) return 0;
    text[length++] = symbols[code - first];
    code = first = bits = 0;
  }
  // The rest is padding: ones (RFC 7541 §5.2).
  return code == (1u << bits) - 1 ? length : 0;
}

struct Text {
  char bytes[ProxyTarget::kMaxBytes];
  size_t length = 0;
  std::string_view view() const { return {bytes, length}; }
};

// Reads a string (RFC 7541 §5.2); null: only skips it.
void read_string(Cursor* cursor, Text* text) {
  const uint8_t first = cursor->u8();
  const Span bytes = cursor->take(read_integer(cursor, first, 7));
  if (text == nullptr || !cursor->ok()) return;
  text->length = 0;
  if ((first & 0x80) != 0) {
    text->length = read_huffman(bytes, text->bytes, sizeof text->bytes);
  } else if (bytes.size <= sizeof text->bytes) {
    std::copy(bytes.data, bytes.data + bytes.size, text->bytes);
    text->length = bytes.size;
  }
}

// Reads the fields of the first request of a connection: its dynamic table is empty. Returns true for CONNECT.
bool read_fields(Cursor* fields, ProxyTarget* target) {
  Text method, authority;
  while (fields->ok() && fields->remaining() > 0) {
    const uint8_t first = fields->u8();
    if ((first & 0x80) != 0) {
      const uint32_t index = read_integer(fields, first, 7);
      if (index == kMethodGet || index == kMethodPost) return false;
      continue;
    }
    if ((first & 0xe0) == 0x20) {
      read_integer(fields, first, 5);  // the size of the table
      continue;
    }
    const uint32_t name = read_integer(fields, first, (first & 0x40) != 0 ? 6 : 4);
    Text own_name;
    if (name == 0) read_string(fields, &own_name);
    const bool is_method = name == kMethodGet || name == kMethodPost || own_name.view() == ":method";
    const bool is_authority = name == kAuthority || own_name.view() == ":authority";
    read_string(fields, is_method ? &method : is_authority ? &authority : nullptr);
  }
  if (method.view() != "CONNECT") return false;
  set_connect_target(target, authority.view());
  return true;
}

}  // namespace

Progress read_http2_connect(Span bytes, size_t* consumed, ProxyTarget* target) {
  const std::string_view text = text_of(bytes);
  if (text.substr(0, kHttp2Preface.size()) != kHttp2Preface.substr(0, text.size())) return Progress::kNo;
  if (text.size() < kHttp2Preface.size()) return Progress::kMore;
  Cursor cursor(bytes);
  cursor.skip(kHttp2Preface.size());
  while (true) {
    const uint32_t length = cursor.be24();
    const uint8_t type = cursor.u8();
    const uint8_t flags = cursor.u8();
    cursor.skip(4);
    if (cursor.ok() && length > kMaxStart) return Progress::kNo;
    Cursor frame(cursor.take(length));
    if (!cursor.ok()) return bytes.size > kMaxStart ? Progress::kNo : Progress::kMore;
    if (type != kHeaders) continue;
    const uint8_t padding = (flags & kPadded) != 0 ? frame.u8() : uint8_t{0};
    if ((flags & kWithPriority) != 0) frame.skip(5);
    if (!frame.ok() || frame.remaining() < padding) return Progress::kNo;
    Cursor fields(frame.take(frame.remaining() - padding));
    if (!read_fields(&fields, target)) return Progress::kNo;
    *consumed = bytes.size - cursor.remaining();
    return Progress::kDone;
  }
}

}  // namespace wiretally

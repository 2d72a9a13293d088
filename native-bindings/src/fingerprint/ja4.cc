#include "ja4.h"

#include <algorithm>
#include <array>

#include "../crypto/digest.h"
#include "family.h"
#include "grease.h"

namespace wiretally {

namespace {

using Ja4Text = DigestText<Sha256>;
constexpr char kHex[] = "0123456789abcdef";
constexpr size_t kHashCharacters = 12;

// Values of one list without GREASE. A list may fill a whole hello, so the buffer is per thread, not on the stack.
struct Values {
  std::array<uint16_t, kMaxCiphers> list;
  size_t count;
};

Values& read_values(Span bytes) {
  static thread_local Values values;
  values.count = 0;
  for (Cursor cursor(bytes); cursor.remaining() >= 2;) {
    const uint16_t value = cursor.be16();
    if (!is_grease(value)) values.list[values.count++] = value;
  }
  return values;
}

void put_hex(Ja4Text* text, const uint16_t* values, size_t count, char separator_before_first) {
  char separator = separator_before_first;
  for (size_t i = 0; i < count; ++i) {
    char* at = text->room();
    size_t used = 0;
    if (separator != 0) at[used++] = separator;
    separator = ',';
    for (int shift = 12; shift >= 0; shift -= 4) at[used++] = kHex[(values[i] >> shift) & 15];
    text->commit(used);
  }
}

void put_hash(Ja4Text* text, char* out) {
  if (text->empty()) {
    std::memset(out, '0', kHashCharacters);
    return;
  }
  uint8_t digest[Sha256::kBytes];
  text->finish(digest);
  for (size_t i = 0; i < kHashCharacters / 2; ++i) {
    *out++ = kHex[digest[i] >> 4];
    *out++ = kHex[digest[i] & 15];
  }
}

// The highest version in supported_versions without GREASE; a draft or an unknown number above the known ones gives
// "00". Without the extension the legacy version, never that of the record.
uint16_t offered_version(const ClientHello& hello) {
  if (hello.supported_versions.size == 0) return hello.legacy_version;
  uint16_t highest = 0;
  for (Cursor cursor(hello.supported_versions); cursor.remaining() >= 2;) {
    const uint16_t value = cursor.be16();
    if (!is_grease(value)) highest = std::max(highest, value);
  }
  return highest;
}

const char* version_text(uint16_t version) {
  switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
  }
}

char* put_count(size_t count, char* out) {
  const size_t shown = std::min<size_t>(count, 99);
  *out++ = static_cast<char>('0' + shown / 10);
  *out++ = static_cast<char>('0' + shown % 10);
  return out;
}

bool is_alphanumeric(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// First and last character of the first protocol; when either is not alphanumeric, of its hexadecimal form.
char* put_alpn(Span protocols, char* out) {
  Cursor cursor(protocols);
  const Span first = cursor.take(cursor.u8());
  if (!cursor.ok() || first.size == 0) {
    *out++ = '0';
    *out++ = '0';
    return out;
  }
  const uint8_t begin = first.data[0];
  const uint8_t end = first.data[first.size - 1];
  const bool plain = is_alphanumeric(begin) && is_alphanumeric(end);
  *out++ = plain ? static_cast<char>(begin) : kHex[begin >> 4];
  *out++ = plain ? static_cast<char>(end) : kHex[end & 15];
  return out;
}

// Extensions that a program sends in some of its hellos: padding fills a hello up, a cookie answers a retry, early data and a
// pre-shared key resume.
bool comes_and_goes(uint16_t type) { return type == 21 || type == 41 || type == 42 || type == 44; }

// Sorted types without server name and ALPN, then the signature algorithms in wire order.
void put_extensions_hash(const ClientHello& hello, bool of_family, char* out) {
  uint16_t types[kMaxExtensions];
  size_t count = 0;
  for (size_t i = 0; i < hello.extension_count; ++i) {
    const uint16_t type = hello.extension_types[i];
    if (type == 0x0000 || type == 0x0010 || is_grease(type) || (of_family && comes_and_goes(type))) continue;
    types[count++] = type;
  }
  std::sort(types, types + count);
  Ja4Text text;
  put_hex(&text, types, count, 0);
  // JA4.md gives zeros for an empty list of extensions; signature algorithms require their extension.
  const Values& algorithms = read_values(hello.signature_algorithms);
  put_hex(&text, algorithms.list.data(), algorithms.count, '_');
  put_hash(&text, out);
}

void put_key(const ClientHello& hello, bool of_family, char* out) {
  size_t extension_count = 0;
  for (size_t i = 0; i < hello.extension_count; ++i) extension_count += !is_grease(hello.extension_types[i]);
  Values& ciphers = read_values(hello.ciphers);
  char* at = out;
  *at++ = hello.protocol == HelloProtocol::kQuic ? 'q' : hello.protocol == HelloProtocol::kDtls ? 'd' : 't';
  const char* version = version_text(offered_version(hello));
  *at++ = version[0];
  *at++ = version[1];
  *at++ = hello.has_sni_extension ? 'd' : 'i';
  at = put_count(ciphers.count, at);
  if (!of_family) at = put_count(extension_count, at);
  at = put_alpn(hello.alpn, at);
  *at++ = '_';
  std::sort(ciphers.list.begin(), ciphers.list.begin() + static_cast<ptrdiff_t>(ciphers.count));
  Ja4Text text;
  put_hex(&text, ciphers.list.data(), ciphers.count, 0);
  put_hash(&text, at);
  at += kHashCharacters;
  *at++ = '_';
  put_extensions_hash(hello, of_family, at);
  at += kHashCharacters;
  std::memset(at, 0, static_cast<size_t>(out + 40 - at));
}

}  // namespace

void ja4(const ClientHello& hello, char out[40]) { put_key(hello, false, out); }

void family(const ClientHello& hello, char out[40]) { put_key(hello, true, out); }

}  // namespace wiretally

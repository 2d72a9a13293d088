#include "first_bytes.h"

#include <algorithm>
#include <string_view>

#include "../base/text.h"
#include "../protocol/http2_connect.h"
#include "../protocol/tls.h"

namespace wiretally {

namespace {

constexpr std::string_view kMethods[] = {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "PATCH ", "DELETE "};

// True if one is a prefix of the other: with few bytes available, the word may still be completed.
bool may_be(std::string_view text, std::string_view word) {
  const size_t count = std::min(text.size(), word.size());
  return text.substr(0, count) == word.substr(0, count);
}

// The first words of SMTP and LMTP (RFC 5321 §4.1.1.1, RFC 2033), IMAP (RFC 9051 §7.1) and POP3 (RFC 1939 §4). The banner
// of an SMTP server has the form of an FTP banner, so it does not count.
bool is_mail(std::string_view text) {
  static constexpr std::string_view kWords[] = {"EHLO ", "HELO ", "LHLO ", "* OK", "* PREAUTH", "+OK"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return text.substr(0, word.size()) == word; });
}

bool may_be_method(std::string_view text) {
  return std::any_of(std::begin(kMethods), std::end(kMethods), [&](std::string_view m) { return may_be(text, m); });
}

bool is_method(std::string_view text) {
  return std::any_of(std::begin(kMethods), std::end(kMethods),
                     [&](std::string_view m) { return text.substr(0, m.size()) == m; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_text(Span bytes) {
  const size_t count = std::min<size_t>(bytes.size, 16);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t b = bytes.data[i];
    if ((b < 0x20 && b != '\r' && b != '\n' && b != '\t') || b >= 0x7f) return false;
  }
  return true;
}

// Binary protocols that may turn to TLS: LDAP messages (RFC 4511 §4.1.1), PostgreSQL's SSLRequest and start-up
// (type-less messages with a length below 2^16), RDP's connection request in TPKT (RFC 1006 §6), MySQL's greeting.
bool may_upgrade(Span bytes) {
  Cursor cursor(bytes);
  const uint8_t first = cursor.u8();
  if (first == 0x30) return true;
  if (first == 0x03 && cursor.u8() == 0) return true;
  if (first == 0x00 && bytes.size >= 8) {
    cursor.skip(3);
    const uint16_t major = cursor.be16();
    return bytes.data[1] == 0 && (major == 1234 || major == 3);
  }
  return bytes.size > 5 && bytes.data[3] == 0 && bytes.data[4] == 10;
}

}  // namespace

StreamStart stream_start_of(Span bytes, const Place& place) {
  if (bytes.size == 0) return StreamStart::kNone;
  if (place.is_dns) return StreamStart::kDnsMessage;
  const std::string_view text = text_of(bytes);
  switch (bytes.data[0]) {
    case 0x16:
      return looks_like_client_hello_start(bytes) == Likeness::kNo ? StreamStart::kNone : StreamStart::kClientHello;
    case 0x01: return place.after_greeting ? StreamStart::kSocks5Login : StreamStart::kNone;
    case 0x04: {
      size_t consumed = 0;
      ProxyTarget target;
      const bool possible = place.is_first && read_socks4(bytes, &consumed, &target) != Progress::kNo;
      return possible ? StreamStart::kSocks4 : StreamStart::kNone;
    }
    case 0x05: {
      size_t consumed = 0;
      ProxyTarget target;
      if (place.after_greeting) return StreamStart::kSocks5Request;
      if (!place.is_first) return StreamStart::kNone;
      // A capture that begins behind the greeting shows the request first: it is whole and nothing is left over.
      if (read_socks5_request(bytes, &consumed, &target) == Progress::kDone && consumed == bytes.size) {
        return StreamStart::kSocks5Request;
      }
      const Progress greeting = read_socks5_greeting(bytes, &consumed);
      return greeting == Progress::kNo ? StreamStart::kNone : StreamStart::kSocks5Greeting;
    }
    case 0x0d: {
      size_t consumed = 0;
      ProxyTarget target;
      const bool possible = place.is_first && read_proxy_header(bytes, &consumed, &target) != Progress::kNo;
      return possible ? StreamStart::kProxyHeader : StreamStart::kNone;
    }
    default: break;
  }
  if (may_be(text, "CONNECT ")) return StreamStart::kConnect;
  if (place.is_first && (may_be(text, "PROXY ") || may_be(text, kHttp2Preface))) return StreamStart::kProxyHeader;
  if (place.wants_agent && may_be_method(text)) return StreamStart::kHttpRequest;
  return StreamStart::kNone;
}

Progress read_user_agent(Span head, Span* agent) {
  constexpr std::string_view kName = "user-agent:";
  const std::string_view text = text_of(head).substr(0, kMaxHttpHead);
  if (!is_method(text)) return text.size() < 8 && may_be_method(text) ? Progress::kMore : Progress::kNo;
  size_t line = text.find('\n');
  while (line != std::string_view::npos) {
    const size_t begin = line + 1;
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    std::string_view header = text.substr(begin, end - begin);
    if (header.empty() || header == "\r") return Progress::kDone;
    if (header.size() > kName.size() &&
        std::equal(kName.begin(), kName.end(), header.begin(), [](char a, char b) { return a == lower(b); })) {
      header.remove_prefix(kName.size());
      while (!header.empty() && (header.front() == ' ' || header.front() == '\t')) header.remove_prefix(1);
      while (!header.empty() && header.back() <= ' ') header.remove_suffix(1);
      *agent = Span{reinterpret_cast<const uint8_t*>(header.data()), header.size()};
      return Progress::kDone;
    }
    line = end;
  }
  return text.size() >= kMaxHttpHead ? Progress::kDone : Progress::kMore;
}

StreamLook look_at_stream(Span bytes) {
  const std::string_view text = text_of(bytes);
  if (text.substr(0, 4) == "SSH-") return {AppHint::kSsh, ProbeBudget::kNone};
  if (text.substr(0, 5) == "HTTP/" || text.substr(0, 8) == "CONNECT " || text.substr(0, 6) == "PRI * " ||
      is_method(text)) {
    return {AppHint::kHttp, ProbeBudget::kLong};
  }
  if (is_mail(text)) return {AppHint::kMail, ProbeBudget::kLong};
  TlsRecordHeader record;
  if (read_tls_record_header(bytes, &record) && (is_tls_record_header(record) || may_hold_client_hello(record))) {
    return {AppHint::kTls, ProbeBudget::kShort};
  }
  // OpenVPN over TCP: a length, then P_CONTROL_HARD_RESET_CLIENT_V2 or V3 with key id 0.
  if (bytes.size >= 16 && size_t{bytes.data[0]} * 256 + bytes.data[1] + 2 == bytes.size &&
      (bytes.data[2] == 0x38 || bytes.data[2] == 0x50)) {
    return {AppHint::kOpenVpn, ProbeBudget::kNone};
  }
  const bool is_socks = bytes.size > 0 && (bytes.data[0] == 4 || bytes.data[0] == 5);
  const bool is_long = is_text(bytes) || is_socks || may_upgrade(bytes);
  return {AppHint::kUnknown, is_long ? ProbeBudget::kLong : ProbeBudget::kShort};
}

bool is_stun(Span datagram) {
  constexpr uint32_t kMagicCookie = 0x2112a442;
  Cursor cursor(datagram);
  const uint16_t type = cursor.be16();
  const uint16_t length = cursor.be16();
  return cursor.be32() == kMagicCookie && cursor.ok() && (type & 0xc000) == 0 && (length & 3) == 0;
}

// WireGuard whitepaper, section 5.4: a type and three zero bytes; initiation of 148 bytes, response of 92, cookie of 64.
// Data has the receiver's index and a counter of 64 bits that begins at 0, then at least a tag of 16 bytes; the content
// is padded to 16.
bool looks_like_wireguard(Span datagram) {
  const size_t size = datagram.size;
  Cursor cursor(datagram);
  const uint32_t word = cursor.be32();
  cursor.skip(4);
  cursor.skip(6);
  const uint16_t counter_top = cursor.be16();
  if (!cursor.ok() || size < 32) return false;
  switch (word) {
    case 0x01000000: return size == 148;
    case 0x02000000: return size == 92;
    case 0x03000000: return size == 64;
    case 0x04000000: return size % 16 == 0 && counter_top == 0;
    default: return false;
  }
}

bool is_random(Span bytes) {
  constexpr size_t kLeast = 32;
  constexpr size_t kMost = 512;
  // The compiler's own count is a function call, except on processors with an instruction for it.
  constexpr uint8_t kBitsOf[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  constexpr size_t kTextStart = 6;
  constexpr size_t kTextRun = 20;
  if (bytes.size < kLeast) return false;
  const size_t size = std::min(bytes.size, kMost);
  size_t bits = 0;
  size_t text = 0;
  size_t run = 0;
  size_t longest_run = 0;
  size_t zeros = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint8_t byte = bytes.data[i];
    bits += kBitsOf[byte & 0xf] + kBitsOf[byte >> 4];
    const bool is_printable = byte >= 0x20 && byte <= 0x7e;
    run = is_printable ? run + 1 : 0;
    longest_run = std::max(longest_run, run);
    if (is_printable) ++text;
    if (byte == 0 && i < kLeast) ++zeros;
    if (i + 1 == kTextStart && text == kTextStart) return false;
  }
  const bool is_even = bits * 10 > size * 34 && bits * 10 < size * 46;
  return is_even && text * 2 <= size && longest_run <= kTextRun && zeros <= 2;
}

AppHint look_at_datagram(Span bytes, uint16_t source_port, uint16_t destination_port) {
  const auto is_port = [&](uint16_t port) { return source_port == port || destination_port == port; };
  if (is_port(500) || is_port(4500)) return AppHint::kIpsec;
  if (bytes.size < 1) return AppHint::kUnknown;
  if (looks_like_wireguard(bytes)) return AppHint::kWireGuard;
  const uint8_t opcode = bytes.data[0] >> 3;
  const bool is_reset = bytes.data[0] == 0x38 || bytes.data[0] == 0x50 || bytes.data[0] == 0x40;
  if (bytes.size >= 14 && ((is_port(1194) && opcode >= 1 && opcode <= 11) || (is_reset && bytes.size == 14))) {
    return AppHint::kOpenVpn;
  }
  return AppHint::kUnknown;
}

}  // namespace wiretally

#include "proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "../base/text.h"

namespace wiretally {

namespace {

constexpr uint8_t kProxy2Signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr size_t kMaxSocksText = 256;  // user id, host name

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void set_target(ProxyTarget* target, std::string_view host, uint16_t port) {
  if (host.empty() || host.size() > ProxyTarget::kMaxBytes - 9 || !is_printable(host)) return;
  const bool is_bare_ip6 = host.find(':') != std::string_view::npos && host.front() != '[';
  const int length = snprintf(target->text, sizeof target->text, is_bare_ip6 ? "[%.*s]:%u" : "%.*s:%u",
                              static_cast<int>(host.size()), host.data(), port);
  target->length = static_cast<uint16_t>(length);
}

void set_address_target(ProxyTarget* target, bool is_ip6, Span address, uint16_t port) {
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(is_ip6 ? AF_INET6 : AF_INET, address.data, text, sizeof text) == nullptr) return;
  set_target(target, text, port);
}

// Returns kMore for an incomplete request below the maximum length.
Progress more_unless(bool over) { return over ? Progress::kNo : Progress::kMore; }

// Returns a zero-terminated text at `offset`.
Progress read_text(Span bytes, size_t offset, std::string_view* text) {
  const size_t there = bytes.size - std::min(bytes.size, offset);
  const void* end = there == 0 ? nullptr : memchr(bytes.data + offset, 0, there);
  if (end == nullptr) return more_unless(there > kMaxSocksText);
  const size_t length = static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data) - offset;
  *text = text_of(Span{bytes.data + offset, length});
  return text->size() > kMaxSocksText ? Progress::kNo : Progress::kDone;
}

Progress read_proxy1(std::string_view text, size_t* consumed, ProxyTarget* target) {
  constexpr size_t kMaxLine = 107;  // proxy-protocol.txt §2.1
  const size_t end = text.substr(0, kMaxLine).find("\r\n");
  if (end == std::string_view::npos) return more_unless(text.size() >= kMaxLine);
  *consumed = end + 2;
  std::string_view words[6];
  std::string_view line = text.substr(0, end);
  size_t count = 0;
  while (count < 6 && !line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    words[count++] = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  if (count == 6 && (words[1] == "TCP4" || words[1] == "TCP6")) {
    unsigned port = 0;
    for (const char c : words[5]) {
      if (c < '0' || c > '9' || port > 65535) return Progress::kNo;
      port = port * 10 + static_cast<unsigned>(c - '0');
    }
    if (port <= 65535) set_target(target, words[3], static_cast<uint16_t>(port));
  }
  return Progress::kDone;
}

Progress read_proxy2(Span bytes, size_t* consumed, ProxyTarget* target) {
  Cursor cursor(bytes);
  cursor.skip(sizeof kProxy2Signature);
  const uint8_t version_command = cursor.u8();
  const uint8_t family = cursor.u8();
  const uint16_t length = cursor.be16();
  if (!cursor.ok()) return Progress::kMore;
  if ((version_command >> 4) != 2 || (version_command & 15) > 1) return Progress::kNo;
  *consumed = 16u + length;
  if (*consumed > kMaxProxyHeader) return Progress::kNo;
  Cursor body(cursor.take(length));
  if (!cursor.ok()) return Progress::kMore;
  const uint8_t address_family = family >> 4;
  if ((version_command & 15) == 0 || (address_family != 1 && address_family != 2)) return Progress::kDone;
  const size_t address_bytes = address_family == 1 ? 4 : 16;
  body.skip(address_bytes);
  const Span destination = body.take(address_bytes);
  body.skip(2);
  const uint16_t port = body.be16();
  if (body.ok()) set_address_target(target, address_family == 2, destination, port);
  return Progress::kDone;
}

Span take_socks5_address(Cursor* cursor, uint8_t type) {
  return cursor->take(type == 1 ? 4 : type == 4 ? 16 : cursor->u8());
}

void set_socks5_target(ProxyTarget* target, uint8_t type, Span address, uint16_t port) {
  if (type == 3) {
    set_target(target, text_of(address), port);
  } else {
    set_address_target(target, type == 4, address, port);
  }
}

}  // namespace

void set_connect_target(ProxyTarget* target, std::string_view word) {
  std::string_view port;
  for (const auto& [scheme, default_port] : {std::pair<std::string_view, std::string_view>{"https://", ":443"},
                                             std::pair<std::string_view, std::string_view>{"http://", ":80"}}) {
    if (word.substr(0, scheme.size()) != scheme) continue;
    word.remove_prefix(scheme.size());
    port = default_port;
    break;
  }
  word = word.substr(0, word.find('/'));
  const size_t user = word.rfind('@');
  if (user != std::string_view::npos) word.remove_prefix(user + 1);
  const size_t colon = word.rfind(':');
  const size_t bracket = word.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port) port = {};
  if (word.empty() || word.size() + port.size() > ProxyTarget::kMaxBytes || !is_printable(word)) return;
  memcpy(target->text, word.data(), word.size());
  if (!port.empty()) memcpy(target->text + word.size(), port.data(), port.size());
  target->length = static_cast<uint16_t>(word.size() + port.size());
}

Span ProxyTarget::host() const {
  std::string_view all(text, length);
  const size_t colon = all.rfind(':');
  const size_t bracket = all.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    all = all.substr(0, colon);
  }
  if (all.size() > 2 && all.front() == '[' && all.back() == ']') all = all.substr(1, all.size() - 2);
  return Span{reinterpret_cast<const uint8_t*>(all.data()), all.size()};
}

bool ProxyTarget::is_name() const {
  const std::string_view name = text_of(host());
  const bool has_letter = std::any_of(name.begin(), name.end(),
                                      [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
  return has_letter && name.find('.') != std::string_view::npos && name.find(':') == std::string_view::npos;
}

Progress read_connect(Span bytes, size_t* consumed, ProxyTarget* target) {
  constexpr std::string_view kMethod = "CONNECT ";
  const std::string_view text = text_of(bytes);
  if (text.substr(0, kMethod.size()) != kMethod.substr(0, text.size())) return Progress::kNo;
  const size_t end = text.substr(0, kMaxConnectLine).find('\n');
  if (end == std::string_view::npos) return more_unless(text.size() >= kMaxConnectLine);
  const std::string_view line = text.substr(kMethod.size(), end - std::min(end, kMethod.size()));
  const size_t space = line.find(' ');
  // Some clients put a path between target and version.
  if (space == std::string_view::npos || line.find(" HTTP/", space) == std::string_view::npos) return Progress::kNo;
  set_connect_target(target, line.substr(0, space));
  // Bytes after the head belong to the tunnel; a head that continues in later segments is skipped there,
  // line by line, because no line of it can start a handshake record.
  const size_t blank = text.find("\r\n\r\n", end - 1);
  *consumed = blank == std::string_view::npos ? end + 1 : blank + 4;
  return Progress::kDone;
}

Progress read_socks4(Span bytes, size_t* consumed, ProxyTarget* target) {
  Cursor cursor(bytes);
  const uint8_t version = cursor.u8();
  const uint8_t command = cursor.u8();
  if (version != 4 || (cursor.ok() && command != 1 && command != 2)) return Progress::kNo;
  const uint16_t port = cursor.be16();
  const Span address = cursor.take(4);
  if (!cursor.ok()) return Progress::kMore;
  if (port == 0) return Progress::kNo;
  constexpr size_t kFixed = 8;
  std::string_view user;
  Progress progress = read_text(bytes, kFixed, &user);
  if (progress != Progress::kDone) return progress;
  if (!std::all_of(user.begin(), user.end(), [](char c) { return c >= ' ' && c != 0x7f; })) return Progress::kNo;
  *consumed = kFixed + user.size() + 1;
  const uint8_t* a = address.data;
  if (a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] != 0) {  // 4a: the name follows
    std::string_view name;
    progress = read_text(bytes, *consumed, &name);
    if (progress != Progress::kDone) return progress;
    if (name.empty() || !is_printable(name)) return Progress::kNo;
    *consumed += name.size() + 1;
    if (command == 1) set_target(target, name, port);
  } else if (command == 1) {
    set_address_target(target, false, address, port);
  }
  return Progress::kDone;
}

Progress read_socks5_greeting(Span bytes, size_t* consumed) {
  Cursor cursor(bytes);
  const uint8_t version = cursor.u8();
  const uint8_t count = cursor.u8();
  if (version != 5) return Progress::kNo;
  if (!cursor.ok()) return Progress::kMore;
  if (count == 0) return Progress::kNo;
  const Span methods = cursor.take(count);
  if (!cursor.ok()) return Progress::kMore;
  for (size_t i = 0; i < methods.size; ++i) {
    if (methods.data[i] > 9 && methods.data[i] < 0x80) return Progress::kNo;  // IANA: 10 to 127 are not assigned
  }
  *consumed = 2u + count;
  return Progress::kDone;
}

Progress read_socks5_login(Span bytes, size_t* consumed) {
  Cursor cursor(bytes);
  if (cursor.u8() != 1) return Progress::kNo;
  cursor.skip(cursor.u8());
  cursor.skip(cursor.u8());
  if (!cursor.ok()) return Progress::kMore;
  *consumed = bytes.size - cursor.remaining();
  return Progress::kDone;
}

Progress read_socks5_request(Span bytes, size_t* consumed, ProxyTarget* target) {
  Cursor cursor(bytes);
  const uint8_t version = cursor.u8();
  const uint8_t command = cursor.u8();
  const uint8_t reserved = cursor.u8();
  const uint8_t type = cursor.u8();
  if (version != 5 || reserved != 0 || command > 3) return Progress::kNo;
  if (!cursor.ok()) return Progress::kMore;
  if (command == 0 || (type != 1 && type != 3 && type != 4)) return Progress::kNo;
  const Span address = take_socks5_address(&cursor, type);
  const uint16_t port = cursor.be16();
  if (!cursor.ok()) return Progress::kMore;
  *consumed = bytes.size - cursor.remaining();
  if (command != 1) return Progress::kDone;
  if (type == 3 && !is_printable(text_of(address))) return Progress::kNo;
  set_socks5_target(target, type, address, port);
  return Progress::kDone;
}

bool read_socks5_datagram(Span bytes, size_t* consumed, ProxyTarget* target) {
  Cursor cursor(bytes);
  // Two reserved bytes, and the number of the part: 0 for a whole datagram.
  const uint32_t head = cursor.be32();
  const uint8_t type = head & 0xff;
  if (!cursor.ok() || head >> 8 != 0 || (type != 1 && type != 3 && type != 4)) return false;
  const Span address = take_socks5_address(&cursor, type);
  const uint16_t port = cursor.be16();
  // No address of a server begins with zero.
  if (!cursor.ok() || port == 0 || address.size == 0 || address.data[0] == 0) return false;
  set_socks5_target(target, type, address, port);
  *consumed = bytes.size - cursor.remaining();
  return target->length != 0;
}

Progress read_proxy_header(Span bytes, size_t* consumed, ProxyTarget* target) {
  constexpr std::string_view kWord = "PROXY ";
  const std::string_view text = text_of(bytes);
  if (text.substr(0, kWord.size()) == kWord.substr(0, text.size())) {
    return text.size() < kWord.size() ? Progress::kMore : read_proxy1(text, consumed, target);
  }
  const size_t there = std::min(bytes.size, sizeof kProxy2Signature);
  if (memcmp(bytes.data, kProxy2Signature, there) != 0) return Progress::kNo;
  return there < sizeof kProxy2Signature ? Progress::kMore : read_proxy2(bytes, consumed, target);
}

Progress read_socks4_reply(Span bytes, uint8_t* code) {
  Cursor cursor(bytes);
  const uint8_t version = cursor.u8();
  *code = cursor.u8();
  if (version != 0 || (cursor.ok() && (*code < kSocks4Granted || *code > kSocks4Granted + 3))) return Progress::kNo;
  cursor.skip(6);
  return cursor.ok() ? Progress::kDone : Progress::kMore;
}

Progress read_socks5_method(Span bytes, uint8_t* code) {
  Cursor cursor(bytes);
  if (cursor.u8() != 5) return Progress::kNo;
  *code = cursor.u8();
  return cursor.ok() ? Progress::kDone : Progress::kMore;
}

Progress read_socks5_login_reply(Span bytes, uint8_t* code) {
  Cursor cursor(bytes);
  if (cursor.u8() != 1) return Progress::kNo;
  *code = cursor.u8();
  return cursor.ok() ? Progress::kDone : Progress::kMore;
}

Progress read_socks5_reply(Span bytes, uint8_t* code) {
  constexpr uint8_t kMaxReplyCode = 8;
  Cursor cursor(bytes);
  const uint8_t version = cursor.u8();
  *code = cursor.u8();
  const uint8_t reserved = cursor.u8();
  if (version != 5 || *code > kMaxReplyCode || reserved != 0) return Progress::kNo;
  const uint8_t type = cursor.u8();
  if (cursor.ok() && type != 1 && type != 3 && type != 4) return Progress::kNo;
  cursor.skip((type == 1 ? 4u : type == 4 ? 16u : cursor.u8()) + 2u);
  return cursor.ok() ? Progress::kDone : Progress::kMore;
}

}  // namespace wiretally

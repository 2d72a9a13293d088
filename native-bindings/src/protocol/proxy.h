// Client requests to a proxy for a connection to another host: HTTP CONNECT (RFC 9110 §9.3.6),
// SOCKS 4 and 4a, SOCKS 5 (RFC 1928, RFC 1929), and the PROXY protocol 1 and 2 (haproxy, proxy-protocol.txt).
// Replies are not needed: the request contains the target.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "../base/event.h"

namespace wiretally {

enum class Progress : uint8_t { kNo, kMore, kDone };  // kMore: well-formed so far, but bytes are missing

// "host:port" as the client wrote it; IPv6 addresses in brackets.
struct ProxyTarget {
  static constexpr size_t kMaxBytes = 270;  // a name of 255 bytes, a colon, a port
  uint16_t length = 0;
  char text[kMaxBytes] = {};

  Span span() const { return Span{reinterpret_cast<const uint8_t*>(text), length}; }
  // The host without port and brackets.
  Span host() const;
};

// Longest request line and header that is waited for.
constexpr size_t kMaxConnectLine = 2048;
constexpr size_t kMaxProxyHeader = 16 + 2048;  // PROXY 2 with TLVs; version 1 has at most 107 bytes

// Each parses the start of `bytes`; at kDone `consumed` is the end of the request. `target` is empty when the
// request has none (BIND, UNKNOWN, LOCAL).
Progress read_connect(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_socks4(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_socks5_greeting(Span bytes, size_t* consumed);
Progress read_socks5_login(Span bytes, size_t* consumed);
Progress read_socks5_request(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_proxy_header(Span bytes, size_t* consumed, ProxyTarget* target);

}  // namespace wiretally

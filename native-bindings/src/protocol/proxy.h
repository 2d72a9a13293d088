// Parses client requests to a proxy for a connection to another host: HTTP CONNECT (RFC 9110 §9.3.6), SOCKS 4 and 4a,
// SOCKS 5 (RFC 1928, RFC 1929), and the PROXY protocol 1 and 2 (haproxy, proxy-protocol.txt). Replies of SOCKS show
// whether the proxy refuses; the target is in the request, and in each datagram that SOCKS 5 relays.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/cursor.h"
#include "../base/event.h"

namespace wiretally {

enum class Progress : uint8_t { kNo, kMore, kDone };  // kMore: well-formed so far, but bytes are missing

// A target is "host:port" as the client wrote it, with IPv6 addresses in brackets.
struct ProxyTarget {
  static constexpr size_t kMaxBytes = 270;  // a name of 255 bytes, a colon, a port
  uint16_t length = 0;
  char text[kMaxBytes] = {};

  Span span() const { return Span{reinterpret_cast<const uint8_t*>(text), length}; }
  // Returns the host without port and brackets.
  Span host() const;
  // True if the host is a name with a dot, not an address.
  bool is_name() const;
};

// The longest request line and header that the parser waits for.
constexpr size_t kMaxConnectLine = 2048;
constexpr size_t kMaxProxyHeader = 16 + 2048;  // PROXY 2 with TLVs; version 1 has at most 107 bytes

// Each function parses the start of `bytes`; with kDone, `consumed` is the end of the request. `target` is empty if the
// request has none (BIND, UNKNOWN, LOCAL).
Progress read_connect(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_socks4(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_socks5_greeting(Span bytes, size_t* consumed);
Progress read_socks5_login(Span bytes, size_t* consumed);
Progress read_socks5_request(Span bytes, size_t* consumed, ProxyTarget* target);
Progress read_proxy_header(Span bytes, size_t* consumed, ProxyTarget* target);

// Reads the header of a datagram that SOCKS 5 relays (RFC 1928 §7); its data begins at `consumed`. Returns false for all
// else, and for parts of datagrams. The header has no signature, so callers must see it in both directions, or read its
// data. `target`: of a datagram of the proxy, where it came from.
bool read_socks5_datagram(Span bytes, size_t* consumed, ProxyTarget* target);
// Sets the authority of a request for a tunnel, without a scheme and a path, which some clients send.
void set_connect_target(ProxyTarget* target, std::string_view word);

// Replies of a SOCKS proxy. Each function parses the start of `bytes`; with kDone, `code` is the reply code.
constexpr uint8_t kSocks4Granted = 90;    // SOCKS 4; 91 to 93 refuse
constexpr uint8_t kSocksNoMethod = 0xff;  // RFC 1928 §3
constexpr uint8_t kSocksLogin = 2;
Progress read_socks4_reply(Span bytes, uint8_t* code);
Progress read_socks5_method(Span bytes, uint8_t* code);       // the method that the proxy selects
Progress read_socks5_login_reply(Span bytes, uint8_t* code);  // RFC 1929 §2: 0 is success
Progress read_socks5_reply(Span bytes, uint8_t* code);        // RFC 1928 §6: 0 is success, 1 to 8 refuse

}  // namespace wiretally

// The class of a slice in the account of traffic: whether it was looked into, cannot carry a tool, stays inside, or is hidden.
// No class follows from a port number or from the first bytes of a flow.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/cursor.h"
#include "../base/event.h"

namespace wiretally {

// DNS over TLS and over QUIC, RFC 7858 §3.1 and RFC 9250 §4.1.1.
constexpr uint16_t kDnsOverTlsPort = 853;

// The class of a slice depends on these facts.
struct SliceFacts {
  AppHint hint;
  uint8_t look;    // LookFlags
  uint16_t flags;  // FlowFlags
  bool is_tcp;
  bool has_hello;
  bool has_name;        // The hello has a name, or the target of a proxy is one.
  bool is_name_hidden;  // the name is that of a relay, of a resolver, of a tunnel, or of others
  uint64_t payload_up;
  uint64_t payload_down;
};

TrafficClass class_of(const SliceFacts& slice);
TrafficClass class_of(const FlowRecord& record, Span sni);

// The first and the last character of the protocol that a hello offers, in its JA4; empty without a hello.
std::string_view alpn_of(std::string_view ja4);
std::string_view alpn_of(const FlowRecord& record);
// Questions over TLS and QUIC, by their port or protocol.
bool is_encrypted_dns(std::string_view alpn, uint16_t server_port);
// "www.", 8 to 20 letters of base32 and ".com" or ".net": names that Tor makes up (tor-spec, "TLS handshakes").
bool is_tor_name(std::string_view name);
// Such a name without ALPN, to an address that no DNS answer named.
bool is_tor(std::string_view alpn, std::string_view name, uint8_t look);

}  // namespace wiretally

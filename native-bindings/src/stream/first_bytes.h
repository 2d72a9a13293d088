// Classifies the first bytes of a flow, or of a range of it, before any ClientHello: clear-text protocols
// that may upgrade to TLS later (STARTTLS and similar), and flows that need no further probe.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "../base/event.h"
#include "../protocol/proxy.h"

namespace wiretally {

// A structure at the start of a range of TCP bytes that is parsed as a whole.
enum class StreamStart : uint8_t {
  kNone,  // nothing that the parser waits for: the segment is skipped
  kClientHello,
  kServerHello,
  kConnect,
  kHttpRequest,
  kSocks4,
  kSocks5Greeting,
  kSocks5Login,
  kSocks5Request,
  kProxyHeader,  // or HTTP/2, which begins with the same two letters
  kDnsMessage,
};

// Possible items at a position, so that a SOCKS byte is not searched in the middle of a mail.
struct Place {
  bool is_first = false;        // no bytes of this direction were skipped yet
  bool after_greeting = false;  // after a SOCKS 5 greeting
  bool wants_agent = false;     // User-Agent values matter
  bool is_dns = false;
};

StreamStart stream_start_of(Span bytes, const Place& place);

// Reads User-Agent out of an HTTP request head. kDone: the header was found or the head has ended (`agent` empty).
constexpr size_t kMaxHttpHead = 8192;
Progress read_user_agent(Span head, Span* agent);

// The probe of a flow without a hello has one of these limits.
enum class ProbeBudget : uint8_t {
  kNone,   // no upgrade to TLS: SSH, OpenVPN
  kShort,  // binary: a few segments
  kLong,   // text, LDAP, PostgreSQL, SOCKS, …: protocols with an upgrade to TLS
};

struct StreamLook {
  AppHint hint = AppHint::kUnknown;
  ProbeBudget budget = ProbeBudget::kShort;
};

// Classifies the first segment of one direction of a TCP flow.
StreamLook look_at_stream(Span bytes);

// True for the first bytes of a client that look random: Shadowsocks, VMess and obfs4 encrypt from the first byte on.
// The limits are those that M. Wu et al. measured (How the Great Firewall of China Detects and Blocks Fully Encrypted
// Traffic, USENIX Security 2023, section 4): 3.4 to 4.6 bits of each byte are set, and few bytes are text. Unlike
// there, 32 bytes are needed, and at most two of the first 32 are zero: lengths and flags of binary protocols are not.
bool is_random(Span bytes);

// Classifies the first datagram of a UDP flow.
AppHint look_at_datagram(Span bytes, uint16_t source_port, uint16_t destination_port);

// Detects WireGuard on any port, also if the capture begins in the middle of the flow.
bool looks_like_wireguard(Span datagram);

// RFC 8489 §6: media flows begin with STUN and continue with DTLS.
bool is_stun(Span datagram);

}  // namespace wiretally

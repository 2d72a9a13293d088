// Parses QUIC long headers in clear text (RFC 8999, RFC 9000 §17.2, RFC 9369 §3.2) for the versions whose Initials an
// observer can decrypt: 1, 2, drafts 22 to 34, mvfst, T050 and T051; and Q050, which is only detected.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "tls.h"

namespace wiretally {

constexpr size_t kMaxQuicConnectionIdBytes = 20;  // RFC 9000 §17.2

enum class QuicPacketType : uint8_t {
  kInitial,
  kZeroRtt,
  kHandshake,
  kRetry,
  kVersionNegotiation,
  kUnknownVersion,  // a long header of a version that is not known here: only the connection ids are read
};

// Versions with one set of rules for keys, type bits and frames.
enum class QuicFamily : uint8_t {
  kUnknown,
  kV1,
  kV2,
  kDraft29,
  kDraft23,
  kDraft22,
  kT050,
  kT051,
  kQ050,
};
QuicFamily quic_family(uint32_t version);

struct QuicLongHeader {
  uint8_t first_byte = 0;
  QuicPacketType type = QuicPacketType::kUnknownVersion;
  QuicFamily family = QuicFamily::kUnknown;
  uint32_t version = 0;
  Span dcid;
  Span scid;
  Span token;                       // Initial and Retry
  size_t packet_number_offset = 0;  // Initial, 0-RTT, Handshake
  size_t packet_bytes = 0;          // from the first byte to the end of this packet: where a coalesced one begins
};

// RFC 9000 §16.
uint64_t read_quic_varint(Cursor* cursor);

// Parses the long header at the start of `bytes`. Returns false for other or invalid headers.
bool parse_quic_long_header(Span bytes, QuicLongHeader* header);

// True if a UDP payload begins with a QUIC long header of a known or reserved version, or is a version negotiation.
// This is sufficient to try the keys, but no proof.
bool looks_like_quic_long_header(Span datagram);

}  // namespace wiretally

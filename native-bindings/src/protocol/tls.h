// Parses the parts of TLS in clear text: record headers (RFC 8446 §5.1), the possible start of a ClientHello, and
// ServerHello (RFC 8446 §4.1.3). fingerprint/client_hello.h parses the ClientHello itself.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

// Result of a check of a structure's first bytes, which may not all be available.
enum class Likeness : uint8_t { kNo, kMaybe, kYes };  // kMaybe: consistent so far, but bytes are missing

constexpr size_t kTlsRecordHeaderBytes = 5;
constexpr size_t kTlsHandshakeHeaderBytes = 4;
constexpr size_t kMaxTlsRecordBytes = 16384 + 2048;  // RFC 5246 §6.2.3; TLS 1.3 allows 16384 + 256

enum class TlsContent : uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
  kHeartbeat = 24,
};

struct TlsRecordHeader {
  uint8_t type = 0;
  uint16_t version = 0;
  uint16_t length = 0;  // bytes after the header
};

// Reads the five bytes; returns false if they are not complete. Does not validate the content.
bool read_tls_record_header(Span bytes, TlsRecordHeader* header);

// True for a known content type, major version 3, and a length that a sender may use (0 only for application data).
bool is_tls_record_header(const TlsRecordHeader& header);

// True for a handshake record of a ClientHello: RFC 5246 appendix E.1 permits any minor version there.
bool may_hold_client_hello(const TlsRecordHeader& header);

// Returns the length of a record that may precede a ClientHello in the same segment and is skipped: an alert, a
// ChangeCipherSpec, or an empty record. Returns 0 if there is none, or if it is incomplete.
size_t skippable_record_bytes(Span bytes);

// Decides whether a ClientHello begins here: a handshake record of at least four bytes (or one that is shorter, with
// the rest of the handshake header in the next record), type 1, and a message length below kMaxHelloBytes. Returns kNo
// at the first inconsistent byte; kYes needs all nine bytes.
Likeness looks_like_client_hello_start(Span bytes);

struct ServerHelloInfo {
  bool is_hello_retry_request = false;
  uint16_t legacy_version = 0;
  uint16_t selected_version = 0;  // supported_versions when present, else legacy_version
  uint16_t cipher = 0;
  bool psk_selected = false;  // pre_shared_key extension
  Span session_id;            // TLS <= 1.2: equal to a non-empty client session id when a session is resumed
  uint32_t bytes = 0;         // handshake message, header included
};

// Parses a ServerHello handshake message (type 2, u24 length, body; DTLS: the same after reassembly). Bytes behind the
// message are ignored. Returns false if it is incomplete or malformed.
bool parse_server_hello(Span message, ServerHelloInfo* hello);

}  // namespace wiretally

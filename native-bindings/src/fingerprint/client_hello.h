// Parser of ClientHellos, for the required fields: RFC 8446 §4.1.2, RFC 6066 §3 (SNI), RFC 7301 (ALPN).
// Views point into the parsed bytes and have their lifetime.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "../base/event.h"

namespace wiretally {

// Maximum list lengths of one hello. Real hellos carry at most a few dozen entries of each; a longer list
// makes the hello malformed instead of silently truncated.
constexpr size_t kMaxCiphers = 32768;  // RFC 8446: the list's length is a u16 of bytes; it is walked, not copied
constexpr size_t kMaxExtensions = 256;
constexpr size_t kMaxHelloBytes = 65536;  // handshake header included

enum class HelloProtocol : uint8_t { kTls = 1, kQuic = 2, kDtls = 3 };

struct ClientHello {
  HelloProtocol protocol = HelloProtocol::kTls;
  uint16_t legacy_version = 0;
  uint8_t random[32] = {};
  Span session_id;
  Span ciphers;  // u16 each
  uint16_t extension_count = 0;
  uint16_t extension_types[kMaxExtensions] = {};
  Span sni;  // host_name as sent; empty without one
  bool has_sni_extension = false;
  Span alpn;                  // body of the ProtocolNameList: u8 length + bytes, repeated
  Span groups;                // u16 each
  Span point_formats;         // u8 each
  Span signature_algorithms;  // u16 each (extension 13)
  Span supported_versions;    // u16 each
  bool offers_psk = false;    // extension 41
  Ech ech = Ech::kNone;
  // Belongs to ech kPresent: RFC 9849 §5. The bytes are random with GREASE (§6.2).
  uint8_t ech_config_id = 0;
  uint16_t ech_enc_bytes = 0;  // 0 in the second hello after a HelloRetryRequest
  uint16_t ech_payload_bytes = 0;
  uint32_t bytes = 0;  // handshake message, header included
};

// Parses one whole handshake message (type, u24 length, body; for DTLS the body with its cookie and the header
// already joined from fragments as type, u24 length, body). False when it is not a well-formed ClientHello.
bool parse_client_hello(Span message, HelloProtocol protocol, ClientHello* hello);

struct Fingerprint {
  uint8_t ja3_md5[16];
  char ja4[40];     // 36 characters, zero padded
  char family[40];  // 34 characters, zero padded: family.h
};

// JA3 and JA4 as in facts: GREASE out, JA4 sorted. `ja3_text` may be null; else it receives the JA3 text and
// `ja3_text_length` its length (at most kMaxJa3Text; longer texts are hashed whole and cut in the copy).
constexpr size_t kMaxJa3Text = 16384;
void fingerprint(const ClientHello& hello, Fingerprint* out, char* ja3_text, size_t* ja3_text_length);

}  // namespace wiretally

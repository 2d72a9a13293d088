#include "tls.h"

#include <cstring>

namespace wiretally {

namespace {

constexpr uint8_t kHandshakeClientHello = 1, kHandshakeServerHello = 2, kHandshakeHelloRetryRequest = 6;
constexpr uint16_t kExtensionPreSharedKey = 41, kExtensionSupportedVersions = 43;
// Summands: legacy_version, random, and the length fields of session id, cipher suites and compression methods.
constexpr uint32_t kMinClientHelloBody = 2 + 32 + 1 + 2 + 1;
constexpr uint32_t kMaxClientHelloBody = 65536 - kTlsHandshakeHeaderBytes;

// RFC 8446 §4.1.3: the random of a ServerHello that is a HelloRetryRequest.
constexpr uint8_t kRetryRandom[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                      0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                      0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

// Drafts of TLS 1.3 before 22 had their own number in legacy_version and no session id in the ServerHello.
bool is_early_draft(uint16_t version) { return (version >> 8) == 0x7f; }

bool read_server_extensions(Cursor cursor, ServerHelloInfo* hello) {
  if (cursor.empty()) return cursor.ok();
  Cursor extensions(cursor.take(cursor.be16()));
  while (!extensions.empty()) {
    const uint16_t type = extensions.be16();
    Cursor body(extensions.take(extensions.be16()));
    if (type == kExtensionPreSharedKey) hello->psk_selected = true;
    if (type == kExtensionSupportedVersions && body.remaining() == 2) hello->selected_version = body.be16();
  }
  return cursor.ok() && extensions.ok();
}

}  // namespace

bool read_tls_record_header(Span bytes, TlsRecordHeader* header) {
  Cursor cursor(bytes);
  header->type = cursor.u8();
  header->version = cursor.be16();
  header->length = cursor.be16();
  return cursor.ok();
}

bool is_tls_record_header(const TlsRecordHeader& header) {
  if (header.type < static_cast<uint8_t>(TlsContent::kChangeCipherSpec)) return false;
  if (header.type > static_cast<uint8_t>(TlsContent::kHeartbeat)) return false;
  if ((header.version >> 8) != 3 || (header.version & 0xff) > 4) return false;
  if (header.length == 0) return header.type == static_cast<uint8_t>(TlsContent::kApplicationData);
  return header.length <= kMaxTlsRecordBytes;
}

bool may_hold_client_hello(const TlsRecordHeader& header) {
  return header.type == static_cast<uint8_t>(TlsContent::kHandshake) && (header.version >> 8) == 3 &&
         header.length > 0 && header.length <= kMaxTlsRecordBytes;
}

size_t skippable_record_bytes(Span bytes) {
  TlsRecordHeader record;
  if (!read_tls_record_header(bytes, &record) || (record.version >> 8) != 3) return 0;
  const bool is_alert = record.type == static_cast<uint8_t>(TlsContent::kAlert) && record.length == 2;
  const bool is_change_cipher_spec = record.type == static_cast<uint8_t>(TlsContent::kChangeCipherSpec) &&
                                     record.length == 1;
  const bool is_empty = record.length == 0 && record.type >= static_cast<uint8_t>(TlsContent::kChangeCipherSpec) &&
                        record.type <= static_cast<uint8_t>(TlsContent::kHeartbeat);
  const size_t record_bytes = kTlsRecordHeaderBytes + record.length;
  return (is_alert || is_change_cipher_spec || is_empty) && bytes.size >= record_bytes ? record_bytes : 0;
}

Likeness looks_like_client_hello_start(Span bytes) {
  if (bytes.size > 0 && bytes.data[0] != static_cast<uint8_t>(TlsContent::kHandshake)) return Likeness::kNo;
  if (bytes.size > 1 && bytes.data[1] != 3) return Likeness::kNo;
  TlsRecordHeader record;
  if (!read_tls_record_header(bytes, &record)) return Likeness::kMaybe;
  if (!may_hold_client_hello(record)) return Likeness::kNo;
  Cursor cursor(bytes);
  cursor.skip(kTlsRecordHeaderBytes);
  if (cursor.empty()) return Likeness::kMaybe;
  if (cursor.u8() != kHandshakeClientHello) return Likeness::kNo;
  if (record.length < kTlsHandshakeHeaderBytes) return Likeness::kYes;  // the length continues in the next record
  if (cursor.remaining() < 3) {
    return cursor.empty() || cursor.u8() == 0 ? Likeness::kMaybe : Likeness::kNo;
  }
  const uint32_t length = cursor.be24();
  return length >= kMinClientHelloBody && length <= kMaxClientHelloBody ? Likeness::kYes : Likeness::kNo;
}

bool parse_server_hello(Span message, ServerHelloInfo* hello) {
  *hello = ServerHelloInfo{};
  Cursor header(message);
  const uint8_t type = header.u8();
  Cursor cursor(header.take(header.be24()));
  if (!header.ok()) return false;
  hello->bytes = static_cast<uint32_t>(message.size - header.remaining());
  hello->legacy_version = cursor.be16();
  hello->selected_version = hello->legacy_version;
  // Drafts before 22 have a message type of their own; in RFC 8446 it is a ServerHello.
  if (type == kHandshakeHelloRetryRequest) {
    hello->is_hello_retry_request = is_early_draft(hello->legacy_version);
    return cursor.ok() && hello->is_hello_retry_request;
  }
  if (type != kHandshakeServerHello) return false;
  const Span random = cursor.take(32);
  if (!is_early_draft(hello->legacy_version)) hello->session_id = cursor.take(cursor.u8());
  hello->cipher = cursor.be16();
  if (!is_early_draft(hello->legacy_version)) cursor.skip(1);  // compression
  if (!cursor.ok()) return false;
  hello->is_hello_retry_request = std::memcmp(random.data, kRetryRandom, sizeof(kRetryRandom)) == 0;
  return read_server_extensions(cursor, hello);
}

}  // namespace wiretally

#include "client_hello.h"

namespace wiretally {

namespace {

constexpr uint8_t kHandshakeClientHello = 1;
constexpr size_t kMaxSessionId = 32;  // RFC 8446 §4.1.2: opaque legacy_session_id<0..32>

// Extension types that are read (IANA TLS ExtensionType values).
enum ExtensionType : uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kPointFormats = 11,
  kSignatureAlgorithms = 13,
  kAlpn = 16,
  kPreSharedKey = 41,
  kSupportedVersions = 43,
  kEncryptedClientHello = 0xfe0d,
  kEsni = 0xffce,
};

// A vector of u16 values with a u16 length in front that fills the extension's body.
bool read_u16_list(Cursor body, Span* list) {
  const uint16_t size = body.be16();
  const Span values = body.take(size);
  if (!body.ok() || !body.empty() || size % 2 != 0) return false;
  *list = values;
  return true;
}

// A vector with a u8 length in front that fills the body; `unit` is the size of a value.
bool read_short_list(Cursor body, size_t unit, Span* list) {
  const uint8_t size = body.u8();
  const Span values = body.take(size);
  if (!body.ok() || !body.empty() || size % unit != 0) return false;
  *list = values;
  return true;
}

// RFC 6066 §3. Servers and some clients send an empty body: the extension without a name.
bool read_server_name(Cursor body, Span* name) {
  if (body.empty()) return true;
  Cursor list(body.take(body.be16()));
  if (!body.ok() || !body.empty()) return false;
  bool found = false;
  while (!list.empty()) {
    const uint8_t type = list.u8();
    const Span value = list.take(list.be16());
    if (!list.ok()) return false;
    if (type == 0 && !found) {
      *name = value;
      found = true;
    }
  }
  return list.ok();
}

// RFC 7301 §3.1.
bool read_alpn(Cursor body, Span* protocols) {
  if (body.empty()) return true;
  const Span list = body.take(body.be16());
  if (!body.ok() || !body.empty()) return false;
  Cursor names(list);
  while (!names.empty()) names.skip(names.u8());
  if (!names.ok()) return false;
  *protocols = list;
  return true;
}

// RFC 9849 §5: type outer, cipher suite (KDF and AEAD), configuration, encapsulated key, encrypted inner hello. False for
// another form: an inner type, which never travels alone, or forged lengths. The hello itself may be well-formed.
bool read_encrypted_hello(Cursor body, ClientHello* hello) {
  constexpr uint8_t kOuter = 0;
  constexpr size_t kCipherSuiteBytes = 4;
  if (body.u8() != kOuter) return false;
  body.skip(kCipherSuiteBytes);
  const uint8_t config_id = body.u8();
  const Span enc = body.take(body.be16());
  const Span payload = body.take(body.be16());
  if (!body.ok() || !body.empty() || payload.size == 0) return false;
  hello->ech_config_id = config_id;
  hello->ech_enc_bytes = static_cast<uint16_t>(enc.size);
  hello->ech_payload_bytes = static_cast<uint16_t>(payload.size);
  return true;
}

bool read_extension(uint16_t type, Cursor body, ClientHello* hello) {
  switch (type) {
    case kServerName: hello->has_sni_extension = true; return read_server_name(body, &hello->sni);
    case kSupportedGroups: return read_u16_list(body, &hello->groups);
    case kPointFormats: return read_short_list(body, 1, &hello->point_formats);
    case kSignatureAlgorithms: return read_u16_list(body, &hello->signature_algorithms);
    case kAlpn: return read_alpn(body, &hello->alpn);
    case kSupportedVersions: return read_short_list(body, 2, &hello->supported_versions);
    case kPreSharedKey: hello->offers_psk = true; return true;
    case kEncryptedClientHello:
      hello->ech = read_encrypted_hello(body, hello) ? Ech::kPresent : Ech::kOtherForm;
      return true;
    case kEsni:
      if (hello->ech == Ech::kNone) hello->ech = Ech::kEsni;
      return true;
    default: return true;
  }
}

// RFC 8446 §4.2 forbids a repeated extension; only the first one is read.
bool is_repeated(uint16_t type, const ClientHello& hello) {
  for (size_t i = 0; i + 1 < hello.extension_count; ++i) {
    if (hello.extension_types[i] == type) return true;
  }
  return false;
}

bool read_extensions(Cursor extensions, ClientHello* hello) {
  while (!extensions.empty()) {
    const uint16_t type = extensions.be16();
    const Span body = extensions.take(extensions.be16());
    if (!extensions.ok() || hello->extension_count == kMaxExtensions) return false;
    hello->extension_types[hello->extension_count++] = type;
    if (is_repeated(type, *hello)) continue;
    if (!read_extension(type, Cursor(body), hello)) return false;
  }
  return extensions.ok();
}

}  // namespace

bool parse_client_hello(Span message, HelloProtocol protocol, ClientHello* hello) {
  *hello = ClientHello{};
  hello->protocol = protocol;
  Cursor cursor(message);
  const uint8_t type = cursor.u8();
  const uint32_t length = cursor.be24();
  if (!cursor.ok() || type != kHandshakeClientHello || length != cursor.remaining()) return false;
  if (message.size > kMaxHelloBytes) return false;
  hello->bytes = static_cast<uint32_t>(message.size);
  hello->legacy_version = cursor.be16();
  const Span random = cursor.take(sizeof(hello->random));
  hello->session_id = cursor.take(cursor.u8());
  if (protocol == HelloProtocol::kDtls) cursor.skip(cursor.u8());  // cookie, RFC 6347 §4.2.1
  hello->ciphers = cursor.take(cursor.be16());
  cursor.skip(cursor.u8());  // compression methods
  if (!cursor.ok() || hello->session_id.size > kMaxSessionId || hello->ciphers.size % 2 != 0) return false;
  std::memcpy(hello->random, random.data, sizeof(hello->random));
  if (cursor.empty()) return true;  // a hello of SSL 3.0 or TLS 1.0 may end here
  const uint16_t extensions_length = cursor.be16();
  if (!cursor.ok() || extensions_length != cursor.remaining()) return false;
  return read_extensions(cursor, hello);
}

}  // namespace wiretally

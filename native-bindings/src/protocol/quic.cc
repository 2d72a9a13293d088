#include "quic.h"

namespace wiretally {

namespace {

constexpr uint32_t kVersion1 = 0x00000001;
constexpr uint32_t kVersion2 = 0x6b3343cf;
constexpr size_t kRetryTagBytes = 16;  // RFC 9000 §17.2.5
// RFC 9001 §5.4.2: the sample begins four bytes behind the start of the packet number and has sixteen.
constexpr size_t kMinProtectedBytes = 4 + 16;

// RFC 9000 §15: reserved to force version negotiation. No observer has keys for it.
constexpr bool is_reserved_version(uint32_t version) { return (version & 0x0f0f0f0f) == 0x0a0a0a0a; }

QuicPacketType packet_type(QuicFamily family, uint8_t first_byte) {
  static constexpr QuicPacketType kTypes[] = {QuicPacketType::kInitial, QuicPacketType::kZeroRtt,
                                              QuicPacketType::kHandshake, QuicPacketType::kRetry};
  const unsigned bits = (first_byte >> 4) & 3;
  // RFC 9369 §3.2: version 2 counts from Retry.
  return kTypes[family == QuicFamily::kV2 ? (bits + 3) & 3 : bits];
}

}  // namespace

uint64_t read_quic_varint(Cursor* cursor) {
  const uint8_t first = cursor->u8();
  uint64_t value = first & 0x3f;
  for (int more = (1 << (first >> 6)) - 1; more > 0; --more) value = (value << 8) | cursor->u8();
  return value;
}

QuicFamily quic_family(uint32_t version) {
  switch (version) {
    case kVersion1: return QuicFamily::kV1;
    case kVersion2: return QuicFamily::kV2;
    case 0xfaceb001: return QuicFamily::kDraft22;
    case 0xfaceb002:
    case 0xfaceb00e: return QuicFamily::kDraft23;
    case 0x51303530: return QuicFamily::kQ050;
    case 0x54303530: return QuicFamily::kT050;
    case 0x54303531: return QuicFamily::kT051;
    default: break;
  }
  if ((version & 0xffffff00) != 0xff000000) return QuicFamily::kUnknown;
  const uint32_t draft = version & 0xff;
  if (draft == 33 || draft == 34) return QuicFamily::kV1;
  if (draft >= 29 && draft <= 32) return QuicFamily::kDraft29;
  if (draft >= 23 && draft <= 28) return QuicFamily::kDraft23;
  return draft == 22 ? QuicFamily::kDraft22 : QuicFamily::kUnknown;
}

bool parse_quic_long_header(Span bytes, QuicLongHeader* header) {
  *header = QuicLongHeader{};
  Cursor cursor(bytes);
  header->first_byte = cursor.u8();
  header->version = cursor.be32();
  header->dcid = cursor.take(cursor.u8());
  header->scid = cursor.take(cursor.u8());
  if (!cursor.ok() || (header->first_byte & 0x80) == 0) return false;
  header->packet_bytes = bytes.size;
  header->family = quic_family(header->version);
  if (header->version == 0) {
    header->type = QuicPacketType::kVersionNegotiation;
    return !cursor.empty() && cursor.remaining() % 4 == 0;
  }
  if (header->family == QuicFamily::kUnknown) return true;
  if (header->dcid.size > kMaxQuicConnectionIdBytes || header->scid.size > kMaxQuicConnectionIdBytes) return false;
  header->type = packet_type(header->family, header->first_byte);
  if (header->type == QuicPacketType::kRetry) {
    if (cursor.remaining() < kRetryTagBytes) return false;
    header->token = cursor.take(cursor.remaining() - kRetryTagBytes);
    return true;
  }
  if (header->type == QuicPacketType::kInitial) {
    const uint64_t token_bytes = read_quic_varint(&cursor);
    if (token_bytes > cursor.remaining()) return false;
    header->token = cursor.take(static_cast<size_t>(token_bytes));
  }
  const uint64_t length = read_quic_varint(&cursor);
  if (!cursor.ok() || length > cursor.remaining() || length < kMinProtectedBytes) return false;
  header->packet_number_offset = bytes.size - cursor.remaining();
  header->packet_bytes = header->packet_number_offset + static_cast<size_t>(length);
  return true;
}

bool looks_like_quic_long_header(Span datagram) {
  // Most payloads end here: a short header in the first byte, or an unknown version.
  if (datagram.size < 7 || (datagram.data[0] & 0x80) == 0) return false;
  Cursor cursor(datagram.data + 1, datagram.size - 1);
  const uint32_t version = cursor.be32();
  if (version != 0) {
    if (quic_family(version) == QuicFamily::kUnknown && !is_reserved_version(version)) return false;
    const uint8_t dcid_bytes = cursor.u8();
    cursor.skip(dcid_bytes);
    return dcid_bytes <= kMaxQuicConnectionIdBytes && cursor.u8() <= kMaxQuicConnectionIdBytes && cursor.ok();
  }
  // Five bytes of a version negotiation prove little, so one of the offered versions must be known or reserved.
  cursor.skip(cursor.u8());
  cursor.skip(cursor.u8());
  if (!cursor.ok() || cursor.remaining() % 4 != 0) return false;
  while (!cursor.empty()) {
    const uint32_t offered = cursor.be32();
    if (quic_family(offered) != QuicFamily::kUnknown || is_reserved_version(offered)) return true;
  }
  return false;
}

}  // namespace wiretally

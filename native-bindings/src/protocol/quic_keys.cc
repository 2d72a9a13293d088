#include "quic_keys.h"

#include <array>

#include "../crypto/aes.h"
#include "../crypto/hkdf.h"

namespace wiretally {

namespace {

constexpr size_t kSaltBytes = 20;
constexpr size_t kMaxPacketBytes = 65536;  // Maximum size of a UDP datagram.

struct Family {
  QuicFamily family;
  uint8_t salt[kSaltBytes];
};

// RFC 9001 §5.2, RFC 9369 §3.3.1, the drafts of the same numbers, and Chromium's kT050 and kT051.
constexpr Family kFamilies[] = {
    {QuicFamily::kV1, {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                       0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
    {QuicFamily::kV2, {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                       0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}},
    {QuicFamily::kDraft29, {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                            0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}},
    {QuicFamily::kDraft23, {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                            0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}},
    {QuicFamily::kDraft22, {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                            0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a}},
    {QuicFamily::kT050, {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                         0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10}},
    {QuicFamily::kT051, {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                         0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d}},
};

// The salts are few and fixed: their half of HKDF-Extract is computed once.
const HmacSha256* extractor(QuicFamily family) {
  static const auto extractors = [] {
    std::array<HmacSha256, std::size(kFamilies)> made = {HmacSha256({kFamilies[0].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[1].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[2].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[3].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[4].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[5].salt, kSaltBytes}),
                                                         HmacSha256({kFamilies[6].salt, kSaltBytes})};
    return made;
  }();
  for (size_t i = 0; i < std::size(kFamilies); ++i) {
    if (kFamilies[i].family == family) return &extractors[i];
  }
  return nullptr;
}

// RFC 9000 §A.3: returns the number nearest to the expected one that ends in the `bits` that were sent.
uint64_t whole_packet_number(uint64_t expected, uint64_t truncated, unsigned bits) {
  const uint64_t window = uint64_t{1} << bits;
  const uint64_t candidate = (expected & ~(window - 1)) | truncated;
  if (candidate + window / 2 <= expected && candidate < (uint64_t{1} << 62) - window) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

}  // namespace

bool derive_quic_keys(QuicFamily family, Span dcid, QuicSide side, QuicKeys* keys) {
  const HmacSha256* extract = extractor(family);
  if (extract == nullptr) return false;
  uint8_t secret[Sha256::kBytes];
  extract->sign(dcid, secret);
  const HmacSha256 initial({secret, sizeof(secret)});
  initial.expand_label(side == QuicSide::kClient ? "client in" : "server in", secret, sizeof(secret));
  const HmacSha256 own({secret, sizeof(secret)});
  const bool is_v2 = family == QuicFamily::kV2;
  own.expand_label(is_v2 ? "quicv2 key" : "quic key", keys->key, sizeof(keys->key));
  own.expand_label(is_v2 ? "quicv2 iv" : "quic iv", keys->iv, sizeof(keys->iv));
  own.expand_label(is_v2 ? "quicv2 hp" : "quic hp", keys->hp, sizeof(keys->hp));
  return true;
}

bool open_quic_initial(const QuicLongHeader& header, Span packet, const QuicKeys& keys, uint64_t expected_number,
                       QuicPlaintext* plain) {
  static thread_local uint8_t out[kMaxPacketBytes];
  // The header has the first byte, version, two connection ids with their lengths, token, two varints and four bytes of
  // packet number.
  static thread_local uint8_t unprotected[kMaxPacketBytes];
  const size_t number_at = header.packet_number_offset;
  if (header.packet_bytes > packet.size || packet.size > kMaxPacketBytes) return false;
  if (number_at + 4 + 16 > header.packet_bytes) return false;
  uint8_t mask[16];
  if (!aes128_encrypt_block(keys.hp, packet.data + number_at + 4, mask)) return false;
  const uint8_t first = packet.data[0] ^ (mask[0] & 0x0f);
  const size_t number_bytes = (first & 3) + size_t{1};
  const size_t header_bytes = number_at + number_bytes;
  const size_t sealed_bytes = header.packet_bytes - header_bytes;
  if (sealed_bytes < kGcmTagBytes) return false;
  std::memcpy(unprotected, packet.data, header_bytes);
  unprotected[0] = first;
  uint64_t truncated = 0;
  for (size_t i = 0; i < number_bytes; ++i) {
    unprotected[number_at + i] ^= mask[1 + i];
    truncated = (truncated << 8) | unprotected[number_at + i];
  }
  const uint64_t number = whole_packet_number(expected_number, truncated, static_cast<unsigned>(8 * number_bytes));
  uint8_t nonce[12];
  std::memcpy(nonce, keys.iv, sizeof(nonce));
  for (size_t i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<uint8_t>(number >> (8 * i));
  const Span sealed{packet.data + header_bytes, sealed_bytes};
  if (!aes128_gcm_open(keys.key, nonce, Span{unprotected, header_bytes}, sealed, out)) return false;
  plain->frames = Span{out, sealed_bytes - kGcmTagBytes};
  plain->packet_number = number;
  return true;
}

}  // namespace wiretally

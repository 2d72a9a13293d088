// Seals QUIC Initial packets with chosen content for tests. The keys are those of the code under test, which
// the vectors of RFC 9001 and RFC 9369 verify; sealing uses OpenSSL only.
#pragma once

#include <openssl/evp.h>

#include <cstdlib>

#include "../../native-bindings/src/protocol/quic_keys.h"
#include "bytes.h"

namespace quic {

using bytes::Bytes;

inline void add_varint(Bytes* out, uint64_t value) {
  if (value < 64) {
    bytes::add_number(out, value, 1);
  } else if (value < 16384) {
    bytes::add_number(out, value | 0x4000, 2);
  } else {
    bytes::add_number(out, value | 0x80000000, 4);
  }
}

inline Bytes crypto_frame(const Bytes& stream, size_t begin, size_t end, uint8_t type = 6) {
  Bytes frame = {type};
  add_varint(&frame, begin);
  add_varint(&frame, end - begin);
  frame.insert(frame.end(), stream.begin() + static_cast<ptrdiff_t>(begin),
               stream.begin() + static_cast<ptrdiff_t>(end));
  return frame;
}

struct Initial {
  uint32_t version = 1;
  Bytes dcid = bytes::hex("8394c8f03e515708");
  Bytes scid;
  Bytes token;
  Bytes frames;
  uint32_t number = 0;
  int number_bytes = 4;
  size_t pad_to = 1162;  // bytes of frames
  Bytes key_id;          // when the keys are derived from another id than dcid
  uint32_t key_version = 0;
  wiretally::QuicSide side = wiretally::QuicSide::kClient;
  uint8_t type_bits = 0xff;  // 0xff: Initial of the version

  Bytes seal() const;
};

inline Bytes Initial::seal() const {
  const wiretally::QuicFamily family = wiretally::quic_family(version);
  const auto key_family = key_version == 0 ? family : wiretally::quic_family(key_version);
  wiretally::QuicKeys keys;
  if (!wiretally::derive_quic_keys(key_family, bytes::span(key_id.empty() ? dcid : key_id), side, &keys)) std::abort();
  Bytes plain = frames;
  if (plain.size() < pad_to) plain.resize(pad_to);
  const unsigned bits = type_bits != 0xff ? type_bits : family == wiretally::QuicFamily::kV2 ? 1u : 0u;
  Bytes header = {static_cast<uint8_t>(0xc0 | (bits << 4) | static_cast<unsigned>(number_bytes - 1))};
  bytes::add_number(&header, version, 4);
  bytes::add_counted(&header, dcid, 1);
  bytes::add_counted(&header, scid, 1);
  if (bits == (family == wiretally::QuicFamily::kV2 ? 1u : 0u)) {
    add_varint(&header, token.size());
    bytes::add(&header, token);
  }
  bytes::add_number(&header, (plain.size() + 16 + static_cast<size_t>(number_bytes)) | 0x4000, 2);
  const size_t number_at = header.size();
  bytes::add_number(&header, number, number_bytes);
  Bytes nonce(keys.iv, keys.iv + 12);
  for (int i = 0; i < 4; ++i) nonce[static_cast<size_t>(11 - i)] ^= static_cast<uint8_t>(number >> (8 * i));

  // Fetched once: a fuzzer seals a thousand packets a second more for it.
  static const EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static const EVP_CIPHER* const ecb = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  int size = 0;
  Bytes packet = header;
  packet.resize(header.size() + plain.size() + 16);
  uint8_t* sealed = packet.data() + header.size();
  EVP_EncryptInit_ex(ctx, gcm, nullptr, keys.key, nonce.data());
  EVP_EncryptUpdate(ctx, nullptr, &size, header.data(), static_cast<int>(header.size()));
  EVP_EncryptUpdate(ctx, sealed, &size, plain.data(), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(ctx, sealed + size, &size);
  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, sealed + plain.size());
  uint8_t mask[32];
  EVP_EncryptInit_ex(ctx, ecb, nullptr, keys.hp, nullptr);
  EVP_EncryptUpdate(ctx, mask, &size, packet.data() + number_at + 4, 16);
  EVP_CIPHER_CTX_free(ctx);
  packet[0] ^= mask[0] & 0x0f;
  for (int i = 0; i < number_bytes; ++i) packet[number_at + static_cast<size_t>(i)] ^= mask[1 + i];
  return packet;
}

}  // namespace quic

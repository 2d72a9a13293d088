// AES-128 as QUIC needs it: one ECB block for header protection (RFC 9001 §5.4.3), and GCM with the tag checked (§5.3).
// Ciphers are fetched once per process and contexts kept per thread: a fetch per packet costs more than the packet.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

constexpr size_t kAesKeyBytes = 16;
constexpr size_t kGcmIvBytes = 12;
constexpr size_t kGcmTagBytes = 16;

// Encrypts one 16-byte block. False when the library refuses.
bool aes128_encrypt_block(const uint8_t key[kAesKeyBytes], const uint8_t in[16], uint8_t out[16]);

// Opens `sealed` (ciphertext and tag) into `out`, which holds sealed.size - 16 bytes. False when it does not
// authenticate; `out` is then not to be read.
bool aes128_gcm_open(const uint8_t key[kAesKeyBytes], const uint8_t iv[kGcmIvBytes], Span associated, Span sealed,
                     uint8_t* out);

}  // namespace wiretally

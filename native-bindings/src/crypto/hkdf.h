// HMAC-SHA256 (RFC 2104) with the keyed halves kept, and HKDF-Expand-Label of TLS 1.3 (RFC 8446 §7.1) on it. The keys of
// one QUIC connection take five HMACs; keeping the keyed halves saves a third of their SHA-256 blocks.
#pragma once

#include "../base/cursor.h"
#include "digest.h"

namespace wiretally {

class HmacSha256 {
 public:
  // A key of at most 64 bytes: salts have 20, secrets 32.
  explicit HmacSha256(Span key) {
    uint8_t pad[64];
    fill(pad, key, 0x36);
    inner_.add(pad, sizeof(pad));
    fill(pad, key, 0x5c);
    outer_.add(pad, sizeof(pad));
  }

  void sign(Span data, uint8_t out[Sha256::kBytes]) const {
    uint8_t digest[Sha256::kBytes];
    Sha256 inner = inner_;
    inner.add(data.data, data.size);
    inner.finish(digest);
    Sha256 outer = outer_;
    outer.add(digest, sizeof(digest));
    outer.finish(out);
  }

  // HKDF-Expand-Label with an empty context and `size` <= 32; `label` without its "tls13 " prefix.
  void expand_label(const char* label, uint8_t* out, uint8_t size) const {
    uint8_t info[64];
    const size_t label_size = std::strlen(label);
    uint8_t* at = info;
    *at++ = 0;
    *at++ = size;
    *at++ = static_cast<uint8_t>(6 + label_size);
    std::memcpy(at, "tls13 ", 6);
    std::memcpy(at + 6, label, label_size);
    at += 6 + label_size;
    *at++ = 0;  // empty context
    *at++ = 1;  // RFC 5869 §2.3: the counter of the only block
    uint8_t block[Sha256::kBytes];
    sign(Span{info, static_cast<size_t>(at - info)}, block);
    std::memcpy(out, block, size);
  }

 private:
  static void fill(uint8_t pad[64], Span key, uint8_t value) {
    std::memset(pad, value, 64);
    for (size_t i = 0; i < key.size && i < 64; ++i) pad[i] ^= key.data[i];
  }

  Sha256 inner_;
  Sha256 outer_;
};

}  // namespace wiretally

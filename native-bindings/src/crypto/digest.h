// MD5, SHA-1 and SHA-256 over text that is written in pieces. Uses the low-level calls of OpenSSL deliberately: an EVP
// context costs 150 to 250 ns per hash for lookups and parameters (measured with OpenSSL 3.0), as much as hashing a
// JA3 text itself, and a fingerprint needs three of them.
#pragma once

#ifdef __EMSCRIPTEN__
#include "portable_digest.h"
#else
// OpenSSL 3 marks them as deprecated in favour of EVP; they are still exported by every Node that the package supports.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/md5.h>
#include <openssl/sha.h>
#endif

#include <cstdint>
#include <cstring>

namespace wiretally {

#ifdef __EMSCRIPTEN__
using portable::Md5;
using portable::Sha1;
using portable::Sha256;
#else
struct Md5 {
  static constexpr size_t kBytes = MD5_DIGEST_LENGTH;
  MD5_CTX context;
  Md5() { MD5_Init(&context); }
  void add(const void* data, size_t size) { MD5_Update(&context, data, size); }
  void finish(uint8_t out[kBytes]) { MD5_Final(out, &context); }
};

struct Sha1 {
  static constexpr size_t kBytes = SHA_DIGEST_LENGTH;
  SHA_CTX context;
  Sha1() { SHA1_Init(&context); }
  void add(const void* data, size_t size) { SHA1_Update(&context, data, size); }
  void finish(uint8_t out[kBytes]) { SHA1_Final(out, &context); }
};

struct Sha256 {
  static constexpr size_t kBytes = SHA256_DIGEST_LENGTH;
  SHA256_CTX context;
  Sha256() { SHA256_Init(&context); }
  void add(const void* data, size_t size) { SHA256_Update(&context, data, size); }
  void finish(uint8_t out[kBytes]) { SHA256_Final(out, &context); }
};
#endif

// Text on its way into a digest: collected in a small buffer, because a call per number costs more than the hash.
template <typename Digest>
class DigestText {
 public:
  bool empty() const { return used_ == 0 && !flushed_; }
  // Space for the next `count` characters, count <= kRoom; commit passes how many were written.
  static constexpr size_t kRoom = 16;
  char* room() {
    if (used_ + kRoom > sizeof(buffer_)) flush();
    return buffer_ + used_;
  }
  void commit(size_t count) { used_ += count; }
  void put(char c) {
    *room() = c;
    commit(1);
  }
  // Also copies the text to `copy` (may be null) as far as `ceiling` reaches.
  void copy_to(char* copy, size_t ceiling) {
    copy_ = copy;
    ceiling_ = copy == nullptr ? 0 : ceiling;
  }
  size_t copied() const { return copied_; }
  void finish(uint8_t out[Digest::kBytes]) {
    flush();
    digest_.finish(out);
  }

 private:
  void flush() {
    digest_.add(buffer_, used_);
    const size_t kept = used_ < ceiling_ - copied_ ? used_ : ceiling_ - copied_;
    if (kept != 0) std::memcpy(copy_ + copied_, buffer_, kept);
    copied_ += kept;
    flushed_ = flushed_ || used_ != 0;
    used_ = 0;
  }

  Digest digest_;
  char buffer_[1024];
  size_t used_ = 0;
  bool flushed_ = false;
  char* copy_ = nullptr;
  size_t ceiling_ = 0;
  size_t copied_ = 0;
};

}  // namespace wiretally

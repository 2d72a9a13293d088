// Digests and AES of the build for browsers, compared with vectors of their standards and with OpenSSL.
#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <cstdint>
#include <random>
#include <vector>

#include "../../native-bindings/src/crypto/aes.h"
#include "../../native-bindings/src/crypto/portable_aes.h"
#include "../../native-bindings/src/crypto/portable_digest.h"
#include "bytes.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

// Two blocks and the lengths around their ends.
constexpr size_t kMostBytes = 300;

template <typename Digest>
Bytes digest_of(const Bytes& data, size_t cut) {
  Digest digest;
  digest.add(data.data(), cut);
  digest.add(data.data() + cut, data.size() - cut);
  Bytes result(Digest::kBytes);
  digest.finish(result.data());
  return result;
}

Bytes openssl_digest(const EVP_MD* kind, const Bytes& data) {
  Bytes result(static_cast<size_t>(EVP_MD_size(kind)));
  REQUIRE_EQ(EVP_Digest(data.data(), data.size(), result.data(), nullptr, kind, nullptr), 1);
  return result;
}

Bytes random_bytes(std::mt19937* random, size_t count) {
  Bytes result(count);
  for (uint8_t& byte : result) byte = static_cast<uint8_t>((*random)());
  return result;
}

Bytes sealed_by_openssl(const Bytes& key, const Bytes& iv, const Bytes& associated, const Bytes& plain) {
  Bytes result(plain.size() + kGcmTagBytes);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int written = 0;
  REQUIRE_EQ(EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), iv.data()), 1);
  EVP_EncryptUpdate(context, nullptr, &written, associated.data(), static_cast<int>(associated.size()));
  EVP_EncryptUpdate(context, result.data(), &written, plain.data(), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, result.data() + plain.size(), &written);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, result.data() + plain.size());
  EVP_CIPHER_CTX_free(context);
  return result;
}

TEST_CASE("portable digests of abc are those of the standards") {
  const Bytes abc = {'a', 'b', 'c'};
  const Bytes md5 = digest_of<portable::Md5>(abc, 1);
  const Bytes sha1 = digest_of<portable::Sha1>(abc, 1);
  const Bytes sha256 = digest_of<portable::Sha256>(abc, 1);
  CHECK_EQ(bytes::to_hex(md5.data(), md5.size()), "900150983cd24fb0d6963f7d28e17f72");
  CHECK_EQ(bytes::to_hex(sha1.data(), sha1.size()), "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK_EQ(bytes::to_hex(sha256.data(), sha256.size()),
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("portable digests of any length are those of OpenSSL") {
  std::mt19937 random(1);
  for (size_t size = 0; size < kMostBytes; ++size) {
    const Bytes data = random_bytes(&random, size);
    CHECK_EQ(digest_of<portable::Md5>(data, size / 3), openssl_digest(EVP_md5(), data));
    CHECK_EQ(digest_of<portable::Sha1>(data, size / 3), openssl_digest(EVP_sha1(), data));
    CHECK_EQ(digest_of<portable::Sha256>(data, size / 3), openssl_digest(EVP_sha256(), data));
  }
}

TEST_CASE("a portable block is that of FIPS 197 appendix B") {
  const Bytes key = bytes::hex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes in = bytes::hex("3243f6a8885a308d313198a2e0370734");
  uint8_t out[16];
  portable::Aes128(key.data()).encrypt(in.data(), out);
  CHECK_EQ(bytes::to_hex(out, 16), "3925841d02dc09fbdc118597196a0b32");
}

TEST_CASE("portable GCM opens what OpenSSL seals, and nothing else") {
  std::mt19937 random(2);
  for (size_t size = 0; size < kMostBytes; ++size) {
    const Bytes key = random_bytes(&random, kAesKeyBytes);
    const Bytes iv = random_bytes(&random, kGcmIvBytes);
    const Bytes associated = random_bytes(&random, size % 40);
    const Bytes plain = random_bytes(&random, size);
    Bytes sealed = sealed_by_openssl(key, iv, associated, plain);
    Bytes opened(size);
    CHECK(
        portable::aes128_gcm_open(key.data(), iv.data(), bytes::span(associated), bytes::span(sealed), opened.data()));
    CHECK_EQ(opened, plain);
    sealed[random() % sealed.size()] ^= 1;
    CHECK_FALSE(
        portable::aes128_gcm_open(key.data(), iv.data(), bytes::span(associated), bytes::span(sealed), opened.data()));
  }
  uint8_t none[1];
  const Bytes short_tag(kGcmTagBytes - 1);
  const Bytes key(kAesKeyBytes);
  CHECK_FALSE(portable::aes128_gcm_open(key.data(), key.data(), {}, bytes::span(short_tag), none));
}

}  // namespace

#include "aes.h"

#ifdef __EMSCRIPTEN__

#include "portable_aes.h"

namespace wiretally {

bool aes128_encrypt_block(const uint8_t key[kAesKeyBytes], const uint8_t in[16], uint8_t out[16]) {
  portable::Aes128(key).encrypt(in, out);
  return true;
}

bool aes128_gcm_open(const uint8_t key[kAesKeyBytes], const uint8_t iv[kGcmIvBytes], Span associated, Span sealed,
                     uint8_t* out) {
  return portable::aes128_gcm_open(key, iv, associated, sealed, out);
}

}  // namespace wiretally

#else

#include <openssl/evp.h>

namespace wiretally {

namespace {

class Context {
 public:
  explicit Context(const char* name) : context_(EVP_CIPHER_CTX_new()) {
    EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    const bool set = EVP_CipherInit_ex2(context_, cipher, nullptr, nullptr, -1, nullptr) == 1;
    EVP_CIPHER_free(cipher);  // the context holds it
    if (!set) {
      EVP_CIPHER_CTX_free(context_);
      context_ = nullptr;
    }
  }
  ~Context() { EVP_CIPHER_CTX_free(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  EVP_CIPHER_CTX* get() const { return context_; }

 private:
  EVP_CIPHER_CTX* context_;
};

}  // namespace

bool aes128_encrypt_block(const uint8_t key[kAesKeyBytes], const uint8_t in[16], uint8_t out[16]) {
  static thread_local Context context("AES-128-ECB");
  EVP_CIPHER_CTX* ctx = context.get();
  if (ctx == nullptr || EVP_EncryptInit_ex(ctx, nullptr, nullptr, key, nullptr) != 1) return false;
  EVP_CIPHER_CTX_set_padding(ctx, 0);
  int written = 0;
  return EVP_EncryptUpdate(ctx, out, &written, in, 16) == 1 && written == 16;
}

bool aes128_gcm_open(const uint8_t key[kAesKeyBytes], const uint8_t iv[kGcmIvBytes], Span associated, Span sealed,
                     uint8_t* out) {
  static thread_local Context context("AES-128-GCM");
  EVP_CIPHER_CTX* ctx = context.get();
  if (ctx == nullptr || sealed.size < kGcmTagBytes) return false;
  const size_t size = sealed.size - kGcmTagBytes;
  uint8_t tag[kGcmTagBytes];
  std::memcpy(tag, sealed.data + size, sizeof(tag));
  int written = 0;
  return EVP_DecryptInit_ex(ctx, nullptr, nullptr, key, iv) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
         EVP_DecryptUpdate(ctx, nullptr, &written, associated.data, static_cast<int>(associated.size)) == 1 &&
         EVP_DecryptUpdate(ctx, out, &written, sealed.data, static_cast<int>(size)) == 1 &&
         EVP_DecryptFinal_ex(ctx, out + size, &written) == 1;
}

}  // namespace wiretally

#endif

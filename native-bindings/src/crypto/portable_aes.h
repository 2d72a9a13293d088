// AES-128 (FIPS 197) and GCM (NIST SP 800-38D) where there is no OpenSSL: the build for browsers. The keys of QUIC Initials
// follow from bytes that anyone on the path reads (RFC 9001 §5.2), so tables may be indexed by them.
#pragma once

#include <array>
#include <bit>
#include <cstring>

#include "../base/cursor.h"

namespace wiretally::portable {

constexpr uint8_t times_two(uint8_t value) { return static_cast<uint8_t>((value << 1) ^ ((value >> 7) * 0x1b)); }

// The S-box of FIPS 197 §5.1.1: `p` goes through all powers of 3, `q` through their inverses.
constexpr std::array<uint8_t, 256> make_substitutions() {
  std::array<uint8_t, 256> result{};
  uint8_t p = 1;
  uint8_t q = 1;
  do {
    p = static_cast<uint8_t>(p ^ times_two(p));
    q = static_cast<uint8_t>(q ^ (q << 1));
    q = static_cast<uint8_t>(q ^ (q << 2));
    q = static_cast<uint8_t>(q ^ (q << 4));
    if ((q & 0x80) != 0) q ^= 0x09;
    result[p] = static_cast<uint8_t>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^ std::rotl(q, 4) ^ 0x63);
  } while (p != 1);
  result[0] = 0x63;
  return result;
}
inline constexpr std::array<uint8_t, 256> kSubstitutions = make_substitutions();

class Aes128 {
 public:
  explicit Aes128(const uint8_t key[16]) {
    std::memcpy(keys_, key, 16);
    uint8_t round = 1;
    for (size_t at = 16; at < sizeof(keys_); at += 4) {
      uint8_t word[4];
      std::memcpy(word, keys_ + at - 4, 4);
      if (at % 16 == 0) {
        const uint8_t first = word[0];
        for (size_t i = 0; i < 3; ++i) word[i] = kSubstitutions[word[i + 1]];
        word[3] = kSubstitutions[first];
        word[0] ^= round;
        round = times_two(round);
      }
      for (size_t i = 0; i < 4; ++i) keys_[at + i] = keys_[at + i - 16] ^ word[i];
    }
  }

  void encrypt(const uint8_t in[16], uint8_t out[16]) const {
    uint8_t state[16];
    for (size_t i = 0; i < 16; ++i) state[i] = in[i] ^ keys_[i];
    for (size_t round = 1; round <= kRounds; ++round) {
      uint8_t moved[16];  // SubBytes and ShiftRows
      for (size_t i = 0; i < 16; ++i) moved[i] = kSubstitutions[state[(i + 4 * (i % 4)) % 16]];
      if (round < kRounds) mix_columns(moved);
      for (size_t i = 0; i < 16; ++i) state[i] = moved[i] ^ keys_[16 * round + i];
    }
    std::memcpy(out, state, 16);
  }

 private:
  static constexpr size_t kRounds = 10;

  static void mix_columns(uint8_t state[16]) {
    for (uint8_t* column = state; column < state + 16; column += 4) {
      const uint8_t first = column[0];
      const auto all = static_cast<uint8_t>(column[0] ^ column[1] ^ column[2] ^ column[3]);
      for (size_t i = 0; i < 4; ++i) {
        const uint8_t next = i == 3 ? first : column[i + 1];
        column[i] ^= static_cast<uint8_t>(all ^ times_two(static_cast<uint8_t>(column[i] ^ next)));
      }
    }
  }

  uint8_t keys_[16 * (kRounds + 1)];
};

// GHASH: a sum in GF(2^128), multiplied by the key behind each block of 16 bytes.
class Ghash {
 public:
  explicit Ghash(const uint8_t key[16]) : key_{load(key), load(key + 8)} {}

  // The last block is filled up with zeros.
  void add(const uint8_t* data, size_t size) {
    for (; size >= 16; data += 16, size -= 16) add_block(data);
    if (size == 0) return;
    uint8_t last[16] = {};
    std::memcpy(last, data, size);
    add_block(last);
  }
  void add_lengths(uint64_t associated_bytes, uint64_t sealed_bytes) {
    sum_[0] ^= associated_bytes * 8;
    sum_[1] ^= sealed_bytes * 8;
    multiply();
  }
  uint8_t byte(size_t i) const { return static_cast<uint8_t>(sum_[i / 8] >> (8 * (7 - i % 8))); }

 private:
  static uint64_t load(const uint8_t* bytes) {
    uint64_t result = 0;
    for (size_t i = 0; i < 8; ++i) result = result << 8 | bytes[i];
    return result;
  }
  void add_block(const uint8_t* block) {
    sum_[0] ^= load(block);
    sum_[1] ^= load(block + 8);
    multiply();
  }
  void multiply() {
    uint64_t product[2] = {};
    uint64_t power[2] = {key_[0], key_[1]};
    for (unsigned i = 0; i < 128; ++i) {
      const uint64_t taken = 0 - (sum_[i / 64] >> (63 - i % 64) & 1);
      product[0] ^= power[0] & taken;
      product[1] ^= power[1] & taken;
      const uint64_t carry = 0 - (power[1] & 1);
      power[1] = power[1] >> 1 | power[0] << 63;
      power[0] = power[0] >> 1 ^ (carry & 0xe100000000000000);
    }
    sum_[0] = product[0];
    sum_[1] = product[1];
  }

  uint64_t key_[2];
  uint64_t sum_[2] = {};
};

// Does the same as aes128_gcm_open of aes.h.
inline bool aes128_gcm_open(const uint8_t key[16], const uint8_t iv[12], Span associated, Span sealed, uint8_t* out) {
  constexpr size_t kTag = 16;
  if (sealed.size < kTag) return false;
  const size_t size = sealed.size - kTag;
  const Aes128 cipher(key);
  uint8_t pad[16] = {};
  cipher.encrypt(pad, pad);
  Ghash hash(pad);
  hash.add(associated.data, associated.size);
  hash.add(sealed.data, size);
  hash.add_lengths(associated.size, size);
  uint8_t counter[16] = {};
  std::memcpy(counter, iv, 12);
  uint32_t count = 1;
  const auto next_pad = [&] {
    for (size_t i = 0; i < 4; ++i) counter[12 + i] = static_cast<uint8_t>(count >> (8 * (3 - i)));
    ++count;
    cipher.encrypt(counter, pad);
  };
  next_pad();
  for (size_t i = 0; i < kTag; ++i) {
    if ((hash.byte(i) ^ pad[i]) != sealed.data[size + i]) return false;
  }
  for (size_t i = 0; i < size; ++i) {
    if (i % 16 == 0) next_pad();
    out[i] = sealed.data[i] ^ pad[i % 16];
  }
  return true;
}

}  // namespace wiretally::portable

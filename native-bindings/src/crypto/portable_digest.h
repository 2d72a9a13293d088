// MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4) where there is no OpenSSL: the build for browsers. They name and check
// public bytes, so nothing here need be constant in time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wiretally::portable {

// Padding and blocks of all three: 64 bytes each, and the length in bits at the end. `Rules` has the words of the state,
// their order of bytes, and the step over a block.
template <typename Rules>
class BlockDigest {
 public:
  static constexpr size_t kBytes = Rules::kWords * 4;

  void add(const void* data, size_t size) {
    if (size == 0) return;
    const auto* from = static_cast<const uint8_t*>(data);
    size_t used = static_cast<size_t>(length_ % kBlock);
    length_ += size;
    while (size != 0) {
      const size_t taken = size < kBlock - used ? size : kBlock - used;
      std::memcpy(block_ + used, from, taken);
      from += taken;
      size -= taken;
      used += taken;
      if (used < kBlock) return;
      step();
      used = 0;
    }
  }

  void finish(uint8_t out[kBytes]) {
    const uint64_t bits = length_ * 8;
    size_t used = static_cast<size_t>(length_ % kBlock);
    block_[used++] = 0x80;
    if (used > kBlock - 8) {
      std::memset(block_ + used, 0, kBlock - used);
      step();
      used = 0;
    }
    std::memset(block_ + used, 0, kBlock - 8 - used);
    for (size_t i = 0; i < 8; ++i)
      block_[kBlock - 8 + i] = static_cast<uint8_t>(bits >> (8 * (Rules::kBigEndian ? 7 - i : i)));
    step();
    for (size_t i = 0; i < kBytes; ++i) out[i] = static_cast<uint8_t>(state_[i / 4] >> place(i));
  }

 private:
  static constexpr size_t kBlock = 64;

  static constexpr unsigned place(size_t byte) {
    return static_cast<unsigned>(8 * (Rules::kBigEndian ? 3 - byte % 4 : byte % 4));
  }
  void step() {
    uint32_t words[16] = {};
    for (size_t i = 0; i < kBlock; ++i) words[i / 4] |= uint32_t{block_[i]} << place(i);
    Rules::step(words, state_.data());
  }

  std::array<uint32_t, Rules::kWords> state_ = Rules::kStart;
  uint64_t length_ = 0;
  uint8_t block_[kBlock];
};

struct Md5Rules {
  static constexpr size_t kWords = 4;
  static constexpr bool kBigEndian = false;
  static constexpr std::array<uint32_t, kWords> kStart = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

  static void step(const uint32_t words[16], uint32_t* state) {
    // The whole part of 2^32 * |sin(i + 1)|.
    static constexpr uint32_t kSines[64] = {0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
                                            0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
                                            0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
                                            0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
                                            0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
                                            0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
                                            0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
                                            0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
                                            0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
                                            0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
                                            0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
    static constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (uint32_t i = 0; i < 64; ++i) {
      uint32_t mixed = 0;
      uint32_t word = 0;
      if (i < 16) {
        mixed = (b & c) | (~b & d);
        word = i;
      } else if (i < 32) {
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
      } else if (i < 48) {
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
      } else {
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
      }
      const uint32_t sum = a + mixed + kSines[i] + words[word];
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kTurns[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
};

struct Sha1Rules {
  static constexpr size_t kWords = 5;
  static constexpr bool kBigEndian = true;
  static constexpr std::array<uint32_t, kWords> kStart = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

  static void step(const uint32_t words[16], uint32_t* state) {
    uint32_t schedule[80];
    std::memcpy(schedule, words, 64);
    for (size_t i = 16; i < 80; ++i)
      schedule[i] = std::rotl(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (size_t i = 0; i < 80; ++i) {
      uint32_t mixed = 0;
      if (i < 20) {
        mixed = ((b & c) | (~b & d)) + 0x5a827999;
      } else if (i < 40) {
        mixed = (b ^ c ^ d) + 0x6ed9eba1;
      } else if (i < 60) {
        mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      } else {
        mixed = (b ^ c ^ d) + 0xca62c1d6;
      }
      const uint32_t sum = std::rotl(a, 5) + mixed + e + schedule[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = sum;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
};

struct Sha256Rules {
  static constexpr size_t kWords = 8;
  static constexpr bool kBigEndian = true;
  static constexpr std::array<uint32_t, kWords> kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

  static void step(const uint32_t words[16], uint32_t* state) {
    static constexpr uint32_t kRoots[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
                                            0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
                                            0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
                                            0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
                                            0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
                                            0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
                                            0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
                                            0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
                                            0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
                                            0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
                                            0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t schedule[64];
    std::memcpy(schedule, words, 64);
    for (size_t i = 16; i < 64; ++i) {
      const uint32_t near = schedule[i - 2];
      const uint32_t far = schedule[i - 15];
      schedule[i] = schedule[i - 16] + schedule[i - 7] + (std::rotr(far, 7) ^ std::rotr(far, 18) ^ (far >> 3)) +
                    (std::rotr(near, 17) ^ std::rotr(near, 19) ^ (near >> 10));
    }
    uint32_t v[8];
    std::memcpy(v, state, sizeof(v));
    for (size_t i = 0; i < 64; ++i) {
      const uint32_t chosen = (v[4] & v[5]) ^ (~v[4] & v[6]);
      const uint32_t major = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
      const uint32_t first = v[7] + (std::rotr(v[4], 6) ^ std::rotr(v[4], 11) ^ std::rotr(v[4], 25)) + chosen +
                             kRoots[i] + schedule[i];
      const uint32_t second = (std::rotr(v[0], 2) ^ std::rotr(v[0], 13) ^ std::rotr(v[0], 22)) + major;
      std::memmove(v + 1, v, 7 * sizeof(v[0]));
      v[4] += first;
      v[0] = first + second;
    }
    for (size_t i = 0; i < 8; ++i) state[i] += v[i];
  }
};

using Md5 = BlockDigest<Md5Rules>;
using Sha1 = BlockDigest<Sha1Rules>;
using Sha256 = BlockDigest<Sha256Rules>;

}  // namespace wiretally::portable

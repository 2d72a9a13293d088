#include "deflate.h"

#include <algorithm>

namespace wiretally {

namespace {

constexpr unsigned kMaxBits = 15;
constexpr unsigned kLiterals = 288;
constexpr unsigned kDistances = 30;
constexpr unsigned kEndOfBlock = 256;

// Reads bits from the lowest one of each byte. Behind the end it reads zeros, and is_over() becomes true.
class Bits {
 public:
  explicit Bits(Cursor cursor) : cursor_(cursor) {}
  bool is_over() const { return !cursor_.ok(); }
  uint32_t take(unsigned count) {
    while (available_ < count) {
      bits_ |= uint32_t{cursor_.u8()} << available_;
      available_ += 8;
    }
    const uint32_t value = bits_ & ((uint32_t{1} << count) - 1);
    bits_ >>= count;
    available_ -= count;
    return value;
  }
  // Drops the remaining bits and returns the bytes behind the current one.
  Cursor& bytes() {
    bits_ = available_ = 0;
    return cursor_;
  }

 private:
  Cursor cursor_;
  uint32_t bits_ = 0;
  unsigned available_ = 0;
};

// A canonical Huffman code (RFC 1951 §3.2.2).
struct Code {
  uint16_t count[kMaxBits + 1] = {};
  uint16_t symbol[kLiterals] = {};

  // Returns false if the lengths are not those of a prefix code.
  bool build(const uint8_t* lengths, unsigned size) {
    std::fill(count, count + kMaxBits + 1, uint16_t{0});
    for (unsigned i = 0; i < size; ++i) ++count[lengths[i]];
    count[0] = 0;
    int left = 1;
    uint16_t first[kMaxBits + 2] = {};
    for (unsigned length = 1; length <= kMaxBits; ++length) {
      left = (left << 1) - count[length];
      if (left < 0) return false;
      first[length + 1] = static_cast<uint16_t>(first[length] + count[length]);
    }
    for (unsigned i = 0; i < size; ++i) {
      if (lengths[i] != 0) symbol[first[lengths[i]]++] = static_cast<uint16_t>(i);
    }
    return true;
  }

  // Returns -1 if the bits are not those of a symbol.
  int read(Bits* bits) const {
    int code = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= kMaxBits; ++length) {
      code |= static_cast<int>(bits->take(1));
      const int of_length = count[length];
      if (code - of_length < first) return symbol[index + (code - first)];
      index += of_length;
      first = (first + of_length) << 1;
      code <<= 1;
    }
    return -1;
  }
};

// RFC 1951 §3.2.5.
constexpr uint16_t kLengthBase[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                      31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr uint8_t kLengthBits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                     2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr uint16_t kDistanceBase[kDistances] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
constexpr uint8_t kDistanceBits[kDistances] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                               6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

class Inflater {
 public:
  Inflater(Cursor input, uint8_t* out, size_t capacity) : bits_(input), out_(out), capacity_(capacity) {}

  Inflated run() {
    for (bool is_last = false; !is_last && !is_done();) {
      is_last = bits_.take(1) == 1;
      const uint32_t type = bits_.take(2);
      if (is_done()) break;
      if (type == 0) {
        copy_stored();
      } else if (type == 1) {
        is_broken_ = !use_fixed_codes() || !read_block();
      } else {
        is_broken_ = type == 3 || !read_codes() || !read_block();
      }
    }
    // Output from missing bits is no evidence.
    return {size_, is_broken_ && !bits_.is_over()};
  }

 private:
  bool is_done() const { return is_broken_ || bits_.is_over() || size_ == capacity_; }

  void copy_stored() {
    Cursor& cursor = bits_.bytes();
    const uint16_t length = cursor.le16();
    const uint16_t complement = cursor.le16();
    is_broken_ = cursor.ok() && (length ^ complement) != 0xffff;
    if (is_broken_ || !cursor.ok()) return;
    const size_t available = std::min<size_t>(length, cursor.remaining());
    const Span bytes = cursor.take(std::min(available, capacity_ - size_));
    if (bytes.size > 0) std::copy(bytes.data, bytes.data + bytes.size, out_ + size_);
    size_ += bytes.size;
    if (available < length) cursor.fail();
  }

  bool use_fixed_codes() {
    uint8_t lengths[kLiterals];
    std::fill(lengths, lengths + 144, uint8_t{8});
    std::fill(lengths + 144, lengths + 256, uint8_t{9});
    std::fill(lengths + 256, lengths + 280, uint8_t{7});
    std::fill(lengths + 280, lengths + kLiterals, uint8_t{8});
    if (!literals_.build(lengths, kLiterals)) return false;
    std::fill(lengths, lengths + kDistances, uint8_t{5});
    return distances_.build(lengths, kDistances);
  }

  // RFC 1951 §3.2.7.
  bool read_codes() {
    constexpr uint8_t kOrder[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    const unsigned literals = bits_.take(5) + 257;
    const unsigned distances = bits_.take(5) + 1;
    const unsigned codes = bits_.take(4) + 4;
    if (literals > 286 || distances > kDistances) return false;
    uint8_t lengths[286 + kDistances] = {};
    for (unsigned i = 0; i < codes; ++i) lengths[kOrder[i]] = static_cast<uint8_t>(bits_.take(3));
    Code code;
    if (!code.build(lengths, 19)) return false;
    std::fill(lengths, lengths + 19, uint8_t{0});
    for (unsigned at = 0; at < literals + distances;) {
      const int symbol = code.read(&bits_);
      if (symbol < 0 || bits_.is_over()) return false;
      unsigned times = 1;
      uint8_t length = static_cast<uint8_t>(symbol);
      if (symbol >= 16) {
        if (symbol == 16 && at == 0) return false;
        length = symbol == 16 ? lengths[at - 1] : uint8_t{0};
        times = symbol == 16 ? 3 + bits_.take(2) : symbol == 17 ? 3 + bits_.take(3) : 11 + bits_.take(7);
      }
      if (times > literals + distances - at) return false;
      std::fill(lengths + at, lengths + at + times, length);
      at += times;
    }
    return literals_.build(lengths, literals) && distances_.build(lengths + literals, distances);
  }

  bool read_block() {
    while (!is_done()) {
      const int symbol = literals_.read(&bits_);
      if (symbol == static_cast<int>(kEndOfBlock) || bits_.is_over()) return true;
      if (symbol < 0) return false;
      if (symbol < static_cast<int>(kEndOfBlock)) {
        out_[size_++] = static_cast<uint8_t>(symbol);
      } else if (!copy_earlier(static_cast<unsigned>(symbol) - kEndOfBlock - 1)) {
        return false;
      }
    }
    return true;
  }

  bool copy_earlier(unsigned length_symbol) {
    if (length_symbol >= 29) return false;
    const size_t length = kLengthBase[length_symbol] + bits_.take(kLengthBits[length_symbol]);
    const int symbol = distances_.read(&bits_);
    if (symbol < 0 || symbol >= static_cast<int>(kDistances)) return false;
    const size_t distance = kDistanceBase[symbol] + bits_.take(kDistanceBits[symbol]);
    if (bits_.is_over()) return true;
    if (distance > size_) return false;
    const size_t end = std::min(capacity_, size_ + length);
    for (; size_ < end; ++size_) out_[size_] = out_[size_ - distance];
    return true;
  }

  Bits bits_;
  uint8_t* const out_;
  const size_t capacity_;
  size_t size_ = 0;
  bool is_broken_ = false;
  Code literals_;
  Code distances_;
};

// Skips the header of gzip behind its first two bytes (RFC 1952 §2.3). Returns false for another method than DEFLATE.
bool skip_gzip_header(Cursor* cursor) {
  constexpr uint8_t kHeaderCrc = 2, kExtra = 4, kName = 8, kComment = 16;
  const uint8_t method = cursor->u8();
  const uint8_t flags = cursor->u8();
  cursor->skip(6);
  if (cursor->ok() && method != 8) return false;
  if ((flags & kExtra) != 0) cursor->skip(cursor->le16());
  for (const uint8_t text : {kName, kComment}) {
    if ((flags & text) == 0) continue;
    while (cursor->ok() && cursor->u8() != 0) {
    }
  }
  if ((flags & kHeaderCrc) != 0) cursor->skip(2);
  return true;
}

}  // namespace

Inflated inflate(Span input, uint8_t* out, size_t capacity) {
  Cursor cursor(input);
  const uint16_t magic = cursor.be16();
  if (!cursor.ok()) return {};
  constexpr uint16_t kGzip = 0x1f8b;
  const bool is_zlib = (magic & 0x0f00) == 0x0800 && magic % 31 == 0;  // RFC 1950 §2.2
  if (magic == kGzip ? !skip_gzip_header(&cursor) : !is_zlib) return {0, true};
  if (!cursor.ok()) return {};
  return Inflater(cursor, out, capacity).run();
}

}  // namespace wiretally

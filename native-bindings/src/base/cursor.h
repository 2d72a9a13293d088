// Cursor: the only code that reads untrusted bytes. After a failed read it is dead: every later read yields zero, so a
// parser reads a whole structure and tests ok() once before it commits a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wiretally {

// A view of bytes that it does not own.
struct Span {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

class Cursor {
 public:
  Cursor(const uint8_t* data, size_t size) : at_(data), left_(data == nullptr ? 0 : size) {}
  explicit Cursor(Span bytes) : Cursor(bytes.data, bytes.size) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return left_; }
  bool empty() const { return left_ == 0; }
  const uint8_t* position() const { return at_; }

  uint8_t u8() {
    const uint8_t* p = advance(1);
    return p == nullptr ? uint8_t{0} : p[0];
  }
  uint16_t be16() {
    const uint8_t* p = advance(2);
    return p == nullptr ? uint16_t{0} : static_cast<uint16_t>((p[0] << 8) | p[1]);
  }
  uint32_t be24() {
    const uint8_t* p = advance(3);
    return p == nullptr ? 0 : (uint32_t{p[0]} << 16) | (uint32_t{p[1]} << 8) | p[2];
  }
  uint32_t be32() {
    const uint8_t* p = advance(4);
    return p == nullptr ? 0 : (uint32_t{p[0]} << 24) | (uint32_t{p[1]} << 16) | (uint32_t{p[2]} << 8) | p[3];
  }
  uint64_t be64() {
    const uint64_t high = be32();
    return (high << 32) | be32();
  }
  uint16_t le16() {
    const uint8_t* p = advance(2);
    return p == nullptr ? uint16_t{0} : static_cast<uint16_t>((p[1] << 8) | p[0]);
  }
  uint32_t le32() {
    const uint8_t* p = advance(4);
    return p == nullptr ? 0 : (uint32_t{p[3]} << 24) | (uint32_t{p[2]} << 16) | (uint32_t{p[1]} << 8) | p[0];
  }
  uint64_t le64() {
    const uint64_t low = le32();
    return (uint64_t{le32()} << 32) | low;
  }

  void skip(size_t count) { advance(count); }

  // Returns the next `count` bytes. If there are fewer, it returns an empty span and the cursor is dead.
  Span take(size_t count) {
    const uint8_t* p = advance(count);
    return p == nullptr ? Span{} : Span{p, count};
  }
  Span rest() { return take(left_); }

  // Marks the cursor dead because of a readable value that is invalid.
  void fail() {
    ok_ = false;
    left_ = 0;
  }

 private:
  const uint8_t* advance(size_t count) {
    if (!ok_ || count > left_) {
      fail();
      return nullptr;
    }
    const uint8_t* p = at_;
    at_ += count;
    left_ -= count;
    return p;
  }

  const uint8_t* at_;
  size_t left_;
  bool ok_ = true;
};

}  // namespace wiretally

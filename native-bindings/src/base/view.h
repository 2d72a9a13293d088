// View: a header of known size. The caller must have checked that all of it was captured (Walk::has); the compiler
// checks every offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wiretally {

template <size_t kSize>
class View {
 public:
  explicit View(const uint8_t* at) : at_(at) {}

  template <size_t kAt>
  uint8_t u8() const {
    static_assert(kAt < kSize);
    return at_[kAt];
  }
  template <size_t kAt>
  uint16_t be16() const {
    static_assert(kAt + 2 <= kSize);
    return static_cast<uint16_t>((at_[kAt] << 8) | at_[kAt + 1]);
  }
  template <size_t kAt>
  uint16_t le16() const {
    static_assert(kAt + 2 <= kSize);
    return static_cast<uint16_t>((at_[kAt + 1] << 8) | at_[kAt]);
  }
  template <size_t kAt>
  uint32_t be32() const {
    return (uint32_t{be16<kAt>()} << 16) | be16<kAt + 2>();
  }
  template <size_t kAt>
  uint32_t le32() const {
    return (uint32_t{le16<kAt + 2>()} << 16) | le16<kAt>();
  }
  template <size_t kAt>
  const uint8_t* at() const {
    static_assert(kAt <= kSize);
    return at_ + kAt;
  }
  template <size_t kAt, size_t kCount>
  void copy(uint8_t* to) const {
    static_assert(kAt + kCount <= kSize);
    std::memcpy(to, at_ + kAt, kCount);
  }

 private:
  const uint8_t* at_;
};

}  // namespace wiretally

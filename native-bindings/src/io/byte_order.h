// Fixed-width loads in either byte order, for records whose length was checked before.
#pragma once

#include <cstdint>
#include <cstring>

namespace wiretally {

// Capture files are in the byte order of their writer. Callers check the length once.
template <bool kBig>
struct ByteOrder {
  static uint16_t u16(const uint8_t* p) {
    uint16_t value;
    std::memcpy(&value, p, sizeof value);
    return kBig == kHostBig ? value : __builtin_bswap16(value);
  }
  static uint32_t u32(const uint8_t* p) {
    uint32_t value;
    std::memcpy(&value, p, sizeof value);
    return kBig == kHostBig ? value : __builtin_bswap32(value);
  }
  static uint64_t u64(const uint8_t* p) {
    uint64_t value;
    std::memcpy(&value, p, sizeof value);
    return kBig == kHostBig ? value : __builtin_bswap64(value);
  }

 private:
  static constexpr bool kHostBig = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
};

}  // namespace wiretally

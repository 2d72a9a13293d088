// Addresses that do not leave the link, or that name a group.
#pragma once

#include <cstdint>

namespace wiretally {

// True for multicast and broadcast (RFC 1112 §4, RFC 919 §7, RFC 4291 §2.7). `address` is that of Endpoints.
inline bool is_group_address(const uint8_t* address, uint8_t ip_version) {
  if (ip_version == 6) return address[0] == 0xff;
  const bool is_broadcast = address[0] == 255 && address[1] == 255 && address[2] == 255 && address[3] == 255;
  return (address[0] >= 224 && address[0] < 240) || is_broadcast;
}

// True for link-local addresses, and for a host without an address yet (RFC 3927 §2.1, RFC 4291 §2.5).
inline bool is_link_address(const uint8_t* address, uint8_t ip_version) {
  if (ip_version == 6) {
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return true;
    for (unsigned i = 0; i < 15; ++i) {
      if (address[i] != 0) return false;
    }
    return address[15] <= 1;
  }
  return (address[0] == 169 && address[1] == 254) || address[0] == 0 || address[0] == 127;
}

}  // namespace wiretally

// Reads IP addresses in text, as targets of proxies and clients that have no name write them.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace wiretally {

// Returns 4 or 6 for an address, also one in brackets, and 0 for other text. `bytes` receives the address.
inline uint8_t read_address_text(std::string_view text, uint8_t (&bytes)[16]) {
  if (text.size() > 1 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof terminated) return 0;
  std::memcpy(terminated, text.data(), text.size());
  if (inet_pton(AF_INET, terminated, bytes) == 1) return 4;
  return inet_pton(AF_INET6, terminated, bytes) == 1 ? 6 : 0;
}

}  // namespace wiretally

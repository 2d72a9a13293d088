// Reads IP addresses in text.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace wiretally {

// Returns 4 or 6 for an address, and 0 for other text. `bytes` receives the address.
inline uint8_t read_address_text(std::string_view text, uint8_t (&bytes)[16]) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return 0;
  char terminated[INET6_ADDRSTRLEN] = {};
  std::memcpy(terminated, text.data(), text.size());
  if (inet_pton(AF_INET, terminated, bytes) == 1) return 4;
  return inet_pton(AF_INET6, terminated, bytes) == 1 ? 6 : 0;
}

// Returns the text between the brackets that URLs put around addresses of IPv6, and other text as it is.
inline std::string_view strip_brackets(std::string_view text) {
  const bool is_bracketed = text.size() > 1 && text.front() == '[' && text.back() == ']';
  return is_bracketed ? text.substr(1, text.size() - 2) : text;
}

}  // namespace wiretally

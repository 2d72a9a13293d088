// NetworkList parses networks and matches addresses.
#include "network_list.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../base/address_text.h"
#include "group_address.h"

namespace wiretally {

bool NetworkList::parse(const std::vector<std::string>& texts, std::string* error) {
  for (const std::string& text : texts) {
    Network network{};
    uint8_t bytes[16] = {}, mask[16] = {};
    const size_t slash = text.find('/');
    network.ip_version = read_address_text(std::string_view(text).substr(0, slash), bytes);
    if (network.ip_version == 0) {
      *error = "not a network: \"" + text + "\"";
      return false;
    }
    const unsigned long max_bits = network.ip_version == 4 ? 32 : 128;
    unsigned long bits = max_bits;
    if (slash != std::string::npos) {
      const char* digits = text.c_str() + slash + 1;
      char* end = nullptr;
      bits = std::strtoul(digits, &end, 10);
      if (end == digits || *end != '\0' || *digits == '-' || bits > max_bits) {
        *error = "not a prefix length: \"" + text + "\"";
        return false;
      }
    }
    if (networks_.size() == kMaxNetworks) {
      *error = "more than " + std::to_string(kMaxNetworks) + " networks";
      return false;
    }
    for (size_t i = 0; i < bits / 8; ++i) mask[i] = 0xff;
    if (bits % 8 != 0) mask[bits / 8] = static_cast<uint8_t>(0xff00 >> bits % 8);
    std::memcpy(network.address, bytes, sizeof bytes);
    std::memcpy(network.mask, mask, sizeof mask);
    networks_.push_back(network);
  }
  return true;
}

bool NetworkList::contains(const uint8_t* address, uint8_t ip_version) const {
  uint64_t words[2];
  std::memcpy(words, address, sizeof words);
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const uint64_t differing = ((words[0] ^ network.address[0]) & network.mask[0]) |
                               ((words[1] ^ network.address[1]) & network.mask[1]);
    return differing == 0 && network.ip_version == ip_version;
  });
}

bool NetworkList::is_internal(const uint8_t* source, const uint8_t* destination, uint8_t ip_version) const {
  if (is_group_address(destination, ip_version)) return true;
  const auto is_own = [&](const uint8_t* address) {
    return contains(address, ip_version) || is_link_address(address, ip_version);
  };
  return is_own(source) && is_own(destination);
}

}  // namespace wiretally

// NetworkList: parsing of networks and matching of addresses.
#include "network_list.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <cstring>

#include "group_address.h"

namespace wiretally {

bool NetworkList::parse(const std::vector<std::string>& texts, std::string* error) {
  for (const std::string& text : texts) {
    Network network{};
    const size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    if (inet_pton(AF_INET, address.c_str(), network.address) == 1) {
      network.ip_version = 4;
    } else if (inet_pton(AF_INET6, address.c_str(), network.address) == 1) {
      network.ip_version = 6;
    } else {
      *error = "not a network: \"" + text + "\"";
      return false;
    }
    const unsigned long widest = network.ip_version == 4 ? 32 : 128;
    unsigned long bits = widest;
    if (slash != std::string::npos) {
      const char* digits = text.c_str() + slash + 1;
      char* end = nullptr;
      bits = std::strtoul(digits, &end, 10);
      if (end == digits || *end != '\0' || *digits == '-' || bits > widest) {
        *error = "not a prefix length: \"" + text + "\"";
        return false;
      }
    }
    if (networks_.size() == kMaxNetworks) {
      *error = "more than " + std::to_string(kMaxNetworks) + " networks";
      return false;
    }
    network.prefix_bits = static_cast<uint8_t>(bits);
    networks_.push_back(network);
  }
  return true;
}

bool NetworkList::contains(const uint8_t* address, uint8_t ip_version) const {
  for (const Network& network : networks_) {
    if (network.ip_version != ip_version) continue;
    const unsigned whole = network.prefix_bits / 8u;
    const unsigned rest = network.prefix_bits % 8u;
    if (std::memcmp(network.address, address, whole) != 0) continue;
    if (rest == 0) return true;
    const unsigned differing = static_cast<unsigned>(network.address[whole] ^ address[whole]);
    if ((differing >> (8 - rest)) == 0) return true;
  }
  return false;
}

bool NetworkList::keeps_inside(const uint8_t* source, const uint8_t* destination, uint8_t ip_version) const {
  if (is_group_address(destination, ip_version)) return true;
  const auto is_own = [&](const uint8_t* address) {
    return contains(address, ip_version) || is_link_address(address, ip_version);
  };
  return is_own(source) && is_own(destination);
}

}  // namespace wiretally

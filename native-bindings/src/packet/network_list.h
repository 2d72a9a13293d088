// NetworkList is a list of CIDR networks with a membership test for addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "packet.h"

namespace wiretally {

class NetworkList {
 public:
  static constexpr size_t kMaxNetworks = 1024;

  // Parses texts like "10.0.0.0/8", "2001:db8::/32" or a single address. Returns false with the faulty text in
  // `*error`.
  bool parse(const std::vector<std::string>& texts, std::string* error);

  bool empty() const { return networks_.empty(); }
  // `address` is that of Endpoints; `ip_version` is 4 or 6.
  bool contains(const uint8_t* address, uint8_t ip_version) const;
  // True if both addresses are in the list or of the link, or if the destination is a group: the traffic does not leave
  // the site.
  bool is_internal(const uint8_t* source, const uint8_t* destination, uint8_t ip_version) const;
  bool touches(const Endpoints& ends) const {
    return contains(ends.source, ends.ip_version) || contains(ends.destination, ends.ip_version);
  }

 private:
  // The bytes are in memory order: an address is in the network if no bit of the mask differs.
  struct Network {
    uint64_t address[2];
    uint64_t mask[2];
    uint8_t ip_version;
  };
  std::vector<Network> networks_;
};

}  // namespace wiretally

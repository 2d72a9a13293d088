// Ports that several parts of the core use.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace wiretally {

constexpr uint16_t kDnsPort = 53, kHttpPort = 80;

// Ports of Squid, common HTTP proxies, and SOCKS.
constexpr uint16_t kProxyPorts[] = {1080, 3128, 3129, 8000, 8080, 8081, 8118, 8888, 9090, 9400, 9480};

inline bool is_proxy_port(uint16_t port) {
  return std::find(std::begin(kProxyPorts), std::end(kProxyPorts), port) != std::end(kProxyPorts);
}

}  // namespace wiretally

// Reads Multipath TCP (RFC 8684; version 0: RFC 6824) in a SYN or SYN-ACK. Data of one connection may use several TCP
// flows, and only the first of them has a TLS handshake.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct MultipathOption {
  uint32_t token = 0;    // identifies a connection at its server; 0: not in the packet
  bool is_join = false;  // a subflow joins that connection; else the connection starts with this flow
};

// `segment` is a TCP header and the bytes behind it, as far as captured. A client that joins names the token of the
// server, which is a hash of the key in the server's SYN-ACK.
MultipathOption read_multipath(Span segment);

}  // namespace wiretally

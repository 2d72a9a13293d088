// Multipath TCP (RFC 8684; version 0: RFC 6824): which connection a SYN or SYN-ACK belongs to. Its data may go through
// several TCP flows, and only the first of them has a handshake of TLS.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct MultipathOption {
  uint32_t token = 0;    // names a connection at its server; 0: the packet tells none
  bool is_join = false;  // a further flow of that connection asks for entry; else the connection begins with this flow
};

// `segment`: a TCP header and what follows it, as far as captured. A client that joins names the server's token, which
// is a hash of the key in the server's SYN-ACK.
MultipathOption read_multipath(Span segment);

}  // namespace wiretally

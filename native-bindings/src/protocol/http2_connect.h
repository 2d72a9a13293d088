// Reads the start of HTTP/2 in clear (RFC 9113 §3.3, §3.4) up to its first request, where that asks a proxy for a tunnel
// (§8.5).
#pragma once

#include "proxy.h"

namespace wiretally {

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Like read_connect of proxy.h. kNo for all other requests. `target` is empty if the authority cannot be read.
Progress read_http2_connect(Span bytes, size_t* consumed, ProxyTarget* target);

}  // namespace wiretally

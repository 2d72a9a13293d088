#include "hello_assembly.h"

#include <algorithm>
#include <cstring>

#include "../fingerprint/client_hello.h"
#include "../protocol/tls.h"

namespace wiretally {

namespace {

constexpr uint8_t kHandshakeRecord = 22;
constexpr size_t kMaxServerHelloBytes = 16384;

// A record of the handshake in the clear. A ClientHello may have any minor version.
bool is_handshake_header(Span stream, uint8_t type) {
  TlsRecordHeader header;
  return read_tls_record_header(stream, &header) && may_hold_client_hello(header) &&
         (type == kHandshakeClientHello || is_tls_record_header(header));
}

bool is_prefix_of_handshake(Span stream) {
  return stream.size == 0 || (stream.data[0] == kHandshakeRecord && (stream.size < 2 || stream.data[1] == 3));
}

}  // namespace

HandshakeRead read_handshake(Span stream, uint8_t type, uint8_t* joined) {
  HandshakeRead result;
  uint8_t header[kTlsHandshakeHeaderBytes] = {};
  size_t seen = 0;   // bytes of the message seen so far
  size_t total = 0;  // its length, once the four header bytes are complete
  size_t at = 0;
  while (true) {
    const size_t left = stream.size - at;
    if (left < kTlsRecordHeaderBytes) {
      if (!is_prefix_of_handshake(Span{stream.data + at, left})) return result;
      result.progress = Progress::kMore;
      result.needed = at + kTlsRecordHeaderBytes;
      return result;
    }
    if (!is_handshake_header(Span{stream.data + at, left}, type)) return result;
    const size_t length = (size_t{stream.data[at + 3]} << 8) | stream.data[at + 4];
    const uint8_t* body = stream.data + at + kTlsRecordHeaderBytes;
    const size_t available = std::min(length, left - kTlsRecordHeaderBytes);
    for (size_t i = 0; i < available && seen + i < sizeof header; ++i) header[seen + i] = body[i];
    if (seen + available > 0 && header[0] != type) return result;
    if (total == 0 && seen + available >= sizeof header) {
      total = sizeof header + ((size_t{header[1]} << 16) | (size_t{header[2]} << 8) | header[3]);
      if (total > (type == kHandshakeServerHello ? kMaxServerHelloBytes : kMaxHelloBytes)) return result;
    }
    const bool whole_here = seen == 0 && total > 0 && total <= available;
    if (!whole_here && seen < kMaxHelloBytes) memcpy(joined + seen, body, std::min(available, kMaxHelloBytes - seen));
    seen += available;
    at += kTlsRecordHeaderBytes + length;
    if (total > 0 && seen >= total) {
      result.progress = Progress::kDone;
      result.message = Span{whole_here ? body : joined, total};
      result.consumed = at;
      return result;
    }
    if (available < length) {
      result.progress = Progress::kMore;
      const size_t missing = total > 0 ? std::min(length - available, total - seen) : 1;
      result.needed = stream.size + missing;
      return result;
    }
    if (at > kMaxHelloStream) return result;
  }
}

}  // namespace wiretally

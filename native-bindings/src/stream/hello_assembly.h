// Reassembles handshake messages from the bytes of a stream: a ClientHello or ServerHello may be spread over several
// TLS records (RFC 8446 §5.1).
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "../protocol/proxy.h"

namespace wiretally {

constexpr uint8_t kHandshakeClientHello = 1;
constexpr uint8_t kHandshakeServerHello = 2;

// The maximum bytes of a stream for a message below kMaxHelloBytes, divided into the smallest records that clients
// send.
constexpr size_t kMaxHelloStream = 65536 + 16384;

struct HandshakeRead {
  Progress progress = Progress::kNo;
  size_t needed = 0;    // kMore: bytes of stream required for the next attempt
  size_t consumed = 0;  // kDone: end of the record that holds the message's end
  Span message;         // kDone: type, u24 length, body; in `stream` or in `joined`
};

// Reads one handshake message of `type` at the start of `stream`, which begins with a record header. `joined` (of
// kMaxHelloBytes) is used only when the message is spread over records.
HandshakeRead read_handshake(Span stream, uint8_t type, uint8_t* joined);

}  // namespace wiretally

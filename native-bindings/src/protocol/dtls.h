// DTLS 1.0 to 1.3 handshakes in the clear (RFC 6347 §4.2, RFC 9147 §5): ClientHellos reassembled
// from fragments; HelloVerifyRequest and HelloRetryRequest detected.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/counters.h"
#include "../base/cursor.h"
#include "tls_message.h"

namespace wiretally {

constexpr size_t kDtlsRecordHeaderBytes = 13;
constexpr size_t kDtlsHandshakeHeaderBytes = 12;

// Whether a UDP payload begins with a DTLS record: content type 20 to 25, version 1.0, 1.2 or the 0x0100 that OpenSSL
// used before the RFC, and a length that fits the datagram.
bool looks_like_dtls(Span datagram);

struct DtlsDatagramResult {
  bool is_dtls = false;           // begins with a DTLS record
  bool has_client_hello = false;  // holds a ClientHello or a piece of one: its sender is the client
  bool server_hello = false;      // holds a ServerHello that is not a HelloRetryRequest
  bool retry_seen = false;        // holds a HelloVerifyRequest or a HelloRetryRequest
  Span hello;                     // a whole ClientHello: type, u24 length, body; valid until the next call. Empty
                                  // otherwise, and for one that only repeats the hello given last
  bool is_second_hello = false;   // `hello` answers a HelloVerifyRequest or HelloRetryRequest of a hello given before
  uint16_t packets = 0;           // datagrams of `hello`
};

// The hellos of one UDP 5-tuple; either side may be the client.
class DtlsClientHandshake {
 public:
  // Shows one whole UDP payload. `counters` may be null, for payload that the snaplen cut.
  DtlsDatagramResult on_datagram(Span datagram, Counters* counters);
  bool has_partial_hello() const { return message_length_ != 0; }
  void reset() { *this = DtlsClientHandshake(); }
  size_t memory_bytes() const { return assembly_.memory_bytes() + hello_.capacity(); }

 private:
  struct Fragment;
  void on_handshake(Span record, DtlsDatagramResult* result, Counters* counters);
  void on_client_fragment(const Fragment& fragment, DtlsDatagramResult* result, Counters* counters);
  void finish_hello(DtlsDatagramResult* result);

  MessageAssembly assembly_;     // body of the ClientHello under way
  std::vector<uint8_t> hello_;   // the message that was given last
  uint32_t message_length_ = 0;  // of the ClientHello under way, 0 = none
  uint16_t message_sequence_ = 0;
  uint16_t packets_ = 0;
  uint16_t given_sequence_ = 0;
  bool counted_this_datagram_ = false;
  bool retry_asked_ = false;  // since the last hello
};

}  // namespace wiretally

// Parses DTLS 1.0 to 1.3 handshakes in clear text (RFC 6347 §4.2, RFC 9147 §5): reassembles ClientHellos from
// fragments, and detects HelloVerifyRequest and HelloRetryRequest.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/counters.h"
#include "../base/cursor.h"
#include "tls_message.h"

namespace wiretally {

constexpr size_t kDtlsRecordHeaderBytes = 13;
constexpr size_t kDtlsHandshakeHeaderBytes = 12;

// True if a UDP payload begins with a DTLS record: content type 20 to 25, version 1.0, 1.2 or the 0x0100 that OpenSSL
// used before the RFC, and a length that fits the datagram.
bool looks_like_dtls(Span datagram);

struct DtlsDatagramResult {
  bool is_dtls = false;           // begins with a DTLS record
  bool has_client_hello = false;  // contains a ClientHello or a piece of one: its sender is the client
  bool server_hello = false;      // contains a ServerHello that is not a HelloRetryRequest
  bool retry_seen = false;        // contains a HelloVerifyRequest or a HelloRetryRequest
  Span hello;                     // a whole ClientHello: type, u24 length, body; valid until the next call. Empty
                                  // otherwise, and for one that only repeats the hello returned last
  bool is_second_hello = false;   // `hello` answers a HelloVerifyRequest or HelloRetryRequest of an earlier hello
  uint16_t packets = 0;           // datagrams of `hello`
};

// Finds the hellos of one UDP 5-tuple; either side may be the client.
class DtlsClientHandshake {
 public:
  // Processes one whole UDP payload. `counters` may be null, for payload that the snaplen cut.
  DtlsDatagramResult on_datagram(Span datagram, Counters* counters);
  bool has_partial_hello() const { return !messages_.empty(); }
  void reset() { *this = DtlsClientHandshake(); }
  size_t memory_bytes() const;

 private:
  struct Fragment;
  // Reassembles a ClientHello. Fragments of a repeated one may come between those of its successor (RFC 6347 §4.2.3).
  struct Message {
    MessageAssembly body;
    uint32_t length;
    uint16_t sequence;
    uint16_t packets = 0;
    uint32_t datagram = 0;  // the last datagram with a new fragment
  };
  // A handshake has no more of them. The one that got a fragment last is kept longest.
  static constexpr size_t kMaxMessages = 4;
  void on_handshake(Span record, DtlsDatagramResult* result, Counters* counters);
  void on_client_fragment(const Fragment& fragment, DtlsDatagramResult* result, Counters* counters);
  // Returns the one to which the fragment belongs, and moves it to the end.
  Message& message_of(const Fragment& fragment, Counters* counters);
  void finish_hello(const Message& message, DtlsDatagramResult* result);

  std::vector<Message> messages_;
  std::vector<uint8_t> hello_;  // the message that was returned last
  uint32_t datagrams_ = 0;
  uint16_t given_sequence_ = 0;
  bool retry_asked_ = false;  // since the last hello
};

}  // namespace wiretally

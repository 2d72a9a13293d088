// Finds the ClientHellos of the QUIC connections on one UDP 5-tuple in their Initial packets (RFC 9001 §5, RFC 9369
// §3.3). Packets that do not authenticate are not parsed.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/counters.h"
#include "../base/cursor.h"
#include "quic.h"

namespace wiretally {

// Results of one datagram. `hello` is in memory of the handshake or of the thread and valid until the next call
// on this thread.
struct QuicDatagramResult {
  bool is_quic = false;         // begins with a long header of a known version, or version negotiation
  bool authenticated = false;   // at least one client Initial in it was opened
  bool from_client = false;     // the sender, if the keys determine it; else the given hint
  bool new_connection = false;  // The packet opened a connection while another one was known on this 5-tuple.
  bool is_answered = false;     // the client uses the connection id of the server (RFC 9000 §7.2): both ends exist
  bool is_older_alive = false;  // The packet belongs to an older connection, which continues.
  bool retry_seen = false;      // a Retry, or a second hello after a HelloRetryRequest
  Span hello;                   // a whole ClientHello handshake message that was not returned before; empty otherwise
  bool is_second_hello =
      false;             // `hello` is another one of the same connection: it answers a HelloRetryRequest or Retry
  uint16_t packets = 0;  // QUIC packets of `hello`
};

class QuicClientHandshake {
 public:
  // Maximum connections on one 5-tuple; the oldest is evicted.
  static constexpr size_t kMaxConnections = 4;

  QuicClientHandshake();
  ~QuicClientHandshake();
  QuicClientHandshake(QuicClientHandshake&&) noexcept;
  QuicClientHandshake& operator=(QuicClientHandshake&&) noexcept;

  // Adds one UDP payload. The direction is only a hint: the keys determine the sender of an Initial. Failures are
  // counted by reason; `counters` may be null, for payload cut by the snaplen. A hello repeated after a Retry with the
  // same random is not returned again.
  QuicDatagramResult on_datagram(Span datagram, bool from_client, Counters* counters);

  // True if client Initials were decrypted, but the newest connection has no complete hello yet.
  bool has_partial_hello() const;
  // Resets the object to its initial state and frees its memory.
  void reset();
  // Returns the heap memory, for the limit of the owner.
  size_t memory_bytes() const;

 private:
  struct Connection;
  class Reader;
  std::unique_ptr<Connection> newest_;  // a chain of at most kMaxConnections
};

}  // namespace wiretally

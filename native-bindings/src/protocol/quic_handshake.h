// QuicClientHandshake: the ClientHellos of the QUIC connections on one UDP 5-tuple, out of Initial packets (RFC 9001
// §5, RFC 9369 §3.3). What does not authenticate is not parsed.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/counters.h"
#include "../base/cursor.h"
#include "quic.h"

namespace wiretally {

// What one datagram taught. `hello` lies in memory of the handshake or of the thread and is valid until the next call
// on this thread.
struct QuicDatagramResult {
  bool is_quic = false;         // begins with a long header of a known version, or version negotiation
  bool authenticated = false;   // at least one client Initial in it was opened
  bool from_client = false;     // who sent it, as far as the keys tell; else the hint that was given
  bool new_connection = false;  // it opened a connection while another one was known on this 5-tuple
  bool is_answered = false;  // the client uses the connection id that the server chose (RFC 9000 §7.2): both are there
  bool is_older_alive = false;  // it belongs to a connection before the newest one, which goes on
  bool retry_seen = false;      // a Retry, or a second hello after a HelloRetryRequest
  Span hello;                   // a whole ClientHello handshake message that was not given before; empty otherwise
  bool is_second_hello =
      false;             // `hello` is another one of the same connection: it answers a HelloRetryRequest or Retry
  uint16_t packets = 0;  // QUIC packets that `hello` came in
};

class QuicClientHandshake {
 public:
  // Connections followed at once on one 5-tuple; the oldest is forgotten.
  static constexpr size_t kMaxConnections = 4;

  QuicClientHandshake();
  ~QuicClientHandshake();
  QuicClientHandshake(QuicClientHandshake&&) noexcept;
  QuicClientHandshake& operator=(QuicClientHandshake&&) noexcept;

  // Shows one whole UDP payload. The direction is only a hint: the keys tell who sent an Initial. Reasons of failure are
  // counted; `counters` may be null, for payload that the snaplen cut. A hello that comes again after a Retry with the
  // same random is not given again.
  QuicDatagramResult on_datagram(Span datagram, bool from_client, Counters* counters);

  // Client Initials were opened, but no hello has come of the newest connection yet.
  bool has_partial_hello() const;
  // Back to the state of a new object; keeps no memory.
  void reset();
  // Heap memory held, for the owner's ceiling.
  size_t memory_bytes() const;

 private:
  struct Connection;
  class Reader;
  std::unique_ptr<Connection> newest_;  // a chain of at most kMaxConnections
};

}  // namespace wiretally

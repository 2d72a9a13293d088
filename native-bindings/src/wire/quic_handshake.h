// QuicClientHandshake: the ClientHellos of the QUIC connections on one UDP 5-tuple, out of Initial packets (RFC 9001
// §5, RFC 9369 §3.3). What does not authenticate is not parsed.
#pragma once

#include <cstdint>
#include <memory>

#include "counters.h"
#include "cursor.h"
#include "quic.h"
#include "tls_message.h"

namespace wiretally {

// What one datagram taught. `hello` lies in memory of the handshake (or of the thread) and is valid until the next call
// on this thread.
struct QuicDatagramResult {
  bool is_quic = false;         // begins with a long header of a known version, or version negotiation
  bool authenticated = false;   // at least one client Initial in it was opened
  bool new_connection = false;  // it opened a connection while another one was known on this 5-tuple
  bool retry_seen = false;      // a Retry or (by a second hello) a HelloRetryRequest
  Span hello;                   // a whole ClientHello handshake message that was not given before; empty otherwise
  bool is_second_hello = false; // `hello` answers a HelloRetryRequest or comes again after a Retry
  uint16_t packets = 0;         // QUIC packets that `hello` came in
};

class QuicClientHandshake {
 public:
  // Connections followed at once on one 5-tuple; the oldest is forgotten.
  static constexpr size_t kMaxConnections = 4;

  QuicClientHandshake();
  ~QuicClientHandshake();
  QuicClientHandshake(QuicClientHandshake&&) noexcept;
  QuicClientHandshake& operator=(QuicClientHandshake&&) noexcept;

  // Shows one whole UDP payload. The direction is only a hint: the keys tell who sent an Initial; on a first datagram
  // both directions may be wrong. Reasons of failure are counted.
  QuicDatagramResult on_datagram(Span datagram, bool from_client, Counters* counters);

  // No unfinished hello is held: the last known connection has given its hello.
  bool is_idle() const;
  // Client Initials were opened, but no hello has come of them yet.
  bool has_partial_hello() const;
  // Back to the state of a new object; keeps no memory.
  void reset();
  // Heap memory held, for the owner's ceiling.
  size_t memory_bytes() const;

 private:
  struct Connection;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wiretally

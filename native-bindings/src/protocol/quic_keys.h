// Derives Initial keys (RFC 9001 §5.2, RFC 9369 §3.3) and opens Initial packets.
#pragma once

#include <cstdint>

#include "quic.h"

namespace wiretally {

struct QuicKeys {
  uint8_t key[16];
  uint8_t iv[12];
  uint8_t hp[16];
};

enum class QuicSide : uint8_t { kClient, kServer };

// Derives the keys that one side uses in Initials of a connection. Returns false for a family without known keys.
bool derive_quic_keys(QuicFamily family, Span dcid, QuicSide side, QuicKeys* keys);

struct QuicPlaintext {
  Span frames;  // Frames in memory of the thread, valid until its next call.
  uint64_t packet_number = 0;
};

// Removes header protection and opens the payload of an Initial. `expected_number` is one more than the largest packet
// number seen on the connection, 0 for none (RFC 9000 §A.3). Returns false if it does not authenticate.
bool open_quic_initial(const QuicLongHeader& header, Span packet, const QuicKeys& keys, uint64_t expected_number,
                       QuicPlaintext* plain);

}  // namespace wiretally

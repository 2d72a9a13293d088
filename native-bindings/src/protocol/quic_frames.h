// Frames of Initial packets: extracts CRYPTO data and skips all other valid frames (RFC 9000 §12.4, §19; the
// frames of gQUIC for T050 and T051).
#pragma once

#include <cstdint>

#include "quic.h"

namespace wiretally {

struct CryptoFrame {
  uint64_t offset = 0;
  Span data;
};

// Walks the frames of one opened Initial.
class QuicFrameReader {
 public:
  QuicFrameReader(QuicFamily family, Span frames);

  // Reads the next CRYPTO frame; returns false at the end of the packet or at a fault.
  bool next(CryptoFrame* frame);
  // Returns false if a frame is truncated or not valid in an Initial. Earlier frames remain valid.
  bool ok() const { return cursor_.ok(); }

 private:
  bool next_ietf(CryptoFrame* frame);
  bool next_google(CryptoFrame* frame);
  void read_crypto(CryptoFrame* frame);
  void skip_ack(bool has_ecn);
  void skip_google_ack(uint8_t type);

  Cursor cursor_;
  bool is_google_;
};

}  // namespace wiretally

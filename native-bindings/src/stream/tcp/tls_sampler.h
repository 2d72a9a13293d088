// TlsSampler takes samples of a TLS connection after its handshake. The length of a record is limited, so some thousand
// bytes in a row without a record header belong to another protocol.
#pragma once

#include <cstdint>

#include "../segment.h"

namespace wiretally {

class TlsSampler {
 public:
  // Begins a sample of the side that sends next.
  void begin();
  void on_segment(unsigned side, const Segment& segment);
  // Ends the samples: the bytes after the handshake are not TLS records.
  void lose() { state_ = State::kLost; }

  bool is_sampling() const { return state_ == State::kStarting || state_ == State::kSampling; }
  bool is_lost() const { return state_ == State::kLost; }

 private:
  // `kFound`: the sample contains a header, or the snaplen cut it.
  enum class State : uint8_t { kNone, kStarting, kSampling, kFound, kLost };
  static constexpr unsigned kKeptBytes = 4;

  bool holds_header(Span bytes) const;
  void keep_end(Span bytes);

  uint32_t next_ = 0;
  uint16_t bytes_ = 0;  // number of consecutive bytes without a header
  State state_ = State::kNone;
  uint8_t side_ = 0;
  uint8_t kept_[kKeptBytes] = {};  // the last bytes, as a header may begin in them; zeros begin none
};

}  // namespace wiretally

// MessageAssembly: reassembles one handshake message from pieces by offset, in any order, overlapping or
// repeated (QUIC CRYPTO frames, DTLS fragments, TCP segments). Memory grows with the received bytes; both bytes and
// number of holes are limited. Where pieces overlap, the first bytes are retained.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

class MessageAssembly {
 public:
  // Maximum bytes from the origin. A ClientHello with several post-quantum shares is below 16 KiB.
  static constexpr size_t kMaxBytes = 65536 + 16384;
  // The maximum number of separate ranges. Browsers cut an Initial's CRYPTO data into a few dozen shuffled pieces at
  // most.
  static constexpr size_t kMaxRanges = 128;

  // Maximum distance of a piece from the stored bytes, so that memory is proportional to the input.
  static constexpr size_t kMaxGap = 16384;

  enum class Added : uint8_t { kNew, kNothingNew, kRefused };

  // Adds a piece. kRefused: above a limit; stored bytes remain.
  Added add(uint64_t offset, Span piece);

  // Returns the bytes from the origin up to the first hole.
  Span prefix() const;

  // Drops the first `count` bytes, received or not: the origin moves.
  void consume(size_t count);

  uint64_t origin() const { return origin_; }
  bool empty() const { return ranges_.empty(); }

  // Frees all memory and resets the origin to 0.
  void clear();

  size_t memory_bytes() const { return bytes_.capacity() + ranges_.capacity() * sizeof(Range); }

 private:
  struct Range {
    uint32_t begin;
    uint32_t end;
  };
  void copy(uint32_t begin, uint32_t end, uint32_t piece_begin, Span piece);
  void give_back();

  uint64_t origin_ = 0;
  std::vector<uint8_t> bytes_;
  std::vector<Range> ranges_;  // sorted, disjoint, not touching
};

}  // namespace wiretally

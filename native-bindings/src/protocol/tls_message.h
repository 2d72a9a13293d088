// MessageAssembly: one handshake message put together from pieces that come by offset, in any order, overlapping or
// repeated (QUIC CRYPTO frames, DTLS fragments, TCP segments). Memory grows with what has come; both the bytes and the
// number of holes have ceilings. Where pieces overlap, the bytes that came first stay.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

class MessageAssembly {
 public:
  // Bytes from the origin on. A ClientHello with several post-quantum shares stays below 16 KiB.
  static constexpr size_t kMaxBytes = 65536 + 16384;
  // Separate ranges at once. Browsers cut an Initial's CRYPTO data into a few dozen shuffled pieces at most.
  static constexpr size_t kMaxRanges = 128;

  // How far beyond the bytes held a piece may begin, so that memory stays in proportion to what came.
  static constexpr size_t kMaxGap = 16384;

  enum class Added : uint8_t { kNew, kNothingNew, kRefused };

  // Adds a piece. kRefused: above a ceiling; what was there stays.
  Added add(uint64_t offset, Span piece);

  // The bytes from the origin up to the first hole.
  Span prefix() const;

  // Forgets the first `count` bytes, whether they have come or not: the origin moves.
  void consume(size_t count);

  uint64_t origin() const { return origin_; }
  bool empty() const { return ranges_.empty(); }

  // Gives all memory back; the origin is 0 again.
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

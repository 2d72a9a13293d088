// StreamPool is fixed memory for pending TCP payload: of incomplete handshake messages, or after a missing segment.
// Each shard has the same amount. The pieces of one direction form a list in order of sequence numbers, without
// overlaps: of retransmitted bytes, the first copy is retained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/cursor.h"
#include "../io/mapped_memory.h"
#include "segment.h"

namespace wiretally {

struct StreamChunk {
  static constexpr size_t kBytes = 484;
  uint32_t next;  // index of the chunk behind it, 0 = none
  uint32_t seq;
  uint32_t extent;           // length in the stream: above length when the snaplen cut its packet
  uint16_t length;           // stored bytes
  uint16_t segments;         // segments that begin in it
  int64_t ts_ns;             // latest arrival in it
  uint32_t acknowledgement;  // of the segment, where it matters
  uint8_t bytes[kBytes];

  uint32_t end() const { return seq + extent; }
};
static_assert(sizeof(StreamChunk) == 512);

// The list of one direction; all zeros is an empty one.
struct StreamPieces {
  uint32_t head = 0;
  uint32_t tail = 0;
  uint32_t chunks = 0;
};

class StreamPool {
 public:
  explicit StreamPool(size_t shard_bytes, size_t shards = 1);

  // Adds the new part of a segment. `joins`: small segments may share a chunk, and then lose their boundaries. `shard`
  // is that of all segments of these pieces. Returns false if the pool is full: part of the segment may then be
  // missing. Sets `differs`, which may be null, if a retransmission has other bytes.
  bool add(StreamPieces* pieces, uint32_t seq, Span data, uint32_t extent, int64_t ts_ns, bool joins, uint8_t shard = 0,
           uint32_t acknowledgement = 0, bool* differs = nullptr);

  // True if stored bytes differ from `data`, which begins at `seq`.
  bool has_other(const StreamPieces& pieces, uint32_t seq, Span data) const;

  const StreamChunk& chunk(uint32_t index) const { return chunks_[index]; }

  // Returns the index of the chunk that contains `seq`; 0 if there is none.
  uint32_t find(const StreamPieces& pieces, uint32_t seq) const;

  // Returns the number of contiguous bytes from `from` to the first hole.
  size_t contiguous(const StreamPieces& pieces, uint32_t from) const;

  // Copies these bytes, at most `max`, and returns their number.
  size_t copy(const StreamPieces& pieces, uint32_t from, uint8_t* out, size_t max) const;

  // Returns the number of segments in [from, to), at least 1.
  uint32_t segments(const StreamPieces& pieces, uint32_t from, uint32_t to) const;

  // Frees the chunks that end at or before `seq`.
  void drop_before(StreamPieces* pieces, uint32_t seq);
  void clear(StreamPieces* pieces);

  size_t free_chunks(uint8_t shard = 0) const { return shards_[shard].free_count + (count_ - shards_[shard].used); }

 private:
  struct Shard {
    size_t used = 0;  // chunks ever taken from the front; those of shards alternate
    size_t free_count = 0;
    uint32_t free_head = 0;
  };

  Shard& shard_of(uint32_t index) { return shards_[(index - 1) % static_cast<uint32_t>(shards_.size())]; }
  uint32_t take(uint8_t shard);
  void give(uint32_t index);
  // Inserts one hole-filling run after chunk `before` (0: at the head); returns the last chunk written, 0 if the pool is full.
  uint32_t insert_run(StreamPieces* pieces, uint32_t before, uint32_t seq, Span data, uint32_t extent, int64_t ts_ns,
                      bool joins, bool begins_segment, uint8_t shard, uint32_t acknowledgement);

  const size_t count_;  // chunks of a shard; index 0 means "none"
  std::vector<Shard> shards_;
  MappedArray<StreamChunk> chunks_;
};

}  // namespace wiretally

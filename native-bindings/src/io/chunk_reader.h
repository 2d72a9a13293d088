// ChunkReader: pieces of one classic pcap file, each read and walked by itself from where a record seems to
// begin. Whether one does is known when the piece before has been walked: its last record ends there, or else
// the walk is repeated from where it ends. A capture of a capture fools every such guess.
//
// It gives nothing but whole, undamaged records. What stands in their way (an end inside a record, a length
// that cannot be, a file that has become shorter) is left to CaptureReader, which goes on at `next`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "capture_format.h"

namespace wiretally {

struct Chunk {
  static constexpr uint64_t kNowhere = UINT64_MAX;

  uint64_t begin = 0;  // offsets in the file
  uint64_t end = 0;
  uint64_t first = kNowhere;  // record that the walk began with
  uint64_t next = 0;          // first record behind those that were walked
  bool is_whole = false;      // `next` is at or behind `end`
  CaptureSummary summary;
  std::vector<Frame> frames;  // the first `count` are filled; they point into `bytes`
  size_t count = 0;
  std::unique_ptr<uint8_t[]> bytes;
  size_t at_hand = 0;
};

// Puts what was read behind into what was read before.
void add_summary(const CaptureSummary& behind, CaptureSummary* sum);

// All methods but the constructor may be called from several threads at once, each with its own chunk.
class ChunkReader {
 public:
  // Fits the second-level cache beside its packets.
  static constexpr size_t kChunkBytes = 128u << 10;

  // `format` has likely records (CaptureFormat) and stays valid. The first of them is at `begin`.
  ChunkReader(int fd, CaptureFormat* format, uint64_t begin, uint64_t end, size_t chunk_bytes)
      : fd_(fd), format_(format), begin_(begin), end_(end), chunk_bytes_(chunk_bytes) {}

  uint64_t begin() const { return begin_; }
  uint64_t size() const { return (end_ - begin_ + chunk_bytes_ - 1) / chunk_bytes_; }

  // Reads the bytes of one piece and, with `guesses`, walks them from the first likely record.
  void read(uint64_t number, bool guesses, Chunk* chunk) const;
  // Walks a piece that was read from where a record begins in truth.
  void walk(uint64_t first, Chunk* chunk) const;

 private:
  // Read behind the end of a piece, so that most records that reach over it are at hand.
  static constexpr size_t kOverhang = 2048;

  bool fill(Chunk* chunk, size_t count) const;
  bool walk_last(RecordWindow* window, Chunk* chunk) const;

  int fd_;
  CaptureFormat* format_;
  uint64_t begin_;
  uint64_t end_;
  size_t chunk_bytes_;
};

}  // namespace wiretally

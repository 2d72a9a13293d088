// ChunkReader: pieces of one classic pcap file, each read and walked from a probable record
// boundary. The boundary is verified when the previous piece has been walked: its last record ends there, or else
// the walk is repeated from that end. A capture of a capture defeats every such guess.
//
// It returns only complete, undamaged records. Everything else (an end inside a record, an invalid length,
// a file that has become shorter) is left to CaptureReader, which continues at `next`.
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

// Appends the result of a later read to an earlier one.
void add_summary(const CaptureSummary& behind, CaptureSummary* sum);

// All methods except the constructor may be called from several threads concurrently, each with its own chunk.
class ChunkReader {
 public:
  // Fits the second-level cache together with its packets.
  static constexpr size_t kChunkBytes = 128u << 10;

  // `format` supports probing (CaptureFormat) and remains valid. Its first record is at `begin`.
  ChunkReader(int fd, CaptureFormat* format, uint64_t begin, uint64_t end, size_t chunk_bytes)
      : fd_(fd), format_(format), begin_(begin), end_(end), chunk_bytes_(chunk_bytes) {}

  uint64_t begin() const { return begin_; }
  uint64_t size() const { return (end_ - begin_ + chunk_bytes_ - 1) / chunk_bytes_; }

  // Reads the bytes of one piece and, with `guesses`, walks them from the first probable record.
  void read(uint64_t number, bool guesses, Chunk* chunk) const;
  // Walks a piece from its real first record.
  void walk(uint64_t first, Chunk* chunk) const;

 private:
  // Extra bytes after the end of a piece, so that most records that extend beyond it are complete.
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

// CaptureReader: packets out of one pcap or pcapng input, from a file or from pushed bytes. It owns its
// blocks; the frames it gives point into them. Reading and walking the records is serial; decoding the frames
// need not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "frame_source.h"

namespace wiretally {

class ChunkReader;
struct ZstdCalls;

// Limits for the decompression of pushed bytes.
struct PackedOptions {
  const ZstdCalls* calls = nullptr;  // must outlive the reader
  // Decompression stops above the larger of these two: a number of bytes, and a multiple of the compressed size.
  uint64_t free_bytes = 0;
  uint32_t most_expansion = 0;
};

// Progress of a compressed stream, which the caller interprets.
struct PackedState {
  const char* error = nullptr;  // Message of libzstd.
  bool is_refused = false;      // too many bytes came out
  bool may_end = true;          // not inside of a frame
};

// Faults of an input; CaptureError::code.
enum class CaptureErrorCode : uint32_t {
  kNone = 0,
  kReadFailed = 1,   // the system could not read the file
  kEmpty = 2,        // no bytes at all
  kForeign = 3,      // neither pcap nor pcapng
  kVersion = 4,      // an undefined version of the format
  kTruncated = 5,    // the input ends inside a record
  kTooLong = 6,      // a length beyond kMaxCaptured
  kBlockLength = 7,  // an invalid pcapng block length
  kInterface = 8,    // a packet of an undeclared interface
};

class CaptureReader final : public FrameSource {
 public:
  // Longest record accepted, in bytes: libpcap's MAXIMUM_SNAPLEN.
  static constexpr uint32_t kMaxCaptured = 262144;
  static constexpr size_t kBlockBytes = 1u << 18;  // Two blocks and the flows fit into the second-level cache.
  static constexpr size_t kMaxBlocks = 256;

  explicit CaptureReader(uint32_t file_index);
  ~CaptureReader() override;
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // Opens a file for large read() calls. Returns 0 or an errno value. One reader reads one input.
  int open_file(const char* path);
  // Bytes arrive through push().
  void open_stream();
  // The same; the bytes are zstd (RFC 8878). They are unpacked where they are walked, while they are in the cache. Damage
  // does not end the stream: nothing behind it is read.
  void open_packed(const PackedOptions& options);
  PackedState packed_state() const;
  void push(const uint8_t* data, size_t size, bool is_end);

  // For a classic pcap file of more than one chunk, before it is read: its records in pieces, up to
  // the current size. Null for other inputs. Valid as long as this reader.
  std::unique_ptr<ChunkReader> open_chunks(size_t chunk_bytes);
  // Counts a piece of a chunk reader, in order, as read by this reader.
  void add(const CaptureSummary& summary);
  // After all pieces: read() continues at this record.
  void go_on_at(uint64_t offset);

  // Pinned blocks are missing in the pool: with all kMaxBlocks pinned read() waits for one to be
  // released.
  ReadStatus read(Frame* frames, size_t max, size_t* count, Block** block) override;

  const CaptureError& error() const override;
  const CaptureSummary& summary() const override;
  uint64_t bytes_read() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wiretally

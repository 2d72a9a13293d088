// CaptureReader: packets out of one pcap or pcapng input, from a file or from pushed bytes. It owns its
// blocks; the frames it gives point into them. Reading and walking the records is serial; decoding the frames
// need not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wiretally {

// One captured frame. `data` points into a block that CaptureReader::read pinned for the caller. `captured`
// is never more than `wire_bytes`. Times lie between 0 and 2^62 ns; absurd ones are clamped to that.
struct Frame {
  const uint8_t* data;
  int64_t ts_ns;
  uint32_t captured;    // bytes at data
  uint32_t wire_bytes;  // original length
  uint16_t link_type;   // LINKTYPE value
  uint8_t fcs_bytes;    // bytes of a frame check sequence at the end of data, 0 when none or cut off
  uint8_t reserved;
  uint32_t file_index;
};

// A reusable piece of memory of an input. Blocks come from a fixed pool and go back when the last pin is
// dropped.
struct Block;

enum class ReadStatus : uint8_t {
  kFrames,    // at least one frame was given
  kNeedInput, // stream input: push more bytes
  kEnd,       // the input ended at a record boundary
  kError,     // the input cannot be read further: see error(); what was given before stays valid
};

// What is wrong with an input; CaptureError::code.
enum class CaptureErrorCode : uint32_t {
  kNone = 0,
  kReadFailed = 1,    // the system could not read the file
  kEmpty = 2,         // no bytes at all
  kForeign = 3,       // neither pcap nor pcapng
  kVersion = 4,       // a version of the format that nobody has defined
  kTruncated = 5,     // the input ends inside a record
  kTooLong = 6,       // a length beyond kMaxCaptured
  kBlockLength = 7,   // a pcapng block length that cannot be
  kInterface = 8,     // a packet of an interface that was not declared
};

struct CaptureError {
  uint32_t code = 0;    // 0 none; else a CaptureErrorCode
  uint64_t offset = 0;  // byte offset in the (decompressed) input of the record or block at fault
  std::string reason;   // one sentence without file name and offset
  bool truncated = false;  // the input ends inside a record (a cut file), not a damaged one
};

struct CaptureSummary {
  uint64_t packets = 0;
  uint64_t wire_bytes = 0;
  int64_t first_ns = 0;  // smallest packet time
  int64_t last_ns = 0;   // largest
  std::vector<uint16_t> link_types;  // distinct, in order of appearance
};

class CaptureReader {
 public:
  // Longest record accepted, in bytes: libpcap's MAXIMUM_SNAPLEN.
  static constexpr uint32_t kMaxCaptured = 262144;
  static constexpr size_t kBlockBytes = 1u << 20;
  static constexpr size_t kMaxBlocks = 64;

  explicit CaptureReader(uint32_t file_index);
  ~CaptureReader();
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // Opens a file for big read() blocks. Returns 0 or an errno value. One reader reads one input.
  int open_file(const char* path);
  // Bytes will come through push().
  void open_stream();
  void push(const uint8_t* data, size_t size, bool is_end);

  // Gives up to `max` frames of one block. All frames of one call point into one block, which stays valid
  // until unpin(block) has been called once for every call that returned it; `*block` is null when no frame
  // was given. unpin may be called from any thread. Blocks a caller keeps are missing in the pool: with all
  // kMaxBlocks pinned read() waits for one to come back.
  ReadStatus read(Frame* frames, size_t max, size_t* count, Block** block);
  static void unpin(Block* block);

  const CaptureError& error() const;
  const CaptureSummary& summary() const;
  uint64_t bytes_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wiretally

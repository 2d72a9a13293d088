// FrameSource: where frames come from, a capture or a live interface, and the blocks of memory that hold them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../base/frame.h"

namespace wiretally {

struct Block;

// Who gets a block back when the last pin is dropped.
class BlockHome {
 public:
  virtual ~BlockHome() = default;
  virtual void take_back(Block* block) = 0;
};

// A reusable piece of memory with frames in it. `home` is set while the block is pinned, so that a block may
// outlive its source.
struct Block {
  std::atomic<uint32_t> pins{0};
  std::shared_ptr<BlockHome> home;
};

enum class ReadStatus : uint8_t {
  kFrames,     // at least one frame was given
  kNeedInput,  // stream input: push more bytes
  kQuiet,      // live input: nothing has come; wait()
  kEnd,        // the input ended at a record boundary
  kError,      // the input cannot be read further: see error(); what was given before stays valid
};

struct CaptureError {
  uint32_t code = 0;       // 0 none; else a CaptureErrorCode
  uint64_t offset = 0;     // byte offset in the (decompressed) input of the record or block at fault
  std::string reason;      // one sentence without file name and offset
  bool truncated = false;  // the input ends inside a record (a cut file), not a damaged one
};

struct CaptureSummary {
  uint64_t packets = 0;
  uint64_t wire_bytes = 0;
  int64_t first_ns = 0;              // smallest packet time
  int64_t last_ns = 0;               // largest
  uint64_t back_ns = 0;              // how far a packet's time was behind the largest before it, at most
  uint64_t drops = 0;                // packets that the capturing machine says it dropped
  int64_t drops_since_ns = 0;        // since when its counters count, as it says; 0: unknown
  std::vector<uint16_t> link_types;  // distinct, in order of appearance
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // Gives up to `max` frames of one block. All frames of one call point into one block, which stays valid
  // until unpin(block) has been called once for every call that returned it; `*block` is null when no frame
  // was given. unpin may be called from any thread.
  virtual ReadStatus read(Frame* frames, size_t max, size_t* count, Block** block) = 0;
  // Live input: returns when frames may be there, at the latest after `max_ms`.
  virtual void wait(int /*max_ms*/) {}

  virtual const CaptureError& error() const = 0;
  virtual const CaptureSummary& summary() const = 0;
  virtual uint64_t bytes_read() const = 0;

  static void pin(Block* block) { block->pins.fetch_add(1, std::memory_order_relaxed); }
  static void unpin(Block* block) {
    if (block == nullptr || block->pins.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const std::shared_ptr<BlockHome> home = std::move(block->home);
    home->take_back(block);
  }
};

}  // namespace wiretally

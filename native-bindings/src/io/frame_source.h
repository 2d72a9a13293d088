// FrameSource: interface of captures and live interfaces, and the blocks of memory with their frames.
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

// Receives a block when its last pin is dropped.
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
  kFrames,     // at least one frame was returned
  kNeedInput,  // stream input: push more bytes
  kQuiet,      // live input: no packets; wait()
  kEnd,        // the input ended at a record boundary
  kError,      // the input cannot be read further: see error(); earlier frames remain valid
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
  uint64_t drops = 0;                // packets dropped by the capturing machine, as reported
  int64_t drops_since_ns = 0;        // start of its counters, as reported; 0: unknown
  uint64_t filtered = 0;             // packets without kFiltered whose interface states its filter later
  std::vector<uint16_t> link_types;  // distinct, in order of appearance
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // Returns up to `max` frames of one block. All frames of one call point into one block, which is valid
  // until unpin(block) has been called once for every call that returned it; `*block` is null when no frame
  // was returned. unpin may be called from any thread.
  virtual ReadStatus read(Frame* frames, size_t max, size_t* count, Block** block) = 0;
  // Live input: returns when frames may be available, at the latest after `max_ms`.
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

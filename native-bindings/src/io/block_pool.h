// BlockPool: the reusable pieces of memory that captures are read into, pinned by whoever still looks at
// their frames.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "capture_format.h"

namespace wiretally {

class BlockPool;

struct Block {
  // Input is read behind the carry room, so that a record cut by the end of one block can be put in front of
  // the rest.
  static constexpr size_t kCarryBytes = kMaxRecordBytes;
  static constexpr size_t kCapacity = kCarryBytes + CaptureReader::kBlockBytes;

  std::atomic<uint32_t> pins{0};
  std::shared_ptr<BlockPool> home;  // set while pinned, so that a block may outlive its reader
  std::unique_ptr<uint8_t[]> bytes{new uint8_t[kCapacity]};
};

class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  // A block with one pin. Waits while kMaxBlocks are pinned.
  Block* take();
  static void pin(Block* block) { block->pins.fetch_add(1, std::memory_order_relaxed); }
  static void unpin(Block* block);

 private:
  void give_back(Block* block);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Block*> free_;  // last in, first out: the warmest block is used again
};

}  // namespace wiretally

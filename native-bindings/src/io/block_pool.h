// BlockPool: reusable blocks of memory for captures, pinned while their frames are
// in use.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "capture_format.h"
#include "mapped_memory.h"

namespace wiretally {

struct PoolBlock : Block {
  // Input is read after the carry space, so that a record cut by the end of one block can be copied in front of
  // the rest.
  static constexpr size_t kCarryBytes = kMaxRecordBytes;
  static constexpr size_t kCapacity = kCarryBytes + CaptureReader::kBlockBytes;

  // The bytes begin at a page boundary, like the page cache: `rep movsb` of AMD Zen 3 and 4 copies a third slower to
  // an address 16 bytes after one, where `new` places large blocks.
  MappedArray<uint8_t> bytes = map_array<uint8_t>(kCapacity);
};

class BlockPool : public BlockHome, public std::enable_shared_from_this<BlockPool> {
 public:
  // Returns a block with one pin, which returns to this pool (its home) with the last unpin. Waits while kMaxBlocks are
  // pinned.
  PoolBlock* take();
  void take_back(Block* block) override;

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<PoolBlock>> blocks_;
  std::vector<PoolBlock*> free_;  // last in, first out: the warmest block is used again
};

}  // namespace wiretally

// Hands out and takes back the blocks of memory that captures are read into.
#include "block_pool.h"

namespace wiretally {

PoolBlock* BlockPool::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (free_.empty() && blocks_.size() < CaptureReader::kMaxBlocks) {
    blocks_.push_back(std::make_unique<PoolBlock>());
    free_.reserve(blocks_.size());
    free_.push_back(blocks_.back().get());
  }
  returned_.wait(lock, [this] { return !free_.empty(); });
  PoolBlock* block = free_.back();
  free_.pop_back();
  block->pins.store(1, std::memory_order_relaxed);
  block->home = shared_from_this();
  return block;
}

void BlockPool::take_back(Block* block) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(static_cast<PoolBlock*>(block));
  }
  returned_.notify_one();
}

}  // namespace wiretally

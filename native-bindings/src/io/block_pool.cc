// BlockPool: the reusable pieces of memory that captures are read into.
#include "block_pool.h"

#include <utility>

namespace wiretally {

Block* BlockPool::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (free_.empty() && blocks_.size() < CaptureReader::kMaxBlocks) {
    blocks_.push_back(std::make_unique<Block>());
    free_.reserve(blocks_.size());
    free_.push_back(blocks_.back().get());
  }
  returned_.wait(lock, [this] { return !free_.empty(); });
  Block* block = free_.back();
  free_.pop_back();
  block->pins.store(1, std::memory_order_relaxed);
  block->home = shared_from_this();
  return block;
}

void BlockPool::unpin(Block* block) {
  if (block == nullptr || block->pins.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::shared_ptr<BlockPool> home = std::move(block->home);
  home->give_back(block);
}

void BlockPool::give_back(Block* block) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(block);
  }
  returned_.notify_one();
}

}  // namespace wiretally

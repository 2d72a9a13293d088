// FlowTable: allocates its memory, and inserts and removes flows.
#include "table.h"

#include <algorithm>
#include <cstring>

#include "../io/mapped_memory.h"

namespace wiretally {

bool FlowTable::open(uint32_t flows, uint32_t shards) {
  shard_flows_ = std::clamp(flows, 16u, kMaxFlows / shards);
  flows = shard_flows_ * shards;
  // At most two thirds of the slots are used: runs are short, and there is always an empty slot to end a
  // run.
  uint32_t bits = 5;
  while ((uint64_t{1} << bits) * 2 < uint64_t{flows} * 3) ++bits;
  const size_t slots = size_t{1} << bits;
  slot_bytes_ = slots * sizeof(uint64_t);
  hot_bytes_ = size_t{flows} * sizeof(HotFlow);
  cold_bytes_ = size_t{flows} * sizeof(ColdFlow);
  slots_ = static_cast<uint64_t*>(map_zeroed(slot_bytes_));
  hot_ = static_cast<HotFlow*>(map_zeroed(hot_bytes_));
  cold_ = static_cast<ColdFlow*>(map_zeroed(cold_bytes_));
  if (slots_ == nullptr || hot_ == nullptr || cold_ == nullptr) return false;
  mask_ = static_cast<uint32_t>(slots - 1);
  shift_ = 32 - bits;
  shards_.resize(shards);
  return true;
}

FlowTable::~FlowTable() {
  unmap(slots_, slot_bytes_);
  unmap(hot_, hot_bytes_);
  unmap(cold_, cold_bytes_);
}

uint32_t FlowTable::size() const {
  uint32_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.used - shard.freed;
  return sum;
}

uint32_t FlowTable::high_water() const {
  uint32_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.used;
  return sum;
}

uint32_t FlowTable::next_live(uint32_t index) const {
  while (index < end_ && !is_live(index)) ++index;
  return index < end_ ? index : kNone;
}

uint32_t FlowTable::insert(const FlowKey& key, uint64_t hash, uint32_t shard) {
  Shard& own = shards_[shard];
  uint32_t index;
  if (own.free_head != kNone) {
    index = own.free_head;
    own.free_head = hot_[index].ports;
    --own.freed;
  } else {
    index = entry_at(shard, own.used++);
    end_ = std::max(end_, index + 1);
  }
  const uint32_t tag = tag_of(hash);
  uint32_t at = home(tag);
  while (slots_[at] != 0) at = (at + 1) & mask_;
  slots_[at] = (uint64_t{tag} << 32) | (uint64_t{index} + 1);

  HotFlow& flow = hot_[index];
  std::memset(&flow, 0, sizeof flow);
  flow.address_word = key.words[0];
  flow.ports = key.ports;
  flow.kind = key.kind;
  ColdFlow& cold = cold_[index];
  std::memset(&cold, 0, sizeof cold);
  std::memcpy(cold.address_words, key.words + 1, sizeof cold.address_words);
  return index;
}

void FlowTable::erase(uint32_t index, uint64_t hash) {
  uint32_t hole = home(tag_of(hash));
  while (static_cast<uint32_t>(slots_[hole]) != index + 1) hole = (hole + 1) & mask_;
  // Backward shift: moves every entry after the hole that would be found sooner in it; no
  // tombstones.
  for (uint32_t at = (hole + 1) & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
    const uint32_t wanted = home(static_cast<uint32_t>(slots_[at] >> 32));
    if (((at - wanted) & mask_) >= ((at - hole) & mask_)) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = 0;
  HotFlow& flow = hot_[index];
  flow.kind = 0;
  Shard& own = shards_[index % shard_count()];
  flow.ports = own.free_head;
  own.free_head = index;
  ++own.freed;
}

FlowKey FlowTable::key_of(uint32_t index) const {
  FlowKey key;
  key.words[0] = hot_[index].address_word;
  std::memcpy(key.words + 1, cold_[index].address_words, sizeof cold_[index].address_words);
  key.ports = hot_[index].ports;
  key.kind = hot_[index].kind;
  key.source_is_high = 0;
  return key;
}

uint32_t FlowTable::longest_run() const {
  uint32_t longest = 0;
  uint32_t run = 0;
  for (uint64_t i = 0; i <= mask_; ++i) {
    run = slots_[i] == 0 ? 0 : run + 1;
    if (run > longest) longest = run;
  }
  return longest;
}

}  // namespace wiretally

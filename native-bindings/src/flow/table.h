// FlowTable: flows by key, in memory that is allocated at open. Open addressing over 8-byte slots that
// contain 32 bits of the hash and the number of the entry; hot and cold parts of entries are in two arrays, in which the
// entries of shards alternate.
// It is independent of packets: the partition counts, expires and evicts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow_entry.h"
#include "key.h"

namespace wiretally {

class FlowTable {
 public:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint32_t kMaxFlows = 1u << 27;

  FlowTable() = default;
  ~FlowTable();
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // Reserves address space for `flows` entries in each of `shards`; pages are taken from the system as entries are first
  // used. False when the system refuses.
  bool open(uint32_t flows, uint32_t shards = 1);

  uint32_t size() const;
  // Entries that have been used at some time.
  uint32_t high_water() const;
  uint32_t shard_capacity() const { return shard_flows_; }
  uint32_t shard_size(uint32_t shard) const { return shards_[shard].used - shards_[shard].freed; }
  bool is_full(uint32_t shard = 0) const { return shard_size(shard) == shard_flows_; }
  // The next entry of a shard for a walk in circles over those that have been used; the shard has at least one.
  uint32_t next_in_circle(uint32_t shard) {
    Shard& own = shards_[shard];
    if (++own.hand >= own.used) own.hand = 0;
    return entry_at(shard, own.hand);
  }
  // The first live entry from this one on; kNone behind the last one. Entries that were never used are zero.
  uint32_t next_live(uint32_t index) const;
  bool is_live(uint32_t index) const { return hot_[index].kind != 0; }

  HotFlow& hot(uint32_t index) { return hot_[index]; }
  ColdFlow& cold(uint32_t index) { return cold_[index]; }

  void prefetch_slot(uint64_t hash) const { __builtin_prefetch(slots_ + home(tag_of(hash))); }

  void prefetch_hot(uint32_t index) const { __builtin_prefetch(hot_ + index, 1); }
  void prefetch_cold(uint32_t index) const {
    __builtin_prefetch(cold_ + index, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(cold_ + index + 1) - 1, 1);
  }

  // The entry that the home slot of a hash names: nearly always the one that find will give; kNone for an
  // empty slot. Call some tens of nanoseconds after prefetch_slot.
  uint32_t guess(uint64_t hash) const {
    const uint64_t slot = slots_[home(tag_of(hash))];
    return slot == 0 ? kNone : entry_of(slot);
  }

  uint32_t find(const FlowKey& key, uint64_t hash) const {
    const uint32_t tag = tag_of(hash);
    for (uint32_t at = home(tag);; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (slot == 0) return kNone;
      if (static_cast<uint32_t>(slot >> 32) == tag && holds(entry_of(slot), key)) return entry_of(slot);
    }
  }

  // A new entry with its key set and all else zero. The shard must not be full, and the table must not hold the key.
  uint32_t insert(const FlowKey& key, uint64_t hash, uint32_t shard = 0);
  void erase(uint32_t index, uint64_t hash);
  // For the final flush: the entry is dead, but its slot remains in use and its key can no longer be looked
  // up.
  void abandon(uint32_t index) { hot_[index].kind = 0; }

  FlowKey key_of(uint32_t index) const;

  // Longest run of slots of a lookup, for tests of the hash.
  uint32_t longest_run() const;

 private:
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  // Slots are full words only when used: entry numbers are stored plus one, so that an empty slot is zero.
  static uint32_t entry_of(uint64_t slot) { return static_cast<uint32_t>(slot) - (slot == 0 ? 0u : 1u); }
  uint32_t home(uint32_t tag) const { return tag >> shift_; }

  bool holds(uint32_t index, const FlowKey& key) const {
    const HotFlow& flow = hot_[index];
    if (flow.address_word != key.words[0] || flow.ports != key.ports || flow.kind != key.kind) return false;
    if (!key.is_ip6()) return true;
    const uint64_t* rest = cold_[index].address_words;
    return rest[0] == key.words[1] && rest[1] == key.words[2] && rest[2] == key.words[3];
  }

  struct Shard {
    uint32_t used = 0;   // entries ever taken from the front
    uint32_t freed = 0;  // entries on the free list
    uint32_t free_head = kNone;
    uint32_t hand = 0;
  };

  uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  uint32_t entry_at(uint32_t shard, uint32_t place) const { return place * shard_count() + shard; }

  uint64_t* slots_ = nullptr;
  HotFlow* hot_ = nullptr;
  ColdFlow* cold_ = nullptr;
  size_t slot_bytes_ = 0;
  size_t hot_bytes_ = 0;
  size_t cold_bytes_ = 0;
  uint32_t mask_ = 0;
  uint32_t shift_ = 0;
  uint32_t shard_flows_ = 0;
  uint32_t end_ = 0;  // above all entries that have been used
  std::vector<Shard> shards_;
};

}  // namespace wiretally

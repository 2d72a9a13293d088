// Divides flows into a fixed number of shards by their key only. The limits of all flow tables apply to each shard, so
// evictions at a limit depend on the packets only: neither on the number of workers, which process whole shards, nor on
// the secret of a run.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

constexpr uint32_t kFlowShards = 64;

// A flow number consists of the decoder, its shard, and a running number in the shard with this many bits.
constexpr unsigned kFlowNumberBits = 40;
inline uint32_t shard_of_number(uint64_t flow_id) {
  return static_cast<uint32_t>(flow_id >> kFlowNumberBits) % kFlowShards;
}

// The shards of one worker: a range of all shards, or a single one for every flow.
struct FlowShards {
  uint32_t first = 0;
  uint32_t count = 1;
  uint32_t all = 1;  // over which the limits of an analysis are divided: 1 or kFlowShards

  static FlowShards of_worker(uint32_t number, uint32_t workers) {
    const auto begin_of = [&](uint32_t worker) { return (worker * kFlowShards + workers - 1) / workers; };
    return {begin_of(number), begin_of(number + 1) - begin_of(number), kFlowShards};
  }
  static uint32_t worker_of(uint32_t shard, uint32_t workers) { return shard * workers / kFlowShards; }

  uint32_t place_of(uint32_t shard) const { return all == 1 ? 0 : shard - first; }
  // Returns the share of one shard.
  size_t part_of(size_t limit) const { return limit / all; }
};

}  // namespace wiretally

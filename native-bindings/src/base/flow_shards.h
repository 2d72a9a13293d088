// Flows are divided into a fixed number of shards by their key alone. The limits of all tables of flows hold for each shard,
// so what is given up at a limit depends on the packets only: not on the number of workers, which take whole shards, nor on
// the secret of a run.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

constexpr uint32_t kFlowShards = 64;

// A number of a flow: the decoder, its shard, and in these bits its running number in the shard.
constexpr unsigned kFlowNumberBits = 40;
inline uint32_t shard_of_number(uint64_t flow_id) {
  return static_cast<uint32_t>(flow_id >> kFlowNumberBits) % kFlowShards;
}

// The shards of one worker: a range of all, or a single one that takes every flow.
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
  // The share of one shard.
  size_t part_of(size_t limit) const { return limit / all; }
};

}  // namespace wiretally

// Pipeline: one input, several workers, the same answer as with one. Each flow belongs to one partition,
// chosen by its hash, and each partition sees its packets in capture order, so no state is ever merged; see
// docs/adr/0002.
//
// Steps of a unit of frames: walk (one worker at a time: records have no index; for a classic pcap file
// every worker reads and walks chunks from a probable record boundary, and they are verified in order),
// decode (the worker that has it in its cache, or another), ordered stage (one at a time, in order: fragments
// and neighbors), apply (every worker for its own partition, in order). A worker takes any available
// step; units in flight are bounded, so a worker that stops polling soon stops the others.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../flow/partition.h"
#include "../io/chunk_reader.h"
#include "decoder.h"
#include "frame_stage.h"
#include "input.h"
#include "ordered_stage.h"
#include "window_flush.h"
#include "work_unit.h"

namespace wiretally {

class Pipeline : public std::enable_shared_from_this<Pipeline> {
 public:
  static std::shared_ptr<Pipeline> open(const DecoderOptions& options, std::string* error);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Returns the handle of one worker; null if the number is too high or taken. Any thread may call it.
  std::unique_ptr<Decoder> attach(unsigned number);

 private:
  friend class PipelineHandle;
  using Clock = std::chrono::steady_clock;
  enum class Step : uint8_t { kApply, kOrder, kDecode, kFill, kVerify, kWalk, kFinish, kWait, kNothing, kAborted };

  // State of one worker. Others only read `applied`, under the mutex.
  struct Worker {
    Worker(const PartitionOptions& partition_options, const HashSecret& secret, const Watchlist* watchlist,
           const std::shared_ptr<const NetworkList>& exclusion, uint32_t flushed_seconds)
        : partition(partition_options, secret, watchlist),
          stage(exclusion, partition_options.export_filter, partition_options.window_seconds),
          flush(flushed_seconds) {}
    Partition partition;
    FrameStage stage;
    WindowFlush flush;
    StageCounters counters;
    uint64_t applied = 0;     // units that it has applied
    uint64_t applying = 0;    // the current unit, at most the last one of the ordered stage
    size_t apply_at = 0;      // place in the list of the unit being applied
    int64_t clock_ns = 0;     // Clock of the units that follow.
    int64_t reported_ns = 0;  // clock up to which its batches are complete
    bool counters_wanted = false;
    bool attached = false;
    bool finished = false;  // The partition is flushed.
  };

  Pipeline(const DecoderOptions& options, const std::shared_ptr<const NetworkList>& exclusion);

  int open_input(const std::function<int(Inputs*)>& open);
  PackedState packed_state();
  bool push(const uint8_t* data, size_t size, bool is_end);
  size_t poll(unsigned number, uint8_t* batch, size_t size, uint32_t max_ms);
  void begin_finish();
  void detach(unsigned number);

  // Runs one step for a worker, or waits for one until the deadline.
  Step take_step(Worker* worker, unsigned number, Clock::time_point deadline);
  Step choose(const Worker& worker, unsigned number) const;
  // Returns a walked unit that no worker decodes yet: the worker's own, or one that all wait for, or none.
  WorkUnit* to_decode(unsigned number) const;
  void recycle();

  // Finds out whether the open input can be read by chunks; call it with the mutex held.
  void begin_input();
  // Verifies that the frames of the next unit are those of the capture. Returns false if the reader must continue after
  // them.
  bool verify(WorkUnit* unit);
  bool walk(WorkUnit* unit, bool is_last);
  void decode(Worker* worker, WorkUnit* unit);
  void order(Worker* worker, WorkUnit* unit);
  // Applies units up to this one, or until the batch is full.
  void apply(Worker* worker, unsigned number, uint64_t until);
  bool apply_unit(Worker* worker, unsigned number, WorkUnit& unit);
  void emit_totals(Worker* worker, unsigned number);

  WorkUnit& unit_at(uint64_t unit) const { return *units_[unit % units_.size()]; }
  // Returns the worker of a packet of the unit, and stores the hash of its flow.
  size_t hash_packet(const Worker& worker, WorkUnit* unit, uint16_t index) const;
  // Signals waiters after a step; call it with the mutex held.
  void signal_change();
  void await_change(std::unique_lock<std::mutex>* lock, Clock::time_point deadline);
  // Waits until no worker reads the input; call it with the mutex held.
  void await_walk(std::unique_lock<std::mutex>* lock);

  std::shared_ptr<const Watchlist> watchlist_;
  OrderedStage ordered_stage_;  // owned by the worker with is_ordering_
  Inputs inputs_;               // owned by the worker with is_walking_
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<WorkUnit>> units_;
  std::atomic<uint64_t> bytes_read_{0};
  const size_t chunk_bytes_;

  // Owned by the worker with is_walking_.
  uint64_t next_record_ = 0;  // Start of the first record in the next chunk.
  uint64_t right_guesses_ = 0;
  uint64_t wrong_guesses_ = 0;
  std::atomic<bool> guesses_{true};

  // All below under the mutex. Units are numbered in capture order.
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t begun_ = 0;                   // units that are being filled or are filled
  uint64_t walked_ = 0;                  // units with verified frames
  uint64_t ready_ = 0;                   // units that may be applied
  uint64_t recycled_ = 0;                // units that all partitions have applied
  std::unique_ptr<ChunkReader> chunks_;  // Chunks of the open input; changed while unused.
  uint64_t chunks_begun_ = 0;            // being filled or filled
  bool are_chunks_over_ = false;         // before their end
  bool is_walking_ = false;
  bool is_ordering_ = false;
  bool has_input_ = false;
  bool needs_input_ = false;
  bool is_finishing_ = false;
  bool is_aborted_ = false;
  unsigned waiting_ = 0;
  std::atomic<uint64_t> changes_{0};  // read without the mutex too
};

}  // namespace wiretally

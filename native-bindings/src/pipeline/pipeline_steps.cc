// Pipeline: the steps of a worker, on units that it owns exclusively.
#include "pipeline.h"
#include "totals.h"

namespace wiretally {

namespace {

// The accepted number of wrong guesses of one input, and their ratio; beyond them, chunks are walked only after the
// start of their records is known.
constexpr uint64_t kWrongGuesses = 8;
constexpr uint64_t kRightForWrong = 16;

}  // namespace

void Pipeline::begin_input() {
  chunks_ = inputs_.capture() == nullptr ? nullptr : inputs_.capture()->open_chunks(chunk_bytes_);
  chunks_begun_ = 0;
  are_chunks_over_ = false;
  if (chunks_ == nullptr) return;
  next_record_ = chunks_->begin();
  right_guesses_ = wrong_guesses_ = 0;
  guesses_ = true;
}

bool Pipeline::walk(WorkUnit* unit, bool is_last) {
  if (is_last) {
    inputs_.end(&unit->events);
    return true;
  }
  Chunk& chunk = unit->chunk;
  const ReadStatus status = inputs_.source().read(chunk.frames.data(), WorkUnit::kFrames, &chunk.count, &unit->block);
  if (status == ReadStatus::kNeedInput) return false;
  // A unit without frames reports the end of the input.
  if (status != ReadStatus::kFrames) inputs_.end(&unit->events);
  bytes_read_.store(inputs_.bytes_read(), std::memory_order_relaxed);
  return true;
}

bool Pipeline::verify(WorkUnit* unit) {
  Chunk& chunk = unit->chunk;
  if (chunk.first == next_record_) {
    ++right_guesses_;
  } else {
    chunks_->walk(next_record_, &chunk);
    ++wrong_guesses_;
    guesses_ = wrong_guesses_ <= kWrongGuesses + right_guesses_ / kRightForWrong;
  }
  inputs_.capture()->add(chunk.summary);
  next_record_ = chunk.next;
  bytes_read_.store(inputs_.bytes_read() + next_record_, std::memory_order_relaxed);
  return chunk.is_whole;
}

void Pipeline::decode(Worker* worker, WorkUnit* unit) {
  constexpr size_t kDataAhead = 12;  // frames that are prefetched before they are decoded
  unit->reserve_packets();
  const Frame* frames = unit->chunk.frames.data();
  const size_t count = unit->chunk.count;
  for (size_t i = 0; i < count; ++i) {
    if (i + kDataAhead < count) {
      __builtin_prefetch(frames[i + kDataAhead].data);
      __builtin_prefetch(frames[i + kDataAhead].data + 64);
    }
    Packet* packet = &unit->packets[i];
    const FrameFate fate = worker->stage.run(frames[i], packet, &worker->counters, &worker->partition.writer());
    const uint16_t index = static_cast<uint16_t>(i);
    if (fate == FrameFate::kFlow) {
      unit->lists[hash_packet(*worker, unit, index)].push_back(index);
      if (ordered_stage_.wants(*packet)) unit->seen.push_back(index);
    }
    if (fate == FrameFate::kOrdered) unit->ordered.push_back(index);
    unit->clock_ns = std::max(unit->clock_ns, frames[i].ts_ns);
  }
}

void Pipeline::order(Worker* worker, WorkUnit* unit) {
  auto seen = unit->seen.begin();
  const auto see_before = [&](size_t end) {
    for (; seen != unit->seen.end() && *seen < end; ++seen) ordered_stage_.see(unit->packets[*seen], &unit->events);
  };
  for (const uint16_t index : unit->ordered) {
    see_before(index);
    Packet* packet = &unit->packets[index];
    const FrameFate fate = ordered_stage_.run(unit->chunk.frames[index], packet, &worker->counters,
                                              &worker->stage.account(), &unit->events);
    if (fate != FrameFate::kFlow) continue;
    unit->insert_datagram(index, hash_packet(*worker, unit, index));
  }
  see_before(unit->chunk.count);
}

void Pipeline::apply(Worker* worker, unsigned number, uint64_t until) {
  while (!worker->flush.is_running() && worker->applying < until &&
         apply_unit(worker, number, unit_at(worker->applying))) {
    const WorkUnit& unit = unit_at(worker->applying++);
    if (unit.chunk.count == 0) continue;
    const int64_t last_ns = unit.chunk.frames[unit.chunk.count - 1].ts_ns;
    worker->flush.begin_if_due(last_ns, unit.lists[number].size(), worker->partition);
  }
  worker->partition.drain();
}

bool Pipeline::apply_unit(Worker* worker, unsigned number, WorkUnit& unit) {
  const std::vector<uint16_t>& list = unit.lists[number];
  Partition& partition = worker->partition;
  if (number == 0) unit.events.move_to(&partition.writer());
  while (worker->apply_at < list.size() && partition.writer().has_room()) {
    const size_t end = std::min(worker->apply_at + Partition::kBatch, list.size());
    for (size_t i = worker->apply_at; i < end; ++i) {
      const Packet& packet = unit.packets[list[i]];
      partition.put(packet, make_key(packet.ends), unit.hashes[list[i]]);
    }
    for (size_t i = end; i < std::min(end + Partition::kBatch, list.size()); ++i) {
      const auto* ahead = reinterpret_cast<const char*>(&unit.packets[list[i]]);
      __builtin_prefetch(ahead);
      __builtin_prefetch(ahead + 64);
    }
    partition.apply();
    worker->apply_at = end;
  }
  if (worker->apply_at < list.size()) return false;
  worker->apply_at = 0;
  worker->clock_ns = std::max(worker->clock_ns, unit.clock_ns);
  return true;
}

void Pipeline::emit_totals(Worker* worker, unsigned number) {
  worker->counters_wanted = false;
  Inputs* inputs = nullptr;
  std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
  if (number == 0) {
    lock.lock();
    await_walk(&lock);
    inputs = &inputs_;
  }
  emit_counters(inputs, worker->counters, &worker->partition, &worker->partition.writer());
}

size_t Pipeline::hash_packet(const Worker& worker, WorkUnit* unit, uint16_t index) const {
  const FlowKey key = make_key(unit->packets[index].ends);
  unit->hashes[index] = worker.partition.hash_of(key);
  return FlowShards::worker_of(shard_of(key), static_cast<uint32_t>(workers_.size()));
}

}  // namespace wiretally

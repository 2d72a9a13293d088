// Pipeline schedules the steps over workers; pipeline_steps.cc has the steps themselves.
#include "pipeline.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace wiretally {

namespace {

// Units in flight per worker: enough to balance partitions with alternating load, few enough to fit the
// cache.
constexpr size_t kUnitsPerWorker = 8;
// Waiting for another worker's step is short, and waking a thread that sleeps takes longer than most steps.
constexpr std::chrono::microseconds kSpin{50};
constexpr size_t kMaxUnits = 32;
static_assert(kMaxUnits * 2 <= CaptureReader::kMaxBlocks, "a unit pins a block, and the reader needs free ones");

PartitionOptions share_of(const DecoderOptions& options, unsigned number,
                          std::shared_ptr<const NetworkList> exclusion) {
  PartitionOptions result;
  result.tracker = options.tracker;
  const FlowShards shards = FlowShards::of_worker(number, options.workers);
  result.shards = result.tracker.shards = shards;
  result.flows = options.flows;
  result.window_seconds = options.window_seconds;
  result.settle_ns = options.settle_ns;
  result.emit_flows = options.emit_flows;
  result.export_filter = options.export_filter;
  result.tracker.checks_form = options.export_filter != nullptr;
  result.tracker.exclusion = std::move(exclusion);
  return result;
}

}  // namespace

// The handle of one worker. The last handle that is closed deletes the pipeline.
class PipelineHandle final : public Decoder {
 public:
  PipelineHandle(std::shared_ptr<Pipeline> pipeline, unsigned number)
      : pipeline_(std::move(pipeline)), number_(number) {}
  ~PipelineHandle() override { pipeline_->detach(number_); }

  int open_file(const char* path, uint32_t file_index) override {
    return pipeline_->open_input([&](Inputs* inputs) { return inputs->open_file(path, file_index); });
  }
  int open_stream(uint32_t file_index) override {
    return pipeline_->open_input([&](Inputs* inputs) { return inputs->open_stream(file_index); });
  }
  int open_packed(const PackedOptions& options, uint32_t file_index) override {
    return pipeline_->open_input([&](Inputs* inputs) { return inputs->open_packed(options, file_index); });
  }
  PackedState packed_state() override { return pipeline_->packed_state(); }
  bool push(const uint8_t* data, size_t size, bool is_end) override { return pipeline_->push(data, size, is_end); }
  size_t poll(uint8_t* batch, size_t size, uint32_t max_ms) override {
    return pipeline_->poll(number_, batch, size, max_ms);
  }
  void finish() override { pipeline_->begin_finish(); }
  void request_counters() override { worker().counters_wanted = true; }
  void flush_before(int64_t before_ns) override { worker().flush.begin(before_ns); }
  uint64_t bytes_read() const override { return pipeline_->bytes_read_.load(std::memory_order_relaxed); }

 private:
  Pipeline::Worker& worker() { return *pipeline_->workers_[number_]; }

  std::shared_ptr<Pipeline> pipeline_;
  unsigned number_;
};

std::shared_ptr<Pipeline> Pipeline::open(const DecoderOptions& options, std::string* error) {
  if (options.workers < 1 || options.workers > kMaxWorkers) {
    *error = "1 to " + std::to_string(kMaxWorkers) + " workers";
    return nullptr;
  }
  auto exclusion = std::make_shared<NetworkList>();
  if (!exclusion->parse(options.exclude, error)) return nullptr;
  std::shared_ptr<Pipeline> pipeline(new Pipeline(options, exclusion));
  for (const auto& worker : pipeline->workers_) {
    if (!worker->stage.set_filter(options.filter, error)) return nullptr;
    if (worker->partition.open()) continue;
    *error = "no memory for a table of " + std::to_string(options.flows) + " flows";
    return nullptr;
  }
  return pipeline;
}

Pipeline::Pipeline(const DecoderOptions& options, const std::shared_ptr<const NetworkList>& exclusion)
    : watchlist_(options.watchlist), ordered_stage_(exclusion, options), chunk_bytes_(options.chunk_bytes) {
  // All workers share one secret, because they look up slots by hashes that others computed.
  const HashSecret secret = HashSecret::draw();
  for (unsigned i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(share_of(options, i, exclusion), secret, watchlist_.get(), exclusion,
                                                options.flushes_windows ? options.window_seconds : 0));
  }
  const size_t units = std::min(kMaxUnits, std::max(size_t{8}, kUnitsPerWorker * options.workers));
  for (size_t i = 0; i < units; ++i) units_.push_back(std::make_unique<WorkUnit>(options.workers));
}

Pipeline::~Pipeline() {
  for (const auto& unit : units_) unit->recycle();
}

std::unique_ptr<Decoder> Pipeline::attach(unsigned number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (number >= workers_.size() || workers_[number]->attached) return nullptr;
  workers_[number]->attached = true;
  return std::make_unique<PipelineHandle>(shared_from_this(), number);
}

void Pipeline::detach(unsigned number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Its flows are lost: the others must neither continue as if the result were complete, nor wait for it.
  if (!workers_[number]->finished) is_aborted_ = true;
  signal_change();
}

int Pipeline::open_input(const std::function<int(Inputs*)>& open) {
  std::unique_lock<std::mutex> lock(mutex_);
  await_walk(&lock);
  const int code = open(&inputs_);
  if (code == 0) begin_input();
  has_input_ = inputs_.is_open();
  needs_input_ = false;
  signal_change();
  return code;
}

PackedState Pipeline::packed_state() {
  std::unique_lock<std::mutex> lock(mutex_);
  await_walk(&lock);
  return inputs_.packed_state();
}

bool Pipeline::push(const uint8_t* data, size_t size, bool is_end) {
  std::unique_lock<std::mutex> lock(mutex_);
  await_walk(&lock);
  const bool is_open = inputs_.push(data, size, is_end);
  needs_input_ = false;
  signal_change();
  return is_open;
}

void Pipeline::await_walk(std::unique_lock<std::mutex>* lock) {
  ++waiting_;
  changed_.wait(*lock, [this] { return !is_walking_; });
  --waiting_;
}

void Pipeline::begin_finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_finishing_ = true;
  signal_change();
}

size_t Pipeline::poll(unsigned number, uint8_t* batch, size_t size, uint32_t max_ms) {
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(max_ms);
  Worker& worker = *workers_[number];
  EventWriter& writer = worker.partition.writer();
  if (!writer.begin(batch, size)) {
    writer.end(worker.reported_ns);
    return Decoder::kBatchTooSmall;
  }
  Step step = Step::kWait;
  while (writer.has_room()) {
    step = take_step(&worker, number, deadline);
    if (step == Step::kNothing || step == Step::kAborted || Clock::now() >= deadline) break;
  }
  if (worker.counters_wanted) emit_totals(&worker, number);
  const bool is_empty = writer.record_count() == 0;
  if (writer.is_drained()) worker.reported_ns = worker.partition.clock_ns(worker.clock_ns);
  if (step == Step::kAborted || (step == Step::kNothing && is_empty)) {
    writer.end(worker.reported_ns);
    return step == Step::kAborted ? Decoder::kAborted : 0;
  }
  return writer.end(worker.reported_ns, worker.flush.settled_ns(writer.is_drained()));
}

Pipeline::Step Pipeline::take_step(Worker* worker, unsigned number, Clock::time_point deadline) {
  if (worker->flush.is_running()) {
    worker->stage.flush(&worker->partition.writer());
    worker->flush.go_on(&worker->partition);
    return Step::kApply;
  }
  std::unique_lock<std::mutex> lock(mutex_);
  const Step step = choose(*worker, number);
  switch (step) {
    case Step::kApply: {
      const uint64_t until = ready_;
      lock.unlock();
      apply(worker, number, until);
      lock.lock();
      worker->applied = worker->applying;
      recycle();
      break;
    }
    case Step::kOrder:
      is_ordering_ = true;
      lock.unlock();
      order(worker, &unit_at(ready_));
      lock.lock();
      is_ordering_ = false;
      ++ready_;
      break;
    case Step::kDecode: {
      WorkUnit& unit = *to_decode(number);
      unit.state = WorkUnit::State::kDecoding;
      lock.unlock();
      decode(worker, &unit);
      lock.lock();
      unit.state = WorkUnit::State::kDecoded;
      break;
    }
    case Step::kFill: {
      WorkUnit& unit = unit_at(begun_++);
      const uint64_t chunk = chunks_begun_++;
      unit.filled_by = number;
      lock.unlock();
      chunks_->read(chunk, guesses_.load(std::memory_order_relaxed), &unit.chunk);
      lock.lock();
      unit.state = WorkUnit::State::kFilled;
      break;
    }
    case Step::kVerify: {
      WorkUnit& unit = unit_at(walked_);
      if (are_chunks_over_) {
        unit.chunk.count = 0;
      } else {
        is_walking_ = true;
        lock.unlock();
        const bool is_whole = verify(&unit);
        lock.lock();
        is_walking_ = false;
        are_chunks_over_ = !is_whole;
      }
      unit.state = WorkUnit::State::kWalked;
      ++walked_;
      break;
    }
    case Step::kWalk: {
      const bool is_last = is_finishing_;
      WorkUnit& unit = unit_at(begun_);
      if (chunks_ != nullptr) inputs_.capture()->go_on_at(next_record_);
      chunks_.reset();
      is_walking_ = true;
      lock.unlock();
      const bool is_filled = walk(&unit, is_last);
      lock.lock();
      is_walking_ = false;
      has_input_ = inputs_.is_open();
      needs_input_ = !is_filled;
      if (!is_filled) break;
      unit.state = WorkUnit::State::kWalked;
      unit.filled_by = number;
      walked_ = ++begun_;
      break;
    }
    case Step::kFinish:
      lock.unlock();
      if (number == 0) {
        ordered_stage_.finish(worker->clock_ns, &worker->stage.account(), &worker->partition.writer());
      }
      worker->stage.flush(&worker->partition.writer());
      if (!worker->partition.finish()) return step;
      emit_totals(worker, number);
      lock.lock();
      worker->finished = true;
      break;
    case Step::kWait: await_change(&lock, deadline); return step;
    default: return step;
  }
  signal_change();
  return step;
}

void Pipeline::signal_change() {
  changes_.fetch_add(1, std::memory_order_release);
  if (waiting_ > 0) changed_.notify_all();
}

void Pipeline::await_change(std::unique_lock<std::mutex>* lock, Clock::time_point deadline) {
  const uint64_t seen = changes_.load(std::memory_order_relaxed);
  lock->unlock();
  const Clock::time_point spin_end = Clock::now() + kSpin;
  while (changes_.load(std::memory_order_acquire) == seen && Clock::now() < spin_end) {
  }
  lock->lock();
  if (changes_.load(std::memory_order_relaxed) != seen) return;
  ++waiting_;
  changed_.wait_until(*lock, deadline);
  --waiting_;
}

Pipeline::Step Pipeline::choose(const Worker& worker, unsigned number) const {
  if (worker.finished) return Step::kNothing;
  if (is_aborted_) return Step::kAborted;
  const bool can_walk = has_input_ && (!needs_input_ || is_finishing_);
  const bool may_begin = can_walk && begun_ - recycled_ < units_.size();
  const bool has_chunks = chunks_ != nullptr && chunks_begun_ < chunks_->size() && !are_chunks_over_;
  if (!is_walking_ && walked_ < begun_ && unit_at(walked_).state == WorkUnit::State::kFilled) return Step::kVerify;
  if (!is_ordering_ && ready_ < walked_ && unit_at(ready_).state == WorkUnit::State::kDecoded) return Step::kOrder;
  const WorkUnit* const next = to_decode(number);
  if (next != nullptr && next->filled_by == number) return Step::kDecode;
  if (worker.applied < ready_) return Step::kApply;
  if (may_begin && has_chunks && !is_finishing_) return Step::kFill;
  if (may_begin && !is_walking_ && walked_ == begun_ && (!has_chunks || is_finishing_)) return Step::kWalk;
  if (next != nullptr) return Step::kDecode;
  const bool is_through = !has_input_ && worker.applied == begun_;
  if (is_through && is_finishing_) return Step::kFinish;
  // Inputs are added through the handle of the first worker: it returns to request the next.
  return number == 0 && (is_through || (has_input_ && !can_walk)) ? Step::kNothing : Step::kWait;
}

WorkUnit* Pipeline::to_decode(unsigned number) const {
  WorkUnit* oldest = nullptr;
  for (uint64_t i = ready_; i < walked_; ++i) {
    WorkUnit& unit = unit_at(i);
    if (unit.state != WorkUnit::State::kWalked) continue;
    if (unit.filled_by == number) return &unit;
    if (oldest == nullptr) oldest = &unit;
  }
  return oldest;
}

void Pipeline::recycle() {
  uint64_t behind_all = UINT64_MAX;
  for (const auto& worker : workers_) behind_all = std::min(behind_all, worker->applied);
  for (; recycled_ < behind_all; ++recycled_) unit_at(recycled_).recycle();
}

}  // namespace wiretally

// Decodes with one worker: walk, decode, prefetch, apply, without locks and without lists beyond one batch.
#include <algorithm>
#include <chrono>
#include <utility>

#include "../flow/partition.h"
#include "decoder.h"
#include "frame_stage.h"
#include "input.h"
#include "ordered_stage.h"
#include "totals.h"
#include "window_flush.h"

namespace wiretally {

namespace {

using Clock = std::chrono::steady_clock;

PartitionOptions partition_options(const DecoderOptions& options, std::shared_ptr<const NetworkList> exclusion) {
  PartitionOptions result;
  result.number = options.number;
  result.flows = options.flows;
  result.window_seconds = options.window_seconds;
  result.settle_ns = options.settle_ns;
  result.emit_flows = options.emit_flows;
  result.export_filter = options.export_filter;
  result.tracker = options.tracker;
  result.shards = result.tracker.shards = FlowShards::of_worker(0, 1);
  result.tracker.checks_form = options.export_filter != nullptr;
  result.tracker.exclusion = std::move(exclusion);
  return result;
}

class SingleDecoder final : public Decoder {
 public:
  SingleDecoder(const DecoderOptions& options, const std::shared_ptr<const NetworkList>& exclusion)
      : watchlist_(options.watchlist),
        export_filter_(options.export_filter),
        stage_(exclusion, options.export_filter, options.window_seconds),
        ordered_(exclusion, options),
        partition_(partition_options(options, exclusion), HashSecret::draw(), watchlist_.get()),
        flush_(options.flushes_windows ? options.window_seconds : 0) {}
  ~SingleDecoder() override { drop_frames(); }

  bool open(const DecoderOptions& options, std::string* error) {
    if (!stage_.set_filter(options.filter, error)) return false;
    if (partition_.open()) return true;
    *error = "no memory for a table of " + std::to_string(options.flows) + " flows";
    return false;
  }

  int open_file(const char* path, uint32_t file_index) override { return inputs_.open_file(path, file_index); }
  int open_stream(uint32_t file_index) override { return inputs_.open_stream(file_index); }
  int open_packed(const PackedOptions& options, uint32_t file_index) override {
    return inputs_.open_packed(options, file_index);
  }
  PackedState packed_state() override { return inputs_.packed_state(); }
  bool push(const uint8_t* data, size_t size, bool is_end) override { return inputs_.push(data, size, is_end); }

  int open_interface(const char* name, uint32_t file_index, const RingOptions& options, RingTrouble* trouble) override {
    return inputs_.open_ring(name, file_index, options, trouble);
  }
  void stop_interface() override {
    if (inputs_.ring() != nullptr) inputs_.ring()->stop();
  }
  bool ring_stats(RingStats* stats) override {
    if (inputs_.ring() == nullptr) return false;
    *stats = inputs_.ring()->stats();
    return true;
  }
  bool is_flushing() const override { return flush_.is_running(); }
  // Between two polls; poll calls all readers of these.
  void set_watchlist(const Watchlist& watchlist, const ExportFilter* export_filter) override {
    if (watchlist_ != nullptr) *watchlist_ = watchlist;
    if (export_filter_ == nullptr || export_filter == nullptr) return;
    export_filter_->names = export_filter->names;
    export_filter_->noted = export_filter->noted;
  }
  uint32_t open_flows() const override { return partition_.size(); }

  size_t poll(uint8_t* batch, size_t size, uint32_t max_ms) override {
    const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(max_ms);
    deadline_ = deadline;
    EventWriter& writer = partition_.writer();
    if (!writer.begin(batch, size)) {
      writer.end(clock_ns_);
      return kBatchTooSmall;
    }
    bool is_idle = false;
    while (writer.has_room()) {
      is_idle = !work();
      if (is_idle || (frame_at_ == frame_count_ && Clock::now() >= deadline)) break;
    }
    if (counters_wanted_) emit_totals();
    if (is_idle && writer.record_count() == 0) {
      writer.end(clock_ns_);
      return 0;
    }
    return writer.end(partition_.clock_ns(clock_ns_), flush_.settled_ns(writer.is_drained()));
  }

  void finish() override { finishing_ = true; }
  void request_counters() override { counters_wanted_ = true; }
  void flush_before(int64_t before_ns) override { flush_.begin(before_ns); }
  uint64_t bytes_read() const override { return inputs_.bytes_read(); }

 private:
  static constexpr size_t kFrames = 256;  // frames per walk: their array stays in the first-level cache
  // Packets that are decoded and not yet counted.
  static constexpr size_t kPackets = Partition::kBatch * (Partition::kRounds + 1);
  static constexpr size_t kDataAhead = 12;  // frames that are prefetched before they are decoded

  // Runs one step; returns false if there is nothing to do.
  bool work() {
    if (flush_.is_running()) {
      partition_.drain();
      stage_.flush(&partition_.writer());
      flush_.go_on(&partition_);
      return true;
    }
    if (frame_at_ < frame_count_) {
      apply_frames();
      return true;
    }
    if (frame_count_ > 0) {
      const size_t packets = frame_count_;
      frame_at_ = frame_count_ = 0;
      if (flush_.begin_if_due(frames_[packets - 1].ts_ns, packets, partition_)) return true;
    }
    if (inputs_.is_open() && !finishing_) return read_frames();
    if (!finishing_) return false;
    drop_frames();
    if (inputs_.is_open()) inputs_.end(&partition_.writer());  // ended early: read frames count
    ordered_.finish(clock_ns_, &stage_.account(), &partition_.writer());
    stage_.flush(&partition_.writer());
    if (partition_.finish()) {
      finishing_ = false;
      emit_totals();
    }
    return true;
  }

  bool read_frames() {
    if (retired_ != nullptr) partition_.drain();
    unpin(&retired_);
    std::swap(retired_, block_);
    batches_ = 0;
    frame_at_ = 0;
    const ReadStatus status = inputs_.source().read(frames_, kFrames, &frame_count_, &block_);
    if (status == ReadStatus::kFrames) return true;
    drop_frames();
    if (status == ReadStatus::kNeedInput) return false;
    if (status == ReadStatus::kQuiet) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left > 0) inputs_.source().wait(static_cast<int>(left));
      return true;
    }
    inputs_.end(&partition_.writer());
    return true;
  }

  void drop_frames() {
    partition_.drain();  // packets on their way point into the blocks
    unpin(&retired_);
    unpin(&block_);
    frame_at_ = frame_count_ = 0;
  }

  static void unpin(Block** block) {
    if (*block != nullptr) FrameSource::unpin(*block);
    *block = nullptr;
  }

  void apply_frames() {
    bool holds_datagram = false;
    const size_t end = std::min(frame_at_ + Partition::kBatch, frame_count_);
    // The bytes of a datagram from fragments are valid until the next fragment only: the batch ends behind
    // it.
    for (; frame_at_ < end && !holds_datagram; ++frame_at_) {
      if (frame_at_ + kDataAhead < frame_count_) {
        const uint8_t* ahead = frames_[frame_at_ + kDataAhead].data;
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + 64);
      }
      const Frame& frame = frames_[frame_at_];
      clock_ns_ = std::max(clock_ns_, frame.ts_ns);
      Packet* packet = &packets_[packet_at_];
      FrameFate fate = stage_.run(frame, packet, &counters_, &partition_.writer());
      if (fate == FrameFate::kOrdered) {
        fate = ordered_.run(frame, packet, &counters_, &stage_.account(), &partition_.writer());
        holds_datagram = fate == FrameFate::kFlow;
      }
      if (fate != FrameFate::kFlow) continue;
      if (ordered_.wants(*packet)) ordered_.see(*packet, &partition_.writer());
      partition_.put(*packet);
      packet_at_ = packet_at_ + 1 == kPackets ? 0 : packet_at_ + 1;
    }
    partition_.apply();
    if (holds_datagram) partition_.drain();
    if (retired_ != nullptr && ++batches_ > Partition::kRounds) unpin(&retired_);
  }

  void emit_totals() {
    emit_counters(&inputs_, counters_, &partition_, &partition_.writer());
    counters_wanted_ = false;
  }

  // Stages and partition reference these: they change only between polls.
  std::shared_ptr<Watchlist> watchlist_;
  std::shared_ptr<ExportFilter> export_filter_;
  FrameStage stage_;
  OrderedStage ordered_;
  Partition partition_;
  WindowFlush flush_;
  Inputs inputs_;
  StageCounters counters_;
  Frame frames_[kFrames];
  Packet packets_[kPackets];
  size_t packet_at_ = 0;
  size_t frame_at_ = 0;
  size_t frame_count_ = 0;
  Block* block_ = nullptr;      // Block of the current frames.
  Block* retired_ = nullptr;    // Block of the frames before them, while their packets are pending.
  size_t batches_ = 0;          // batches since it was retired
  Clock::time_point deadline_;  // Deadline of this poll.
  int64_t clock_ns_ = 0;
  bool finishing_ = false;
  bool counters_wanted_ = false;
};

}  // namespace

std::unique_ptr<Decoder> open_single_decoder(const DecoderOptions& options, std::string* error) {
  auto exclusion = std::make_shared<NetworkList>();
  if (!exclusion->parse(options.exclude, error)) return nullptr;
  auto decoder = std::make_unique<SingleDecoder>(options, exclusion);
  if (!decoder->open(options, error)) return nullptr;
  return decoder;
}

}  // namespace wiretally

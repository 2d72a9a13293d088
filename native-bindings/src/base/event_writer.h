// EventWriter: writes records into the batch of the caller while they fit, and the rest into a queue that the next
// batch drains first. The queue is short because the decoder stops reading packets until it is drained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "event_sink.h"

namespace wiretally {

class EventWriter final : public EventSink {
 public:
  static constexpr size_t kMinBatchBytes = 64 * 1024;
  static constexpr size_t kMaxTails = kFlowTails;

  // Begins a batch in memory that must stay valid until end(). Returns false if the oldest waiting record is longer
  // than the whole batch.
  bool begin(uint8_t* batch, size_t size);

  // Finishes the batch and returns its length; the memory is not touched afterwards.
  size_t end(int64_t clock_ns, int64_t settled_ns = kNotSettled);

  // True if more packets may be read: nothing waits, and the batch has space for typical records.
  bool has_room() const { return queued_from_ == queue_.size() && size_ - used_ > kSlackBytes; }
  // Moves all waiting records to another writer, in order.
  void move_to(EventWriter* other);
  bool is_drained() const { return queued_from_ == queue_.size(); }
  uint32_t record_count() const { return records_; }

  void emit(RecordType type, uint16_t flags, const void* fixed, size_t fixed_size, const Span* tails,
            size_t tail_count) override;

 private:
  static constexpr size_t kSlackBytes = 8 * 1024;

  uint8_t* reserve(size_t bytes);

  uint8_t* batch_ = nullptr;
  size_t size_ = 0;
  size_t used_ = 0;
  uint32_t records_ = 0;
  std::vector<uint8_t> queue_;
  size_t queued_from_ = 0;
};

}  // namespace wiretally

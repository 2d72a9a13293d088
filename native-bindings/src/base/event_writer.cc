// EventWriter: encodes records in the layout of event.h.
#include "event_writer.h"

#include <cstring>

namespace wiretally {

bool EventWriter::begin(uint8_t* batch, size_t size) {
  batch_ = batch;
  size_ = size;
  used_ = sizeof(BatchHeader);
  records_ = 0;
  while (queued_from_ < queue_.size()) {
    RecordHeader header;
    std::memcpy(&header, queue_.data() + queued_from_, sizeof header);
    if (header.length > size_ - used_) return records_ > 0;
    std::memcpy(batch_ + used_, queue_.data() + queued_from_, header.length);
    used_ += header.length;
    queued_from_ += header.length;
    ++records_;
  }
  queue_.clear();
  queued_from_ = 0;
  return true;
}

size_t EventWriter::end(int64_t clock_ns, int64_t settled_ns) {
  BatchHeader header{};
  header.magic = kBatchMagic;
  header.layout_version = kLayoutVersion;
  header.record_count = records_;
  header.length = static_cast<uint32_t>(used_);
  header.clock_ns = clock_ns;
  header.settled_ns = settled_ns;
  std::memcpy(batch_, &header, sizeof header);
  const size_t length = used_;
  batch_ = nullptr;
  size_ = used_ = 0;
  records_ = 0;
  return length;
}

void EventWriter::move_to(EventWriter* other) {
  while (queued_from_ < queue_.size()) {
    RecordHeader header;
    std::memcpy(&header, queue_.data() + queued_from_, sizeof header);
    std::memcpy(other->reserve(header.length), queue_.data() + queued_from_, header.length);
    queued_from_ += header.length;
  }
  queue_.clear();
  queued_from_ = 0;
}

uint8_t* EventWriter::reserve(size_t bytes) {
  // The order is preserved: once a record waits, all later ones wait too.
  if (is_drained() && bytes <= size_ - used_) {
    uint8_t* at = batch_ + used_;
    used_ += bytes;
    ++records_;
    return at;
  }
  const size_t at = queue_.size();
  queue_.resize(at + bytes);
  return queue_.data() + at;
}

void EventWriter::emit(RecordType type, uint16_t flags, const void* fixed, size_t fixed_size, const Span* tails,
                       size_t tail_count) {
  size_t bytes = fixed_size;
  for (size_t i = 0; i < tail_count; ++i) bytes += tails[i].size;
  const size_t padded = (bytes + 7) & ~size_t{7};
  uint8_t* at = reserve(padded);
  std::memcpy(at, fixed, fixed_size);
  RecordHeader header;
  header.type = static_cast<uint16_t>(type);
  header.flags = flags;
  header.length = static_cast<uint32_t>(padded);
  std::memcpy(at, &header, sizeof header);
  at += fixed_size;
  for (size_t i = 0; i < tail_count; ++i) {
    if (tails[i].size != 0) std::memcpy(at, tails[i].data, tails[i].size);
    at += tails[i].size;
  }
  std::memset(at, 0, padded - bytes);
}

}  // namespace wiretally

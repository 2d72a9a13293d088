// Inputs opens captures and writes the CaptureRecord at their end.
#include "input.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace wiretally {

int Inputs::open_file(const char* path, uint32_t file_index) {
  if (is_open()) return EBUSY;
  auto reader = std::make_unique<CaptureReader>(file_index);
  const int code = reader->open_file(path);
  if (code != 0) return code;
  capture_ = reader.get();
  source_ = std::move(reader);
  file_index_ = file_index;
  return 0;
}

int Inputs::open_stream(uint32_t file_index) {
  if (is_open()) return EBUSY;
  auto reader = std::make_unique<CaptureReader>(file_index);
  reader->open_stream();
  capture_ = reader.get();
  source_ = std::move(reader);
  file_index_ = file_index;
  return 0;
}

int Inputs::open_packed(const PackedOptions& options, uint32_t file_index) {
  const int code = open_stream(file_index);
  if (code == 0) capture_->open_packed(options);
  return code;
}

int Inputs::open_ring(const char* interface, uint32_t file_index, const RingOptions& options, RingTrouble* trouble) {
  if (is_open()) return EBUSY;
  auto reader = std::make_unique<RingReader>(file_index);
  const int code = reader->open(interface, options, trouble);
  if (code != 0) return code;
  ring_ = reader.get();
  source_ = std::move(reader);
  file_index_ = file_index;
  return 0;
}

bool Inputs::push(const uint8_t* data, size_t size, bool is_end) {
  if (capture_ == nullptr) return false;
  capture_->push(data, size, is_end);
  return true;
}

void Inputs::end(EventSink* sink) {
  const CaptureSummary& summary = source_->summary();
  const CaptureError& error = source_->error();
  CaptureRecord record{};
  record.file_index = file_index_;
  record.error_code = error.code;
  record.packets = summary.packets;
  record.wire_bytes = summary.wire_bytes;
  record.first_ns = summary.first_ns;
  record.last_ns = summary.last_ns;
  record.back_ns = summary.back_ns;
  record.drops = summary.drops;
  record.drops_since_ns = summary.drops_since_ns;
  record.filtered = summary.filtered;
  record.error_offset = error.offset;
  // A hostile pcapng may declare up to 65536 interfaces, each with its own link type.
  const size_t links = std::min<size_t>(summary.link_types.size(), UINT16_MAX / sizeof(uint16_t));
  record.link_type_count = static_cast<uint32_t>(links);
  record.links_length = static_cast<uint16_t>(links * sizeof(uint16_t));
  record.error_length = static_cast<uint16_t>(std::min<size_t>(error.reason.size(), UINT16_MAX));
  uint16_t flags = 0;
  if (error.truncated) flags |= kCaptureTruncated;
  if (error.code != 0 && !error.truncated) flags |= kCaptureDamaged;
  const Span tails[2] = {
      {reinterpret_cast<const uint8_t*>(summary.link_types.data()), record.links_length},
      {reinterpret_cast<const uint8_t*>(error.reason.data()), record.error_length},
  };
  sink->emit(RecordType::kCapture, flags, &record, sizeof record, tails, 2);
  packets_ += summary.packets;
  wire_bytes_ += summary.wire_bytes;
  bytes_read_ += source_->bytes_read();
  packed_ = packed_state();
  source_.reset();
  capture_ = nullptr;
  ring_ = nullptr;
}

}  // namespace wiretally

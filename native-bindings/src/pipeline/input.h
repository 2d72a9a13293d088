// Inputs reads the captures of one decoder in sequence, with a CaptureRecord at the end of each.
#pragma once

#include <cstdint>
#include <memory>

#include "../io/capture_reader.h"
#include "../io/ring/ring_reader.h"
#include "../stream/tracker.h"

namespace wiretally {

class Inputs {
 public:
  bool is_open() const { return source_ != nullptr; }
  int open_file(const char* path, uint32_t file_index);
  int open_stream(uint32_t file_index);
  int open_packed(const PackedOptions& options, uint32_t file_index);
  // Describes the compressed stream that is open, or that was open last.
  PackedState packed_state() const { return capture_ == nullptr ? packed_ : capture_->packed_state(); }
  int open_ring(const char* interface, uint32_t file_index, const RingOptions& options, RingTrouble* trouble);
  bool push(const uint8_t* data, size_t size, bool is_end);

  FrameSource& source() { return *source_; }
  // Returns the open capture, else null.
  CaptureReader* capture() { return capture_; }
  // Returns the open live interface, else null.
  RingReader* ring() { return ring_; }
  // Ends the open input with its CaptureRecord.
  void end(EventSink* sink);

  uint64_t packets() const { return packets_ + (is_open() ? source_->summary().packets : 0); }
  uint64_t wire_bytes() const { return wire_bytes_ + (is_open() ? source_->summary().wire_bytes : 0); }
  uint64_t bytes_read() const { return bytes_read_ + (is_open() ? source_->bytes_read() : 0); }

 private:
  std::unique_ptr<FrameSource> source_;
  CaptureReader* capture_ = nullptr;  // The same object as source_: one of these two.
  RingReader* ring_ = nullptr;
  uint32_t file_index_ = 0;
  PackedState packed_;
  uint64_t packets_ = 0;  // Packets of the inputs that have ended.
  uint64_t wire_bytes_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace wiretally

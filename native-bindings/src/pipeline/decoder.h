// Decoder reads captures and writes batches of records. It does not depend on Node: the addon and the fuzzers use it in
// the same way.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "../base/watchlist.h"
#include "../io/capture_reader.h"
#include "../io/ring/ring_reader.h"
#include "decoder_options.h"

namespace wiretally {

class Decoder {
 public:
  // poll: the batch is shorter than the next record, which is impossible with batches of 512 KiB.
  static constexpr size_t kBatchTooSmall = SIZE_MAX;
  // poll: another worker's handle was closed before the work was done.
  static constexpr size_t kAborted = SIZE_MAX - 1;

  virtual ~Decoder() = default;

  // Adds the next input. Returns 0 or an errno value; EBUSY while the previous input has not been read to its end.
  virtual int open_file(const char* path, uint32_t file_index) = 0;
  virtual int open_stream(uint32_t file_index) = 0;
  virtual int open_packed(const PackedOptions& /*options*/, uint32_t /*file_index*/) { return ENOTSUP; }
  // Describes the compressed stream that is open, or that was open last.
  virtual PackedState packed_state() { return {}; }
  virtual bool push(const uint8_t* data, size_t size, bool is_end) = 0;

  // Opens a live interface as the next input, for decoders with one worker: in live capture every worker has its own
  // ring and decoder.
  virtual int open_interface(const char* /*name*/, uint32_t /*file_index*/, const RingOptions& /*options*/,
                             RingTrouble* trouble) {
    trouble->what = "several workers cannot share one ring";
    return ENOTSUP;
  }
  // The interface returns the packets in its ring and then ends.
  virtual void stop_interface() {}
  // Returns false if no interface is open.
  virtual bool ring_stats(RingStats* /*stats*/) { return false; }
  // True while a flush_before has not been answered completely.
  virtual bool is_flushing() const { return false; }
  // Replaces the watchlist from the next packet on; tracked flows continue as they began.
  // `exported` may be null; only its names and noted networks are used.
  virtual void set_watchlist(const Watchlist& /*interest*/, const ExportFilter* /*exported*/) {}
  // Returns the number of flows in the table.
  virtual uint32_t open_flows() const { return 0; }

  // Fills `batch` with whole records for about `max_ms`. Returns their bytes, 0 if nothing is left to do until the next
  // input, push or finish, or one of the values above.
  virtual size_t poll(uint8_t* batch, size_t size, uint32_t max_ms) = 0;

  virtual void finish() = 0;
  virtual void request_counters() = 0;
  // Requests that the following polls emit all slices of windows that end at or before this time.
  virtual void flush_before(int64_t before_ns) = 0;
  virtual uint64_t bytes_read() const = 0;
};

// Returns null with the reason in `*error` if an option cannot be applied.
std::unique_ptr<Decoder> open_single_decoder(const DecoderOptions& options, std::string* error);

}  // namespace wiretally

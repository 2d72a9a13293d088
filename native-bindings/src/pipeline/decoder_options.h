// Options of a decoder. TypeScript validates them; src/native/addon.ts documents them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../flow/export_filter.h"
#include "../io/chunk_reader.h"
#include "../stream/tracker.h"

namespace wiretally {

// One reader could not feed more workers, and flow numbers keep 8 bits for the worker.
constexpr unsigned kMaxWorkers = 64;

struct DecoderOptions {
  uint32_t flows = 262144;
  uint32_t window_seconds = 0;
  // True: the decoder flushes windows, see FlushClock. False: the caller does, with flush_before.
  bool flushes_windows = false;
  int64_t settle_ns = 0;  // See PartitionOptions.
  bool emit_flows = true;
  TrackerOptions tracker;
  std::shared_ptr<Watchlist> watchlist;
  std::shared_ptr<ExportFilter> export_filter;  // null: every flow leaves native code
  std::string filter;
  std::vector<std::string> exclude;
  unsigned workers = 1;
  size_t chunk_bytes = ChunkReader::kChunkBytes;  // Chunk size of files that several workers read.
  unsigned number = 0;  // Number of this decoder in flow numbers, which differ between decoders of one report.
};

}  // namespace wiretally

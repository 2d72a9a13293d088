// RecordScanner walks the TLS record headers of one direction without reading their content. Missing bytes (lost, or
// cut by the snaplen) are filled by count; if a header was among them, the scanner searches for the next one and
// accepts it if it leads to a further header or to the end of the data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct ScannedRecord {
  uint8_t type = 0;
  bool filled = false;  // some of its bytes are missing, or its header was not captured
  uint32_t length = 0;  // of the fragment behind the header
  uint32_t count = 1;   // estimated number of records of a range without headers
  int64_t ts_ns = 0;    // arrival of its last byte
};

class RecordScanner {
 public:
  void reset() { *this = RecordScanner{}; }

  // True between two records: the next byte is the first of a header.
  bool at_boundary() const { return is_synced_ && left_ == 0 && header_bytes_ == 0; }
  bool is_synced() const { return is_synced_; }
  // True if no byte was missing, and a byte that should begin a header does not.
  bool has_misread() const { return has_misread_; }

  // Consumes bytes of the stream in order: `data` captured, representing `extent` bytes (more than data.size when the
  // snaplen cut them). Stops after the first record that ends. Returns consumed bytes of extent, at least 1;
  // `record->count` is 0 when none ended.
  uint32_t step(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);

  // Skips `count` lost bytes of the stream. Call it again with the result until it is 0.
  uint32_t skip(uint32_t count, int64_t ts_ns, ScannedRecord* record);

  // Ends a stretch without headers, for example because the other side has answered.
  void settle(ScannedRecord* record);

 private:
  uint32_t find_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);
  uint32_t read_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);
  void finish(int64_t ts_ns, ScannedRecord* record);
  void lose_sync(uint32_t unknown_bytes, int64_t ts_ns);

  uint32_t left_ = 0;     // remaining bytes of the current record
  uint32_t unknown_ = 0;  // bytes since the last known boundary while not synced
  uint32_t length_ = 0;   // of the current record
  uint8_t header_[5] = {};
  uint8_t header_bytes_ = 0;
  uint8_t type_ = 0;
  bool is_synced_ = true;
  bool has_gap_ = false;
  bool has_misread_ = false;
  int64_t unknown_ts_ns_ = 0;
};

}  // namespace wiretally

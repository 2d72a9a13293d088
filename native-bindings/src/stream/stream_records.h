// RecordScanner: walks the TLS record headers of one direction without looking at what the records hold. Bytes that are
// missing (lost, or cut by the snaplen) are filled by their number; when a header was among them, the next one is
// looked for and accepted when it leads on to a further header or to the end of what is there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

struct ScannedRecord {
  uint8_t type = 0;
  bool filled = false;  // some of its bytes were missing, or its header was never seen
  uint32_t length = 0;  // of the fragment behind the header
  uint32_t count = 1;   // records that a stretch without headers is taken for
  int64_t ts_ns = 0;    // arrival of its last byte
};

class RecordScanner {
 public:
  void reset() { *this = RecordScanner{}; }

  // Between two records: the next byte is the first of a header.
  bool at_boundary() const { return is_synced_ && left_ == 0 && header_bytes_ == 0; }
  bool is_synced() const { return is_synced_; }

  // Takes bytes of the stream in order: `data` captured, standing for `extent` bytes (more than data.size when the
  // snaplen cut them). Stops behind the first record that ends. Returns bytes of extent consumed, at least 1 of them;
  // `record->count` is 0 when none ended.
  uint32_t step(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);

  // `count` bytes of the stream will not come. Call again with what it returns until that is 0.
  uint32_t skip(uint32_t count, int64_t ts_ns, ScannedRecord* record);

  // Ends a stretch without headers, for example because the other side has answered.
  void settle(ScannedRecord* record);

 private:
  uint32_t find_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);
  uint32_t read_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record);
  void finish(int64_t ts_ns, ScannedRecord* record);
  void lose_sync(uint32_t unknown_bytes, int64_t ts_ns);

  uint32_t left_ = 0;     // bytes of the current record that are still to come
  uint32_t unknown_ = 0;  // bytes since the last known boundary while not synced
  uint32_t length_ = 0;   // of the current record
  uint8_t header_[5] = {};
  uint8_t header_bytes_ = 0;
  uint8_t type_ = 0;
  bool is_synced_ = true;
  bool is_filled_ = false;
  int64_t unknown_ts_ns_ = 0;
};

}  // namespace wiretally

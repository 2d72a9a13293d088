// CaptureFormat: interface of file formats: walks the complete records of a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "capture_reader.h"

namespace wiretally {

// Longest record that is held whole: a pcapng block with a packet of kMaxCaptured, its options and comments.
constexpr size_t kMaxRecordBytes = 2u * CaptureReader::kMaxCaptured;

// Buffered bytes. `at` advances over walked records; `offset` is the offset of `at` in the input.
struct RecordWindow {
  const uint8_t* at;
  const uint8_t* end;
  uint64_t offset;

  size_t left() const { return static_cast<size_t>(end - at); }
  void consume(size_t count) {
    at += count;
    offset += count;
  }
};

// Walked frames go here.
struct FrameList {
  Frame* frames;
  size_t max;
  size_t count = 0;
  bool full() const { return count == max; }
};

enum class WalkStatus : uint8_t {
  kFull,   // the list is full
  kMore,   // the next record needs more bytes than are buffered (at most kMaxRecordBytes)
  kSkip,   // the next `skip` bytes of the input hold nothing for us
  kError,  // the next record is at fault
};

struct WalkResult {
  WalkStatus status;
  uint64_t skip = 0;
};

// Times beyond this are clamped: 2^62 ns is the year 2116, and sums of two still fit.
constexpr int64_t kLatestNs = int64_t{1} << 62;

class CaptureFormat {
 public:
  static constexpr size_t kNoRecord = SIZE_MAX;

  virtual ~CaptureFormat() = default;
  // Walks records into `list`. On kError it has filled `error` except for its offset.
  virtual WalkResult walk(RecordWindow* window, FrameList* list, CaptureSummary* summary, CaptureError* error) = 0;

  // Formats with self-contained records can be walked from any record, by several threads concurrently.
  // The following three are for those only; 0: not supported.
  virtual size_t record_header_bytes() const { return 0; }
  // Length of the record at `at`, whose header is buffered.
  virtual size_t record_bytes(const uint8_t* /*at*/) const { return 0; }
  // Finds where the first record seems to begin in some bytes of the input; kNoRecord: nowhere.
  virtual size_t likely_record(const uint8_t* /*bytes*/, size_t /*size*/) const { return kNoRecord; }
};

// Detects the format by the first bytes of an input. Null and `error.code` 0: more bytes are needed. `is_end`:
// there are no more.
std::unique_ptr<CaptureFormat> detect_format(RecordWindow* window, bool is_end, uint32_t file_index,
                                             CaptureSummary* summary, CaptureError* error);

std::unique_ptr<CaptureFormat> open_pcap(RecordWindow* window, uint32_t file_index, CaptureSummary* summary,
                                         CaptureError* error);
std::unique_ptr<CaptureFormat> open_pcapng(uint32_t file_index);

inline void set_error(CaptureError* error, CaptureErrorCode code, std::string reason) {
  error->code = static_cast<uint32_t>(code);
  error->reason = std::move(reason);
}

// Adds a new link type. Stores only the first kMaxLinkTypes: reports list them, and
// a hostile file may declare thousands.
constexpr size_t kMaxLinkTypes = 64;
void note_link_type(CaptureSummary* summary, uint16_t link_type);

// Offloading hands out 512 KiB at most (Linux, GSO_MAX_SIZE); a damaged length would count as gigabytes of traffic.
constexpr uint32_t kMaxWireBytes = 16u << 20;

// Corrects lengths and adds the packet to the summary. `fcs_bytes` is the frame check sequence of each whole
// frame.
inline void finish_frame(Frame* frame, uint8_t fcs_bytes, FrameFlaws flaws, CaptureSummary* summary) {
  // An original length below the captured one is wrong: the bytes are there. So is one that no interface sends.
  frame->flaws = flaws;
  if (frame->captured > frame->wire_bytes || frame->wire_bytes > kMaxWireBytes) {
    frame->flaws |= kWrongLength;
    frame->wire_bytes = frame->captured;
  }
  const uint32_t cut = frame->wire_bytes - frame->captured;
  frame->fcs_bytes = fcs_bytes > cut ? static_cast<uint8_t>(fcs_bytes - cut) : uint8_t{0};
  if (frame->fcs_bytes > frame->captured) frame->fcs_bytes = static_cast<uint8_t>(frame->captured);
  if (summary->packets == 0) {
    summary->first_ns = summary->last_ns = frame->ts_ns;
  } else {
    if (frame->ts_ns < summary->first_ns) summary->first_ns = frame->ts_ns;
    if (frame->ts_ns > summary->last_ns) {
      summary->last_ns = frame->ts_ns;
    } else {
      const uint64_t back = static_cast<uint64_t>(summary->last_ns) - static_cast<uint64_t>(frame->ts_ns);
      if (back > summary->back_ns) summary->back_ns = back;
    }
  }
  ++summary->packets;
  summary->wire_bytes += frame->wire_bytes;
}

}  // namespace wiretally

// Frame: the captured bytes of one link, with the metadata of the capture.
#pragma once

#include <cstdint>

namespace wiretally {

// Errors of a record that were corrected, and other reasons not to rely on the records.
enum FrameFlaws : uint8_t {
  kNoFlaw = 0,
  kWrongLength = 1 << 0,  // an original length below the captured one, or one that no interface sends
  kWrongTime = 1 << 1,    // nanoseconds where the format has microseconds, or no time
  kFiltered = 1 << 2,     // no error: its interface had a capture filter, which left other packets out
};

// `data` points into memory of the frame source (FrameSource::read in io/). `captured` is never more than `wire_bytes`.
// Times lie between 0 and 2^62 ns; other times are clamped to that range.
struct Frame {
  const uint8_t* data;
  int64_t ts_ns;
  uint32_t captured;    // bytes at data
  uint32_t wire_bytes;  // original length
  uint16_t link_type;   // LINKTYPE value
  uint8_t fcs_bytes;    // bytes of a frame check sequence at the end of data, 0 when none or cut off
  uint8_t flaws = 0;    // FrameFlaws
  uint32_t file_index;
  // Receive offload merged several frames of one flow: the payload of each on the wire, except for the last. 0: a
  // single frame.
  uint16_t gro_bytes = 0;
};

}  // namespace wiretally

// Frame: bytes as they were captured on one link, with what the capture says of them.
#pragma once

#include <cstdint>

namespace wiretally {

// `data` points into memory of whoever gave the frame (FrameSource::read in io/). `captured`
// is never more than `wire_bytes`. Times lie between 0 and 2^62 ns; absurd ones are clamped to that.
struct Frame {
  const uint8_t* data;
  int64_t ts_ns;
  uint32_t captured;    // bytes at data
  uint32_t wire_bytes;  // original length
  uint16_t link_type;   // LINKTYPE value
  uint8_t fcs_bytes;    // bytes of a frame check sequence at the end of data, 0 when none or cut off
  uint8_t reserved;
  uint32_t file_index;
  // Receive offload glued frames of one flow together: payload that each of them had on the wire, but for the
  // last. 0: it is one frame.
  uint16_t gro_bytes = 0;
};

}  // namespace wiretally

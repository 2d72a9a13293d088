// Reads the frames of one block of a TPACKET_V3 ring (packet(7), linux/if_packet.h). The block is untrusted input:
// an offset or a length that points outside the block ends the walk. Linux only.
#pragma once

#ifdef __linux__

#include <cstddef>
#include <cstdint>

#include "../frame_source.h"

namespace wiretally {

class RingBlockWalk {
 public:
  // Space before each frame to restore a VLAN tag that the kernel removed.
  static constexpr unsigned kTagSpace = 4;

  RingBlockWalk() = default;
  // `block` is aligned to 8 bytes. `has_offload_header`: a virtio_net_hdr precedes each frame.
  RingBlockWalk(uint8_t* block, size_t block_bytes, bool has_offload_header);

  // Reads data, time, lengths and gro_bytes of the next frame. Returns false after the last frame, and at an offset
  // outside the block.
  bool next(Frame* frame);

  // Returns the number of frames that next() has not returned. After next() returned false these are frames that the
  // block header counts but the block does not contain, at most as many as fit into a block.
  uint32_t left() const { return left_; }

 private:
  uint8_t* block_ = nullptr;
  size_t block_bytes_ = 0;
  size_t at_ = 0;  // offset of the next frame's header
  uint32_t left_ = 0;
  bool has_offload_header_ = false;
};

}  // namespace wiretally

#endif

// RingBlock: the frames of one block of a TPACKET_V3 ring (packet(7), linux/if_packet.h). The kernel writes the block, and
// it is read like untrusted input: each frame lies inside the block, whatever its offsets are. Linux only.
#pragma once

#ifdef __linux__

#include <cstddef>
#include <cstdint>

#include "../frame_source.h"

namespace wiretally {

class RingBlockWalk {
 public:
  // Space before each frame to restore a VLAN tag that the kernel removed.
  static constexpr unsigned kTagRoom = 4;

  RingBlockWalk() = default;
  // `block` is aligned to 8 bytes. `tells_offload`: a virtio_net_hdr precedes each frame.
  RingBlockWalk(uint8_t* block, size_t block_bytes, bool tells_offload);

  // Data, time, lengths and glued bytes of the next frame. False behind the last one, and where the block leads out of
  // itself.
  bool next(Frame* frame);

  // Frames that next() still owes. Behind a false of it: those that the block counts and does not hold, as far as a
  // block can hold them.
  uint32_t left() const { return left_; }

 private:
  uint8_t* block_ = nullptr;
  size_t block_bytes_ = 0;
  size_t at_ = 0;  // of the next frame's header
  uint32_t left_ = 0;
  bool tells_offload_ = false;
};

}  // namespace wiretally

#endif

// Reads frames from a ring block. Each header is copied before its fields are checked, because the kernel may write.
#include "ring_block.h"

#ifdef __linux__

#include <linux/if_packet.h>

#include <algorithm>
#include <cstring>

namespace wiretally {

namespace {

constexpr uint16_t kTypeVlan = 0x8100;
constexpr uint32_t kMacBytes = 12;
// Blocks are laid out in steps of this (V3_ALIGNMENT of the kernel).
constexpr size_t kAlignment = 8;

// struct virtio_net_hdr of linux/virtio_net.h, which is no C++, in the byte order of the machine.
struct OffloadHeader {
  uint8_t flags;
  uint8_t gso_type;  // 0: the frame is as it was on the wire
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};
static_assert(sizeof(OffloadHeader) == 10);
// Maximum number of bytes read or written before a frame: the offload header, or the tag.
constexpr size_t kSpaceBefore = sizeof(OffloadHeader);
static_assert(RingBlockWalk::kTagSpace <= kSpaceBefore);

// Payload of each of the merged frames, 0 for a single frame.
uint16_t gro_bytes(const uint8_t* frame) {
  OffloadHeader header;
  std::memcpy(&header, frame - sizeof header, sizeof header);
  return header.gso_type == 0 ? uint16_t{0} : header.gso_size;
}

// Restores a VLAN tag from the metadata of the frame: after the two MACs, in the space reserved for
// it.
void restore_tag(const tpacket3_hdr& header, uint8_t* data, Frame* frame) {
  if ((header.tp_status & TP_STATUS_VLAN_VALID) == 0 || frame->captured < kMacBytes) return;
  const bool has_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  const uint16_t type = has_type ? static_cast<uint16_t>(header.hv1.tp_vlan_tpid) : kTypeVlan;
  const uint32_t tag = header.hv1.tp_vlan_tci;
  uint8_t* start = data - RingBlockWalk::kTagSpace;
  std::memmove(start, data, kMacBytes);
  start[12] = static_cast<uint8_t>(type >> 8);
  start[13] = static_cast<uint8_t>(type);
  start[14] = static_cast<uint8_t>(tag >> 8);
  start[15] = static_cast<uint8_t>(tag);
  frame->data = start;
  frame->captured += RingBlockWalk::kTagSpace;
  frame->wire_bytes += RingBlockWalk::kTagSpace;
}

}  // namespace

RingBlockWalk::RingBlockWalk(uint8_t* block, size_t block_bytes, bool has_offload_header)
    : block_(block), block_bytes_(block_bytes), has_offload_header_(has_offload_header) {
  if (block_bytes < sizeof(tpacket_block_desc)) return;
  tpacket_block_desc description;
  std::memcpy(&description, block, sizeof description);
  at_ = description.hdr.bh1.offset_to_first_pkt;
  const size_t max_frames = block_bytes / sizeof(tpacket3_hdr);
  left_ = static_cast<uint32_t>(std::min<size_t>(description.hdr.bh1.num_pkts, max_frames));
}

bool RingBlockWalk::next(Frame* frame) {
  if (left_ == 0) return false;
  if (at_ % kAlignment != 0 || at_ < sizeof(tpacket_block_desc) || at_ > block_bytes_) return false;
  const size_t left = block_bytes_ - at_;
  tpacket3_hdr header;
  if (left < sizeof header) return false;
  std::memcpy(&header, block_ + at_, sizeof header);
  if (header.tp_mac < sizeof header + kSpaceBefore || header.tp_mac > left) return false;
  if (header.tp_snaplen > left - header.tp_mac) return false;
  uint8_t* data = block_ + at_ + header.tp_mac;
  *frame = Frame{};
  frame->data = data;
  frame->ts_ns = int64_t{header.tp_sec} * 1'000'000'000 + header.tp_nsec;
  frame->captured = header.tp_snaplen;
  frame->wire_bytes = header.tp_len;
  // The restored tag overwrites the offload header, so the header is read first.
  if (has_offload_header_) frame->gro_bytes = gro_bytes(data);
  restore_tag(header, data, frame);
  --left_;
  // The offset of the last frame is 0; the others advance by at least one header.
  at_ = header.tp_next_offset < sizeof header ? 0 : at_ + header.tp_next_offset;
  return true;
}

}  // namespace wiretally

#endif

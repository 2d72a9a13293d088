// RingSocket: the system calls behind a RingReader: socket, ring, filter, share of a fanout group.
#pragma once

#ifdef __linux__

#include <cstddef>
#include <cstdint>
#include <string>

#include "ring_reader.h"

struct tpacket_block_desc;

namespace wiretally {

class RingSocket {
 public:
  RingSocket() = default;
  ~RingSocket();
  RingSocket(const RingSocket&) = delete;
  RingSocket& operator=(const RingSocket&) = delete;

  // Returns 0 or an errno value with its trouble.
  int open(const char* interface, const RingOptions& options, RingTrouble* trouble);
  // No packet passes any more.
  bool stop();
  // Waits until a block is released, at the latest after `max_ms`.
  void wait(int max_ms);
  // Adds the kernel counters since the last call, and checks the interface.
  void update(RingStats* stats);

  uint16_t link_type() const { return link_type_; }
  // True if the kernel writes a virtio_net_hdr right before each frame (PACKET_VNET_HDR).
  bool has_offload_header() const { return has_offload_header_; }
  tpacket_block_desc* block(uint32_t number) const;
  size_t block_bytes() const { return options_.block_bytes; }

 private:
  int find_interface(RingTrouble* trouble);
  int make_ring(RingTrouble* trouble);
  int listen(RingTrouble* trouble);
  // Joins the fanout group and accepts packets; retried when the interface comes up.
  int arm(RingTrouble* trouble);
  RingState look_at_interface() const;

  std::string interface_;
  RingOptions options_;
  std::vector<BpfInstruction> filter_;
  int socket_ = -1;
  int index_ = 0;
  uint16_t link_type_ = 1;
  uint8_t* map_ = nullptr;
  size_t map_bytes_ = 0;
  bool is_armed_ = false;
  bool has_offload_header_ = false;
};

}  // namespace wiretally

#endif

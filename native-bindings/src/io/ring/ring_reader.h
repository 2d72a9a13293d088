// RingReader: packets of a live interface through a memory-mapped AF_PACKET ring (TPACKET_V3, packet(7) and
// the kernel's packet_mmap documentation). One thread per ring. Linux only: elsewhere open() returns an error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../bpf_filter.h"
#include "../frame_source.h"

namespace wiretally {

struct RingOptions {
  // Power of two, multiple of the page size, larger than any frame. A partial block is released
  // after `retire_ms`: at low rates a ring covers as many of these as it has blocks, however few packets are
  // in them.
  uint32_t block_bytes = 1u << 17;
  uint32_t block_count = 512;  // ring memory = block_bytes * block_count
  uint32_t retire_ms = 20;
  int fanout_group = -1;  // 0..65535: rings of one group share the interface by flow; -1: no group
  bool promiscuous = true;
  bool ignore_outgoing = false;  // only what arrives: for mirror ports
  bool hardware_time = false;    // the interface's own time stamps where it has them, else the kernel's
  std::string filter;            // capture filter expression, empty: everything
};

enum class RingState : uint8_t { kUp, kNoCarrier, kDown, kGone };

struct RingStats {
  uint64_t received = 0;    // packets that reached the ring, or would have had it not been full
  uint64_t ring_drops = 0;  // Packets of `received` that were lost because the ring was full.
  uint64_t freezes = 0;     // times the ring was full
  RingState state = RingState::kUp;
  bool is_quiet = false;  // the last read found the ring empty
  double fill = 0;        // share of the blocks that wait to be read, 0 to 1
};

// Why a ring could not be opened: what failed, and what to do about it.
struct RingTrouble {
  std::string what;
  std::string next;
};

class RingReader final : public FrameSource {
 public:
  explicit RingReader(uint32_t file_index);
  ~RingReader() override;
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  // Returns 0 or an errno value with its fault. An interface that is down can be opened and delivers
  // packets when it comes up.
  int open(const char* interface, const RingOptions& options, RingTrouble* trouble);
  // Stops receiving; the content of the ring is still read, followed by kEnd.
  void stop();

  ReadStatus read(Frame* frames, size_t max, size_t* count, Block** block) override;
  void wait(int max_ms) override;

  // Totals since open; the kernel's own counters are reset by reading them, so they are added up here.
  RingStats stats();

  const CaptureError& error() const override;
  const CaptureSummary& summary() const override;
  uint64_t bytes_read() const override;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the blocks in use
};

}  // namespace wiretally

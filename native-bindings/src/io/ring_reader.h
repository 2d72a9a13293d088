// RingReader: packets of a live interface through a memory-mapped AF_PACKET ring (TPACKET_V3, packet(7) and the
// kernel's packet_mmap documentation). One ring has one reading thread; blocks may be released from any thread.
// Linux only: elsewhere open() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture_reader.h"

namespace wiretally {

// One instruction of classic BPF, as libpcap compiles it and SO_ATTACH_FILTER takes it.
struct BpfInstruction {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t k;
};
static_assert(sizeof(BpfInstruction) == 8);

struct RingOptions {
  uint32_t block_bytes = 1u << 20;   // power of two, multiple of the page size
  uint32_t block_count = 64;         // ring memory = block_bytes * block_count
  uint32_t retire_ms = 20;           // a block that is not full is handed over after this
  uint32_t snaplen = 262144;         // longest captured length
  int fanout_group = -1;             // 0..65535: rings of one group share the interface by flow; -1: alone
  bool promiscuous = true;
  bool ignore_outgoing = false;      // only what arrives: for mirror ports
  bool hardware_time = false;        // ask the interface for its own time stamps, fall back to the kernel's
  std::vector<BpfInstruction> filter;
};

struct RingStats {
  uint64_t received = 0;      // packets that reached the ring or would have
  uint64_t ring_drops = 0;    // of these, lost because the ring was full
  uint64_t freezes = 0;       // times the ring was full
};

enum class RingStatus : uint8_t {
  kFrames,   // at least one frame was given
  kQuiet,    // nothing came while waiting
  kDown,     // the interface is down; read again later
  kGone,     // the interface has been removed: close, and open again when it is back
  kError,    // see the error text of open(): the socket cannot be read
};

class RingReader {
 public:
  explicit RingReader(uint32_t file_index);
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  // Returns 0 or an errno value; `error` then says what failed and what to do about it.
  int open(const char* interface, const RingOptions& options, std::string* error);

  // Gives up to `max` frames of one block, waiting for them up to `wait_ms`. `*block` must be released once for every
  // call that returned kFrames; the kernel gets the block back when all its frames were given and released.
  RingStatus read(Frame* frames, size_t max, size_t* count, uint32_t* block, int wait_ms);
  void release(uint32_t block);

  // Totals since open; the kernel's own counters are reset by reading them, so they are added up here.
  RingStats stats();
  uint16_t link_type() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wiretally

// RingReader: walks the blocks that the kernel fills, and returns them to the kernel.
#include "ring_reader.h"

#include <cerrno>

#include "../capture_format.h"

#ifdef __linux__
#include <linux/if_packet.h>

#include "ring_block.h"
#include "ring_socket.h"

namespace wiretally {

namespace {

struct RingBlock : Block {
  tpacket_block_desc* header = nullptr;
};

bool belongs_to_us(const tpacket_block_desc* header) {
  // The kernel writes block_status last; acquire makes the frames behind it visible.
  return (__atomic_load_n(&header->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
}

// A block that is pinned has been read.
bool is_waiting(const RingBlock& block) {
  return block.pins.load(std::memory_order_acquire) == 0 && belongs_to_us(block.header);
}

}  // namespace

struct RingReader::State : BlockHome, std::enable_shared_from_this<RingReader::State> {
  uint32_t file_index = 0;
  RingSocket socket;
  std::vector<std::unique_ptr<RingBlock>> blocks;
  RingStats stats;
  CaptureSummary summary;
  CaptureError error;
  uint64_t bytes_read = 0;
  bool is_stopped = false;
  int quiet_waits = 0;  // since it was stopped

  // Index of the current block; it is pinned once for it.
  uint32_t current = 0;
  RingBlock* open_block = nullptr;
  RingBlockWalk walk;

  void take_back(Block* block) override {
    __atomic_store_n(&static_cast<RingBlock*>(block)->header->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  }

  bool open_next() {
    RingBlock* next = blocks[current].get();
    // A block that is still pinned holds TP_STATUS_USER from the round before: it is not new.
    if (next->pins.load(std::memory_order_acquire) != 0 || !belongs_to_us(next->header)) return false;
    next->pins.store(1, std::memory_order_relaxed);
    next->home = shared_from_this();
    open_block = next;
    walk = RingBlockWalk(reinterpret_cast<uint8_t*>(next->header), socket.block_bytes(), socket.has_offload_header());
    return true;
  }

  // The kernel releases blocks in order, from the next one on: a binary search finds how many wait.
  double fill() const {
    const size_t all = blocks.size();
    const size_t first = current + (open_block == nullptr ? 0 : 1);
    size_t waiting = 0;
    for (size_t step = all; step > 0; step /= 2) {
      while (waiting + step <= all && is_waiting(*blocks[(first + waiting + step - 1) % all])) waiting += step;
    }
    return all == 0 ? 0 : static_cast<double>(waiting) / static_cast<double>(all);
  }

  void close_block() {
    current = current + 1 == blocks.size() ? 0 : current + 1;
    Block* block = open_block;
    open_block = nullptr;
    FrameSource::unpin(block);
  }

  bool take_frame(Frame* frame) {
    if (!walk.next(frame)) return false;
    frame->link_type = socket.link_type();
    frame->file_index = file_index;
    bytes_read += frame->captured;
    finish_frame(frame, 0, kNoFlaw, &summary);
    return true;
  }
};

RingReader::RingReader(uint32_t file_index) : state_(std::make_shared<State>()) { state_->file_index = file_index; }

RingReader::~RingReader() {
  if (state_->open_block != nullptr) state_->close_block();
}

int RingReader::open(const char* interface, const RingOptions& options, RingTrouble* trouble) {
  State& s = *state_;
  const int code = s.socket.open(interface, options, trouble);
  if (code != 0) return code;
  for (uint32_t n = 0; n < options.block_count; ++n) {
    s.blocks.push_back(std::make_unique<RingBlock>());
    s.blocks.back()->header = s.socket.block(n);
  }
  note_link_type(&s.summary, s.socket.link_type());
  return 0;
}

void RingReader::stop() {
  if (!state_->is_stopped) state_->socket.stop();
  state_->is_stopped = true;
}

ReadStatus RingReader::read(Frame* frames, size_t max, size_t* count, Block** block) {
  State& s = *state_;
  *count = 0;
  *block = nullptr;
  if (s.open_block == nullptr && !s.open_next()) {
    s.stats.is_quiet = true;
    // The block that was being filled at the stop is released within retire_ms: two waits are sufficient
    // for it.
    return s.is_stopped && s.quiet_waits >= 2 ? ReadStatus::kEnd : ReadStatus::kQuiet;
  }
  s.stats.is_quiet = false;
  s.quiet_waits = 0;
  bool has_more = true;
  while (*count < max && has_more) {
    has_more = s.take_frame(&frames[*count]);
    if (has_more) ++*count;
  }
  if (*count > 0) {
    pin(s.open_block);
    *block = s.open_block;
  }
  if (!has_more || s.walk.left() == 0) {
    // Packets that the kernel counted but no block contains are lost, as are those without space.
    s.stats.ring_drops += s.walk.left();
    s.close_block();
  }
  return *count > 0 ? ReadStatus::kFrames : ReadStatus::kQuiet;
}

void RingReader::wait(int max_ms) {
  constexpr int kBehindRetire = 50;
  if (!state_->is_stopped) {
    state_->socket.wait(max_ms);
    return;
  }
  ++state_->quiet_waits;
  state_->socket.wait(kBehindRetire);
}

RingStats RingReader::stats() {
  state_->socket.update(&state_->stats);
  state_->stats.fill = state_->fill();
  return state_->stats;
}

const CaptureError& RingReader::error() const { return state_->error; }
const CaptureSummary& RingReader::summary() const { return state_->summary; }
uint64_t RingReader::bytes_read() const { return state_->bytes_read; }

}  // namespace wiretally

#else

namespace wiretally {

struct RingReader::State {
  CaptureSummary summary;
  CaptureError error;
};

RingReader::RingReader(uint32_t) : state_(std::make_shared<State>()) {}
RingReader::~RingReader() = default;
int RingReader::open(const char*, const RingOptions&, RingTrouble* trouble) {
  trouble->what = "AF_PACKET rings exist on Linux only";
  trouble->next = "use --backend cap";
  return ENOTSUP;
}
void RingReader::stop() {}
ReadStatus RingReader::read(Frame*, size_t, size_t* count, Block** block) {
  *count = 0;
  *block = nullptr;
  return ReadStatus::kEnd;
}
void RingReader::wait(int) {}
RingStats RingReader::stats() { return {}; }
const CaptureError& RingReader::error() const { return state_->error; }
const CaptureSummary& RingReader::summary() const { return state_->summary; }
uint64_t RingReader::bytes_read() const { return 0; }

}  // namespace wiretally

#endif

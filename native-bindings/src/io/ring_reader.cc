// RingReader: walks the blocks that the kernel hands over, and gives them back.
#include "ring_reader.h"

#include <cerrno>
#include <cstring>

#include "capture_format.h"

#ifdef __linux__
#include <linux/if_packet.h>

#include "ring_socket.h"

namespace wiretally {

namespace {

constexpr uint16_t kTypeVlan = 0x8100;

struct RingBlock : Block {
  tpacket_block_desc* header = nullptr;
};

bool belongs_to_us(const tpacket_block_desc* header) {
  // The kernel writes block_status last; acquire makes the frames behind it visible.
  return (__atomic_load_n(&header->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
}

// Puts a VLAN tag that the kernel keeps beside the frame back behind the two MACs, into the room reserved for
// it.
uint8_t* restore_tag(uint8_t* frame, const tpacket3_hdr& header, uint32_t* captured, uint32_t* wire) {
  if ((header.tp_status & TP_STATUS_VLAN_VALID) == 0 || *captured < 12) return frame;
  const bool has_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  const uint16_t type = has_type ? static_cast<uint16_t>(header.hv1.tp_vlan_tpid) : kTypeVlan;
  const uint32_t tag = header.hv1.tp_vlan_tci;
  uint8_t* start = frame - RingSocket::kTagRoom;
  std::memmove(start, frame, 12);
  start[12] = static_cast<uint8_t>(type >> 8);
  start[13] = static_cast<uint8_t>(type);
  start[14] = static_cast<uint8_t>(tag >> 8);
  start[15] = static_cast<uint8_t>(tag);
  *captured += RingSocket::kTagRoom;
  *wire += RingSocket::kTagRoom;
  return start;
}

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

// Payload of each of the frames that offload glued together, 0 for a frame by itself.
uint16_t glued_bytes(const uint8_t* frame) {
  OffloadHeader header;
  std::memcpy(&header, frame - sizeof header, sizeof header);
  return header.gso_type == 0 ? uint16_t{0} : header.gso_size;
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

  // Of the block that is being handed out; it is pinned once for that.
  uint32_t current = 0;
  RingBlock* open_block = nullptr;
  uint32_t frames_left = 0;
  uint8_t* next_frame = nullptr;

  void take_back(Block* block) override {
    __atomic_store_n(&static_cast<RingBlock*>(block)->header->hdr.bh1.block_status, TP_STATUS_KERNEL,
                     __ATOMIC_RELEASE);
  }

  bool open_next() {
    RingBlock* next = blocks[current].get();
    // A block that is still pinned holds TP_STATUS_USER from the round before: it is not new.
    if (next->pins.load(std::memory_order_acquire) != 0 || !belongs_to_us(next->header)) return false;
    next->pins.store(1, std::memory_order_relaxed);
    next->home = shared_from_this();
    open_block = next;
    frames_left = next->header->hdr.bh1.num_pkts;
    next_frame = reinterpret_cast<uint8_t*>(next->header) + next->header->hdr.bh1.offset_to_first_pkt;
    return true;
  }

  void close_block() {
    current = current + 1 == blocks.size() ? 0 : current + 1;
    Block* block = open_block;
    open_block = nullptr;
    FrameSource::unpin(block);
  }

  Frame take_frame() {
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(next_frame);
    uint32_t captured = header.tp_snaplen;
    uint32_t wire = header.tp_len;
    // Before the tag is put back where it was written.
    const uint16_t glued = socket.tells_offload() ? glued_bytes(next_frame + header.tp_mac) : uint16_t{0};
    const uint8_t* data = restore_tag(next_frame + header.tp_mac, header, &captured, &wire);
    const int64_t time = int64_t{header.tp_sec} * 1'000'000'000 + header.tp_nsec;
    Frame frame{data, time, captured, wire, socket.link_type(), 0, 0, file_index, glued};
    finish_frame(&frame, 0, &summary);
    bytes_read += captured;
    --frames_left;
    next_frame += header.tp_next_offset;
    return frame;
  }
};

RingReader::RingReader(uint32_t file_index) : state_(std::make_shared<State>()) {
  state_->file_index = file_index;
}

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
    // The block that was being filled when it stopped is handed over within retire_ms: two waits are behind
    // it.
    return s.is_stopped && s.quiet_waits >= 2 ? ReadStatus::kEnd : ReadStatus::kQuiet;
  }
  s.stats.is_quiet = false;
  s.quiet_waits = 0;
  while (*count < max && s.frames_left > 0) frames[(*count)++] = s.take_frame();
  if (*count > 0) {
    pin(s.open_block);
    *block = s.open_block;
  }
  if (s.frames_left == 0) s.close_block();
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

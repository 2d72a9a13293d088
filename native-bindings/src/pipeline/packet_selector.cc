// PacketSelector reads and decodes frames, compares them with the flows, and copies those that match.
#include "packet_selector.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "../packet/decode.h"

namespace wiretally {

namespace {

bool is_same(const FlowKey& a, const FlowKey& b) {
  return std::equal(std::begin(a.words), std::end(a.words), std::begin(b.words)) && a.ports == b.ports &&
         a.kind == b.kind;
}

// Bytes of the frame before `end`, which may point outside of it when a header was cut.
uint32_t bytes_before(const Frame& frame, const uint8_t* end) {
  const bool is_inside = end >= frame.data && end <= frame.data + frame.captured;
  return is_inside ? static_cast<uint32_t>(end - frame.data) : frame.captured;
}

uint32_t header_bytes_of(const Frame& frame, const Packet& packet) {
  if (packet.payload.size > 0) return bytes_before(frame, packet.payload.data);
  if (packet.segment.size > 0) return bytes_before(frame, packet.segment.data + packet.segment.size);
  return frame.captured;
}

}  // namespace

bool PacketSelector::add_flow(const Endpoints& ends, int64_t first_ns, int64_t last_ns) {
  if (flows_.size() >= kMaxFlows) return false;
  const FlowKey key = make_key(ends);
  flows_.emplace(hash_key(key, secret_), Flow{key, first_ns, last_ns, static_cast<uint32_t>(flows_.size())});
  return true;
}

int PacketSelector::open_file(const char* path, uint32_t file_index) {
  if (is_open()) return EBUSY;
  auto reader = std::make_unique<CaptureReader>(file_index);
  const int code = reader->open_file(path);
  if (code == 0) reader_ = std::move(reader);
  return code;
}

int PacketSelector::open_stream(uint32_t file_index) {
  if (is_open()) return EBUSY;
  reader_ = std::make_unique<CaptureReader>(file_index);
  reader_->open_stream();
  return 0;
}

int PacketSelector::open_packed(const PackedOptions& options, uint32_t file_index) {
  const int code = open_stream(file_index);
  if (code == 0) reader_->open_packed(options);
  return code;
}

bool PacketSelector::push(const uint8_t* data, size_t size, bool is_end) {
  if (!is_open()) return false;
  reader_->push(data, size, is_end);
  return true;
}

size_t PacketSelector::read(uint8_t* out, size_t size) {
  size_t used = 0;
  for (;;) {
    if (frame_at_ == frame_count_ && !read_frames()) return used;
    for (; frame_at_ < frame_count_; ++frame_at_) {
      if (size - used < kMinOutputBytes) return used;
      used += select(frames_[frame_at_], out + used);
    }
  }
}

bool PacketSelector::read_frames() {
  drop_frames();
  if (!is_open()) return false;
  const ReadStatus status = reader_->read(frames_, kFrames, &frame_count_, &block_);
  if (status == ReadStatus::kFrames) return true;
  drop_frames();
  if (status == ReadStatus::kNeedInput) return false;
  packed_ = reader_->packed_state();
  reader_.reset();
  return false;
}

void PacketSelector::drop_frames() {
  FrameSource::unpin(block_);
  block_ = nullptr;
  frame_at_ = frame_count_ = 0;
}

size_t PacketSelector::select(const Frame& frame, uint8_t* out) {
  Packet packet;
  NonPortInfo other;
  const DecodeResult result = decode_frame(frame, &packet, &other, &counters_);
  if (result == DecodeResult::kFragment) ++fragments_;
  if (result != DecodeResult::kPacket) return 0;
  const FlowKey key = make_key(packet.ends);
  const Flow* flow = find(key, frame.ts_ns);
  if (flow == nullptr) return 0;
  SelectedPacket head{};
  head.ts_ns = frame.ts_ns;
  head.captured = frame.captured;
  head.wire_bytes = frame.wire_bytes;
  head.header_bytes = header_bytes_of(frame, packet);
  head.payload_bytes = std::min(static_cast<uint32_t>(packet.payload.size), frame.captured - head.header_bytes);
  head.sequence = packet.sequence;
  head.flow = flow->number;
  head.link_type = frame.link_type;
  head.protocol = packet.ends.protocol;
  head.from_client = key.source_is_high == flow->key.source_is_high ? 1 : 0;
  std::memcpy(out, &head, sizeof head);
  const size_t padded = (size_t{frame.captured} + 7) & ~size_t{7};
  std::memcpy(out + sizeof head, frame.data, frame.captured);
  std::memset(out + sizeof head + frame.captured, 0, padded - frame.captured);
  return sizeof head + padded;
}

const PacketSelector::Flow* PacketSelector::find(const FlowKey& key, int64_t ts_ns) const {
  const auto [begin, end] = flows_.equal_range(hash_key(key, secret_));
  for (auto it = begin; it != end; ++it) {
    const Flow& flow = it->second;
    if (is_same(flow.key, key) && ts_ns >= flow.first_ns && ts_ns <= flow.last_ns) return &flow;
  }
  return nullptr;
}

}  // namespace wiretally

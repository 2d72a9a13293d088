// PacketSelector finds the captured packets of given flows in one capture. It is a second pass over a capture whose
// flows are known, and keeps no state per packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "../base/counters.h"
#include "../flow/key.h"
#include "../io/capture_reader.h"

namespace wiretally {

// Precedes the captured bytes of each packet in the output of PacketSelector::read, which are padded to eight
// bytes. Little-endian, as all machines that the addon supports.
struct SelectedPacket {
  int64_t ts_ns;
  uint32_t captured;       // bytes that follow, without padding
  uint32_t wire_bytes;     // original length
  uint32_t header_bytes;   // Headers among these bytes, up to the TCP or UDP payload.
  uint32_t payload_bytes;  // TCP or UDP payload among these bytes.
  uint32_t sequence;       // TCP sequence number of the payload
  uint32_t flow;           // number of the flow, in the order of add_flow
  uint16_t link_type;
  uint8_t protocol;  // 6 or 17
  uint8_t from_client;
  uint32_t reserved;
};
static_assert(sizeof(SelectedPacket) == 40);

class PacketSelector {
 public:
  // About 100 MB of keys: more flows than one finding has.
  static constexpr size_t kMaxFlows = 1u << 20;
  // The longest packet with its header fits into this size.
  static constexpr size_t kMinOutputBytes = sizeof(SelectedPacket) + CaptureReader::kMaxCaptured + 8;

  PacketSelector() : secret_(HashSecret::draw()) {}
  ~PacketSelector() { drop_frames(); }
  PacketSelector(const PacketSelector&) = delete;
  PacketSelector& operator=(const PacketSelector&) = delete;

  // Adds a flow with `ends` from the client to the server; packets of both directions from `first_ns` to `last_ns` are
  // selected. Returns false above kMaxFlows.
  bool add_flow(const Endpoints& ends, int64_t first_ns, int64_t last_ns);

  // Opens one capture after the other: EBUSY while one is open.
  int open_file(const char* path, uint32_t file_index);
  int open_stream(uint32_t file_index);
  int open_packed(const PackedOptions& options, uint32_t file_index);
  // Describes the compressed stream that is open, or that was open last.
  PackedState packed_state() const { return is_open() ? reader_->packed_state() : packed_; }
  // Returns false if no input is open.
  bool push(const uint8_t* data, size_t size, bool is_end);

  // Writes selected packets and returns their bytes; 0 if more bytes must be pushed, or if the input has ended. `size`
  // is at least kMinOutputBytes.
  size_t read(uint8_t* out, size_t size);

  bool is_open() const { return reader_ != nullptr; }
  // Fragments of IP datagrams have no known ports, so none of them is selected.
  uint64_t fragments() const { return fragments_; }

 private:
  static constexpr size_t kFrames = 256;

  struct Flow {
    FlowKey key;
    int64_t first_ns;
    int64_t last_ns;
    uint32_t number;
  };

  // Returns false if there are no further frames for now.
  bool read_frames();
  void drop_frames();
  // Returns the bytes written; 0 for a packet of no selected flow.
  size_t select(const Frame& frame, uint8_t* out);
  const Flow* find(const FlowKey& key, int64_t ts_ns) const;

  const HashSecret secret_;
  std::unordered_multimap<uint64_t, Flow> flows_;
  std::unique_ptr<CaptureReader> reader_;
  PackedState packed_;
  Frame frames_[kFrames];
  size_t frame_at_ = 0;
  size_t frame_count_ = 0;
  Block* block_ = nullptr;
  Counters counters_;
  uint64_t fragments_ = 0;
};

}  // namespace wiretally

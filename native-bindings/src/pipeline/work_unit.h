// WorkUnit has some frames of one block or chunk in the stages of a pipeline, with the results of each stage.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "../base/event_writer.h"
#include "../io/chunk_reader.h"
#include "../packet/packet.h"

namespace wiretally {

struct WorkUnit {
  // The number of frames is enough to amortize the hand-over between workers, and small enough for the second-level
  // cache.
  static constexpr size_t kFrames = 1024;

  // kFilled: walked from the position where its first record seems to begin. kWalked: from the verified position.
  enum class State : uint8_t { kEmpty, kFilled, kWalked, kDecoding, kDecoded };

  explicit WorkUnit(size_t partitions) : lists(partitions) { chunk.frames.resize(kFrames); }

  // Makes the unit ready for other frames.
  void recycle() {
    CaptureReader::unpin(block);
    block = nullptr;
    chunk.count = 0;
    for (auto& list : lists) list.clear();
    ordered.clear();
    seen.clear();
    datagrams.clear();
    clock_ns = 0;
    state = State::kEmpty;
  }

  // Allocates the results of the frames.
  void reserve_packets() {
    if (packets.size() >= chunk.count) return;
    packets.resize(chunk.count);
    hashes.resize(chunk.count);
  }

  // Inserts a datagram that was completed at frame `index` in capture order. Copies its bytes:
  // they are valid only until the next fragment.
  void insert_datagram(uint16_t index, size_t partition) {
    Packet& packet = packets[index];
    if (packet.payload.size > 0) {
      datagrams.push_back(std::make_unique<uint8_t[]>(packet.payload.size));
      std::memcpy(datagrams.back().get(), packet.payload.data, packet.payload.size);
      packet.payload.data = datagrams.back().get();
    }
    auto& list = lists[partition];
    list.insert(std::lower_bound(list.begin(), list.end(), index), index);
  }

  Chunk chunk;  // the frames, and their bytes unless they are in `block`
  Block* block = nullptr;
  unsigned filled_by = 0;                             // worker that has them in its cache
  std::vector<Packet> packets;                        // One packet per frame; only those in a list are filled.
  std::vector<uint64_t> hashes;                       // Hashes of the packets that are filled.
  std::vector<std::vector<uint16_t>> lists;           // Frames of each partition in capture order.
  std::vector<uint16_t> ordered;                      // frames that the ordered stage must see
  std::vector<uint16_t> seen;                         // packets of flows that it must see too
  std::vector<std::unique_ptr<uint8_t[]>> datagrams;  // bytes of reassembled datagrams
  EventWriter events;                                 // records of the ordered stage, for the first worker to emit
  int64_t clock_ns = 0;                               // latest packet time of its frames
  State state = State::kEmpty;
};
static_assert(ChunkReader::kChunkBytes / 16 < UINT16_MAX);

}  // namespace wiretally

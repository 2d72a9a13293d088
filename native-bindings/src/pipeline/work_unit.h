// WorkUnit: some frames of one block on their way through the stages of a pipeline, with what each stage made
// of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "../base/event_writer.h"
#include "../io/capture_reader.h"
#include "../packet/packet.h"

namespace wiretally {

struct WorkUnit {
  // Enough to make the hand-over between workers cheap beside the work, few enough for the second-level
  // cache.
  static constexpr size_t kFrames = 1024;

  enum class State : uint8_t { kWalked, kDecoded };

  explicit WorkUnit(size_t partitions)
      : frames(kFrames), packets(kFrames), hashes(kFrames), lists(partitions), ordered(), state(State::kWalked) {
    for (auto& list : lists) list.reserve(kFrames);
    ordered.reserve(kFrames);
  }

  // Makes the unit ready for other frames.
  void recycle() {
    CaptureReader::unpin(block);
    block = nullptr;
    count = 0;
    for (auto& list : lists) list.clear();
    ordered.clear();
    answers.clear();
    datagrams.clear();
    clock_ns = 0;
    state = State::kWalked;
  }

  // Puts a datagram that was whole at frame `index` where its packets stand in capture order. Its bytes move:
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

  std::vector<Frame> frames;
  size_t count = 0;
  Block* block = nullptr;
  std::vector<Packet> packets;                        // by frame; only those that a list names are filled
  std::vector<uint64_t> hashes;                       // of the packets that are filled
  std::vector<std::vector<uint16_t>> lists;           // by partition: frames in capture order
  std::vector<uint16_t> ordered;                      // frames that the ordered stage must see
  std::vector<uint16_t> answers;                      // packets of flows that it must see too
  std::vector<std::unique_ptr<uint8_t[]>> datagrams;  // bytes of datagrams that came in fragments
  EventWriter events;                                 // records of the ordered stage, for the first worker to emit
  int64_t clock_ns = 0;                               // latest packet time of its frames
  State state;
};

}  // namespace wiretally

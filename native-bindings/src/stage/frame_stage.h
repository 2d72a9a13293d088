// FrameStage: the part of a frame's way that needs no other frame: decode, exclusion. Read-only, shared by all workers.
#pragma once

#include <cstdint>

#include "../io/capture_reader.h"
#include "../wire/counters.h"
#include "../wire/decode.h"
#include "../wire/packet.h"
#include "exclusion.h"

namespace wiretally {

enum class FrameFate : uint8_t {
  kFlow,     // the packet belongs to a flow
  kOrdered,  // a fragment, or a message about neighbours: the ordered stage must see it
  kDone,     // counted, nothing further
};

struct StageCounters {
  Counters wire;
  uint64_t excluded = 0;  // packets of networks that are never recorded

  void add(const StageCounters& other) {
    wire.add(other.wire);
    excluded += other.excluded;
  }
};

class FrameStage {
 public:
  explicit FrameStage(ExclusionList exclusion) : exclusion_(std::move(exclusion)) {}

  FrameFate run(const Frame& frame, Packet* packet, StageCounters* counters) const {
    NonPortInfo other;
    const DecodeResult result = decode_frame(frame, packet, &other, &counters->wire);
    if (result == DecodeResult::kPacket) {
      if (exclusion_.empty() || !exclusion_.touches(packet->ends)) return FrameFate::kFlow;
      ++counters->excluded;
      return FrameFate::kDone;
    }
    if (result == DecodeResult::kFragment) return FrameFate::kOrdered;
    return result == DecodeResult::kNoPort && tells_neighbours(other) ? FrameFate::kOrdered : FrameFate::kDone;
  }

  const ExclusionList& exclusion() const { return exclusion_; }

  static bool tells_neighbours(const NonPortInfo& other) {
    return other.ether_type == kEtherTypeArp || other.ip_protocol == kProtocolIcmp6;
  }
  static constexpr uint16_t kEtherTypeArp = 0x0806;
  static constexpr uint8_t kProtocolIcmp6 = 58;

 private:
  ExclusionList exclusion_;
};

}  // namespace wiretally

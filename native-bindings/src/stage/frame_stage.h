// FrameStage: the part of a frame's way that needs no other frame: filter, decode, exclusion. One per worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "../io/bpf_filter.h"
#include "../io/capture_reader.h"
#include "../wire/counters.h"
#include "../wire/decode.h"
#include "../wire/packet.h"
#include "../network_list.h"

namespace wiretally {

enum class FrameFate : uint8_t {
  kFlow,     // the packet belongs to a flow
  kOrdered,  // a fragment, or a message about neighbours: the ordered stage must see it
  kDone,     // counted, nothing further
};

struct StageCounters {
  Counters wire;
  uint64_t excluded = 0;  // packets of networks that are never recorded
  uint64_t filtered = 0;  // frames that the capture filter does not let pass
};

class FrameStage {
 public:
  explicit FrameStage(std::shared_ptr<const NetworkList> exclusion) : exclusion_(std::move(exclusion)) {}

  // An empty expression lets everything pass. False with the reason when it is no filter.
  bool set_filter(const std::string& expression, std::string* error) {
    if (expression.empty()) return true;
    filter_ = BpfFilter::compile(expression.c_str(), error);
    if (filter_ == nullptr) *error = "capture filter: " + *error;
    return filter_ != nullptr;
  }

  FrameFate run(const Frame& frame, Packet* packet, StageCounters* counters) {
    if (filter_ != nullptr && !filter_->matches(frame)) {
      ++counters->filtered;
      return FrameFate::kDone;
    }
    NonPortInfo other;
    const DecodeResult result = decode_frame(frame, packet, &other, &counters->wire);
    if (result == DecodeResult::kPacket) {
      if (exclusion_->empty() || !exclusion_->touches(packet->ends)) return FrameFate::kFlow;
      ++counters->excluded;
      return FrameFate::kDone;
    }
    if (result == DecodeResult::kFragment) return FrameFate::kOrdered;
    if (result == DecodeResult::kNoPort && tells_neighbours(other)) return FrameFate::kOrdered;
    return FrameFate::kDone;
  }

  static bool tells_neighbours(const NonPortInfo& other) {
    return other.ether_type == kEtherTypeArp || other.ip_protocol == kProtocolIcmp6;
  }
  static constexpr uint16_t kEtherTypeArp = 0x0806;
  static constexpr uint8_t kProtocolIcmp6 = 58;

 private:
  std::shared_ptr<const NetworkList> exclusion_;
  std::unique_ptr<BpfFilter> filter_;
};

}  // namespace wiretally

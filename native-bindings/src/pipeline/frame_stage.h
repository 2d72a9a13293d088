// FrameStage processes a frame as far as it needs no other frame: filter, decode, exclusion. Each worker has one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "../base/counters.h"
#include "../io/bpf_filter.h"
#include "../io/capture_reader.h"
#include "../packet/decode.h"
#include "../packet/network_list.h"
#include "../packet/packet.h"
#include "frame_account.h"
#include "heard_seconds.h"

namespace wiretally {

enum class FrameFate : uint8_t {
  kFlow,     // the packet belongs to a flow
  kOrdered,  // a fragment, or a message about neighbours or of ICMP: the ordered stage must see it
  kDone,     // counted, nothing further
};

struct StageCounters {
  Counters wire;
  uint64_t excluded = 0;          // packets of networks that are never recorded
  uint64_t filtered = 0;          // frames that the capture filter rejects
  uint64_t gro_frames = 0;        // frames after the first of those that receive offload merged
  uint64_t gro_header_bytes = 0;  // their headers
};

class FrameStage {
 public:
  // If `rules` is null, frames without a flow are not counted.
  FrameStage(std::shared_ptr<const NetworkList> exclusion, std::shared_ptr<const ExportFilter> rules,
             uint32_t window_seconds)
      : exclusion_(std::move(exclusion)),
        heard_(rules == nullptr ? 0 : window_seconds),
        account_(std::move(rules), window_seconds) {}

  // An empty expression accepts everything. Returns false with the reason for an invalid filter.
  bool set_filter(const std::string& expression, std::string* error) {
    if (expression.empty()) return true;
    filter_ = BpfFilter::compile(expression.c_str(), error);
    if (filter_ == nullptr) *error = "capture filter: " + *error;
    return filter_ != nullptr;
  }

  // `sink` receives sums of frames without a flow if there are too many.
  FrameFate run(const Frame& frame, Packet* packet, StageCounters* counters, EventSink* sink) {
    heard_.note(frame.ts_ns, sink);
    if (filter_ != nullptr && !filter_->matches(frame)) {
      ++counters->filtered;
      return FrameFate::kDone;
    }
    if (frame.flaws != 0) count_flaws(frame, &counters->wire);
    NonPortInfo other;
    const DecodeResult result = decode_frame(frame, packet, &other, &counters->wire);
    if (result == DecodeResult::kPacket) {
      if (frame.gro_bytes != 0) split_gro_frame(frame, packet, counters);
      if (exclusion_->empty() || !exclusion_->touches(packet->ends)) {
        if (packet->tunnel_depth > 0 && account_.take_tunnelled(*packet, sink)) return FrameFate::kDone;
        account_.take_trailer(frame, packet, sink);
        return FrameFate::kFlow;
      }
      counters->excluded += packet->frames;
      return FrameFate::kDone;
    }
    return take_other(frame, *packet, other, result, sink);
  }

  // Accounts for frames without a flow.
  FrameAccount& account() { return account_; }
  void flush(EventSink* sink) {
    account_.flush(sink);
    heard_.flush(sink);
  }

  static bool may_name_hosts(const NonPortInfo& other) {
    return other.ether_type == kEtherTypeArp || other.ip_protocol == kProtocolIcmp6 ||
           other.ip_protocol == kProtocolIcmp;
  }
  static constexpr uint16_t kEtherTypeArp = 0x0806;
  static constexpr uint8_t kProtocolIcmp = 1;
  static constexpr uint8_t kProtocolIcmp6 = 58;

 private:
  // Only few frames need this, so it is not part of `run`, which callers can then inline.
  [[gnu::noinline]] static void count_flaws(const Frame& frame, Counters* counters);
  // Counts the frames that were on the wire, each with the same headers.
  [[gnu::noinline]] static void split_gro_frame(const Frame& frame, Packet* packet, StageCounters* counters);
  // Handles a frame that is not a packet of a flow.
  [[gnu::noinline]] FrameFate take_other(const Frame& frame, const Packet& packet, const NonPortInfo& other,
                                         DecodeResult result, EventSink* sink);

  std::shared_ptr<const NetworkList> exclusion_;
  HeardSeconds heard_;
  FrameAccount account_;
  std::unique_ptr<BpfFilter> filter_;
};

}  // namespace wiretally

// OrderedStage: the rare frames whose meaning depends on frames before them, shown in capture order: IP fragments, and
// ARP and neighbour discovery. One per capture, however many workers there are.
#pragma once

#include "../flow/tracker.h"
#include "../io/capture_reader.h"
#include "../wire/decode.h"
#include "../wire/packet.h"
#include "frame_stage.h"
#include "neighbours.h"

namespace wiretally {

class OrderedStage {
 public:
  // `stage` must outlive this.
  OrderedStage(const FrameStage& stage, bool emit_sightings)
      : stage_(stage), neighbours_(stage.exclusion()), emit_sightings_(emit_sightings) {}

  // For frames that FrameStage called kOrdered. kFlow: `packet` is a whole datagram's, its payload valid until the
  // next call.
  FrameFate run(const Frame& frame, Packet* packet, StageCounters* counters, EventSink* sink) {
    NonPortInfo other;
    Counters repeated;  // the frame was counted when it was decoded first
    DecodeResult result = decode_frame(frame, packet, &other, &repeated);
    if (result == DecodeResult::kFragment) result = fragments_.add(frame, packet, &other, &counters->wire);
    if (result == DecodeResult::kPacket) {
      if (stage_.exclusion().empty() || !stage_.exclusion().touches(packet->ends)) return FrameFate::kFlow;
      counters->excluded += packet->frames;
    } else if (result == DecodeResult::kNoPort && emit_sightings_ && FrameStage::tells_neighbours(other)) {
      neighbours_.see(frame, *packet, other, sink);
    }
    return FrameFate::kDone;
  }

 private:
  const FrameStage& stage_;
  FragmentTable fragments_;
  Neighbours neighbours_;
  bool emit_sightings_;
};

}  // namespace wiretally

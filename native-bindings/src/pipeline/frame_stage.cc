// FrameStage: the parts that only few frames need.
#include "frame_stage.h"

namespace wiretally {

void FrameStage::count_flaws(const Frame& frame, Counters* counters) {
  if ((frame.flaws & kWrongLength) != 0) counters->count(Malformed::kCaptureLength);
  if ((frame.flaws & kWrongTime) != 0) counters->count(Malformed::kCaptureTime);
  if ((frame.flaws & kFiltered) != 0) counters->count(Malformed::kCaptureFilter);
}

void FrameStage::split_gro_frame(const Frame& frame, Packet* packet, StageCounters* counters) {
  if (packet->payload_bytes <= frame.gro_bytes || packet->payload_bytes > frame.wire_bytes) return;
  const uint32_t more = (packet->payload_bytes - 1) / frame.gro_bytes;
  const uint32_t bytes = more * (frame.wire_bytes - packet->payload_bytes);
  packet->frames = static_cast<uint16_t>(packet->frames + more);
  packet->wire_bytes += bytes;
  counters->gro_frames += more;
  counters->gro_header_bytes += bytes;
}

FrameFate FrameStage::take_other(const Frame& frame, const Packet& packet, const NonPortInfo& other,
                                 DecodeResult result, EventSink* sink) {
  if (result == DecodeResult::kFragment) return FrameFate::kOrdered;
  if (!exclusion_->empty() && packet.ends.ip_version != 0 && exclusion_->touches(packet.ends)) return FrameFate::kDone;
  const bool is_counted = account_.add(frame, packet, other, result, sink);
  if (!is_counted || (result == DecodeResult::kNoPort && may_name_hosts(other))) return FrameFate::kOrdered;
  return FrameFate::kDone;
}

}  // namespace wiretally

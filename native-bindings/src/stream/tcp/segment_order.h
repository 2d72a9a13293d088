// SegmentOrder restores the order in which segments were sent. The two directions of a flow may come from two taps, or
// from two queues of one card, and then an answer may precede its request in the capture. Its acknowledgement of
// missing bytes shows this: such segments wait for the bytes, which count as lost if they are still missing afterwards.
#pragma once

#include <cstdint>
#include <memory>

#include "../../packet/packet.h"
#include "../track_store.h"
#include "tls_observer.h"

namespace wiretally {

// Receives ordered segments.
class SegmentTaker {
 public:
  virtual ~SegmentTaker() = default;
  virtual void take_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet,
                            TrackResult* result) = 0;
};

class SegmentOrder {
 public:
  SegmentOrder(TrackStore* tracks, TlsObserver* tls, SegmentTaker* taker);

  // Arrival of a segment, before it is processed.
  static void note_arrival(Track* track, unsigned side, const Segment& segment);
  // A reset of `side` with its initial sequence number, although the other side has received later bytes: the
  // host answers packets of an unknown connection (RFC 9293 §3.5.2).
  static bool denies_all(const Track& track, unsigned side, uint32_t sequence);
  // A packet of `side` acknowledges bytes of the other side. Once both did, each end has answered the other.
  static void note_acknowledgement(Track* track, unsigned side, uint32_t acknowledgement);
  // Returns false if the segment must be processed now. All segments after a pending one are pending.
  bool hold_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  // Processes all segments that need not wait any longer.
  void release_segments(Track* track, const Packet& packet, TrackResult* result);
  // Releases both sides, in order of arrival.
  void release_all(Track* track);

 private:
  static void note_seen(OrderState* state, unsigned side, uint32_t end);
  bool lacks(const Track& track, unsigned side, uint32_t acknowledgement) const;
  void release_side(Track* track, unsigned side, const Packet& packet, TrackResult* result);
  void replay(Track* track, unsigned side, bool is_late, const Packet& packet, TrackResult* result);
  Segment join_first(const StreamSide& side);

  TrackStore* const tracks_;
  TlsObserver* const tls_;
  SegmentTaker* const taker_;
  std::unique_ptr<uint8_t[]> replayed_;  // kMaxHelloStream: a segment that had to wait
};

}  // namespace wiretally

// StreamReader reads the bytes of one side of a TCP flow at a position, from the current packet or from the pool, and
// the current item as a whole.
#pragma once

#include <cstdint>
#include <memory>

#include "../hello_assembly.h"
#include "../segment.h"
#include "../track_store.h"

namespace wiretally {

class StreamReader {
 public:
  StreamReader(TrackStore* tracks, TrackerStats* stats);

  // `direct`: the segment in its packet; null: pending bytes in the pool.
  StreamView view_at(const StreamSide& side, uint32_t seq, const Segment* direct) const;
  // Returns the end of the segment that holds `seq`.
  uint32_t segment_end(const StreamSide& side, uint32_t seq, const Segment* direct) const;
  // Returns the number of segments in the first `bytes` of the item.
  uint32_t item_segments(const StreamSide& side, size_t bytes, const Segment* direct) const;

  // Returns the available part of the current item; empty while it is shorter than required.
  Span read_item(StreamSide* side, const Segment* direct);
  // Returns a handshake message of `type` at the start of an item; valid until the next call.
  HandshakeRead read_message(Span item, uint8_t type) { return read_handshake(item, type, joined_.get()); }

  // The current item will not be read.
  void abandon_item(Track* track, unsigned side);
  // Stores the unread part of a segment in its packet; `whole`: from its first byte on, read or not.
  // A stream from `seq` on as it arrived first, with the retransmitted copy. Valid until the next call.
  Span overlaid(const StreamPieces& first, const StreamPieces& other, uint32_t seq);
  void hold_rest(Track* track, unsigned side, const Segment* direct, bool whole);

 private:
  TrackStore* const tracks_;
  TrackerStats* const stats_;
  std::unique_ptr<uint8_t[]> gathered_;  // kMaxHelloStream: an item out of its pieces
  std::unique_ptr<uint8_t[]> joined_;    // kMaxHelloBytes: a message out of its records
};

}  // namespace wiretally

#include "stream_reader.h"

#include <algorithm>

#include "../../base/uninitialized.h"
#include "../../fingerprint/client_hello.h"

namespace wiretally {

StreamReader::StreamReader(TrackStore* tracks, TrackerStats* stats)
    : tracks_(tracks),
      stats_(stats),
      gathered_(make_uninitialized<uint8_t>(kMaxHelloStream)),
      joined_(make_uninitialized<uint8_t>(kMaxHelloBytes)) {}

StreamView StreamReader::view_at(const StreamSide& side, uint32_t seq, const Segment* direct) const {
  if (direct != nullptr) {
    const uint32_t skip = seq - direct->seq;
    if (seq_before(seq, direct->seq) || skip >= direct->extent) return {};
    const size_t available = skip < direct->data.size ? direct->data.size - skip : 0;
    return {Span{available > 0 ? direct->data.data + skip : nullptr, available}, direct->extent - skip, direct->ts_ns};
  }
  const StreamPool& pool = tracks_->pool();
  const uint32_t index = pool.find(side.pieces(), seq);
  if (index == 0) return {};
  const StreamChunk& chunk = pool.chunk(index);
  const uint32_t skip = seq - chunk.seq;
  const size_t available = skip < chunk.length ? chunk.length - skip : 0;
  return {Span{chunk.bytes + std::min<size_t>(skip, StreamChunk::kBytes), available}, chunk.extent - skip, chunk.ts_ns};
}

uint32_t StreamReader::segment_end(const StreamSide& side, uint32_t seq, const Segment* direct) const {
  if (direct != nullptr) return direct->end();
  const StreamPool& pool = tracks_->pool();
  uint32_t index = pool.find(side.pieces(), seq);
  if (index == 0) return seq;
  uint32_t end = pool.chunk(index).end();
  for (index = pool.chunk(index).next; index != 0; index = pool.chunk(index).next) {
    const StreamChunk& chunk = pool.chunk(index);
    if (chunk.segments != 0 || chunk.seq != end) break;
    end = chunk.end();
  }
  return end;
}

uint32_t StreamReader::item_segments(const StreamSide& side, size_t bytes, const Segment* direct) const {
  if (direct != nullptr) return 1;
  const uint32_t end = side.item_seq() + static_cast<uint32_t>(bytes);
  return tracks_->pool().segments(side.pieces(), side.item_seq(), end);
}

Span StreamReader::read_item(StreamSide* side, const Segment* direct) {
  const StreamPool& pool = tracks_->pool();
  Span bytes;
  if (direct != nullptr) {
    bytes = view_at(*side, side->item_seq(), direct).data;
  } else if (pool.contiguous(side->pieces(), side->item_seq()) >= side->needed()) {
    bytes = Span{gathered_.get(), pool.copy(side->pieces(), side->item_seq(), gathered_.get(), kMaxHelloStream)};
  }
  if (bytes.size < side->needed()) return {};
  side->count_reading(bytes.size);
  return bytes;
}

Span StreamReader::overlaid(const StreamPieces& first, const StreamPieces& other, uint32_t seq) {
  const StreamPool& pool = tracks_->pool();
  size_t size = pool.copy(first, seq, gathered_.get(), kMaxHelloStream);
  for (uint32_t index = other.head; index != 0; index = pool.chunk(index).next) {
    const StreamChunk& chunk = pool.chunk(index);
    const size_t at = chunk.seq - seq;
    if (seq_before(chunk.seq, seq) || at > size || at + chunk.length > kMaxHelloStream) break;
    memcpy(gathered_.get() + at, chunk.bytes, chunk.length);
    size = std::max(size, at + chunk.length);
  }
  return Span{gathered_.get(), size};
}

void StreamReader::abandon_item(Track* track, unsigned side_index) {
  StreamSide& side = track->sides[side_index];
  if (side.item() == StreamStart::kClientHello && track->has_hello_item) {
    ++stats_->hellos_incomplete;
    track->has_hello_item = false;
  }
  side.end_item();
}

void StreamReader::hold_rest(Track* track, unsigned side_index, const Segment* direct, bool whole) {
  StreamSide& side = track->sides[side_index];
  const bool has_item = side.has_item();
  if (direct != nullptr && (has_item || whole)) {
    Segment rest = *direct;
    if (has_item && !whole && seq_before(direct->seq, side.item_seq())) {
      const StreamView view = view_at(side, side.item_seq(), direct);
      rest = Segment{side.item_seq(), view.data, view.extent, direct->ts_ns};
    }
    if (!tracks_->hold_piece(track, side_index, rest, has_item) && has_item) {
      abandon_item(track, side_index);
      side.move_to(direct->end());
    }
  }
  if (!whole) tracks_->drop_pieces(track, side_index, side.has_item() ? side.item_seq() : side.next());
  tracks_->unhold_when_empty(track);
}

}  // namespace wiretally

#include "stream_pool.h"

#include <algorithm>

namespace wiretally {

// The memory is not touched before use, so an unused pool costs address space only.
StreamPool::StreamPool(size_t shard_bytes, size_t shards)
    : count_(std::max<size_t>(shard_bytes / sizeof(StreamChunk), 16)),
      shards_(shards),
      chunks_(map_array<StreamChunk>(count_ * shards + 1)) {}

uint32_t StreamPool::take(uint8_t shard) {
  Shard& own = shards_[shard];
  if (own.free_head != 0) {
    const uint32_t index = own.free_head;
    own.free_head = chunks_[index].next;
    --own.free_count;
    return index;
  }
  if (own.used == count_) return 0;
  return static_cast<uint32_t>(own.used++ * shards_.size() + shard + 1);
}

void StreamPool::give(uint32_t index) {
  Shard& own = shard_of(index);
  chunks_[index].next = own.free_head;
  own.free_head = index;
  ++own.free_count;
}

uint32_t StreamPool::insert_run(StreamPieces* pieces, uint32_t before, uint32_t seq, Span data, uint32_t extent,
                                int64_t ts_ns, bool joins, bool begins_segment, uint8_t shard,
                                uint32_t acknowledgement) {
  uint32_t last = before;
  if (joins && before != 0 && data.size == extent) {
    StreamChunk& chunk = chunks_[before];
    if (chunk.end() == seq && chunk.length == chunk.extent && chunk.length + data.size <= StreamChunk::kBytes) {
      memcpy(chunk.bytes + chunk.length, data.data, data.size);
      chunk.length = static_cast<uint16_t>(chunk.length + data.size);
      chunk.extent = chunk.length;
      chunk.segments = static_cast<uint16_t>(chunk.segments + (begins_segment ? 1 : 0));
      chunk.ts_ns = std::max(chunk.ts_ns, ts_ns);
      return before;
    }
  }
  while (extent > 0) {
    const uint32_t index = take(shard);
    if (index == 0) return 0;
    StreamChunk& chunk = chunks_[index];
    const size_t length = std::min(data.size, StreamChunk::kBytes);
    chunk.seq = seq;
    chunk.length = static_cast<uint16_t>(length);
    chunk.extent = data.size > StreamChunk::kBytes ? static_cast<uint32_t>(length) : extent;
    chunk.segments = begins_segment ? 1 : 0;
    chunk.ts_ns = ts_ns;
    chunk.acknowledgement = acknowledgement;
    if (length > 0) memcpy(chunk.bytes, data.data, length);
    begins_segment = false;
    seq += chunk.extent;
    extent -= chunk.extent;
    data = Span{length < data.size ? data.data + length : nullptr, data.size - length};
    chunk.next = last == 0 ? pieces->head : chunks_[last].next;
    (last == 0 ? pieces->head : chunks_[last].next) = index;
    if (chunk.next == 0) pieces->tail = index;
    ++pieces->chunks;
    last = index;
  }
  return last;
}

namespace {

// `overlap` bytes of `data` are at `seq`, inside the chunk.
bool has_other_bytes(const StreamChunk& chunk, uint32_t seq, Span data, uint32_t overlap) {
  const uint32_t skip = seq - chunk.seq;
  if (skip >= chunk.length) return false;
  const size_t available = std::min<size_t>({overlap, data.size, size_t{chunk.length} - skip});
  return available > 0 && memcmp(chunk.bytes + skip, data.data, available) != 0;
}

}  // namespace

bool StreamPool::add(StreamPieces* pieces, uint32_t seq, Span data, uint32_t extent, int64_t ts_ns, bool joins,
                     uint8_t shard, uint32_t acknowledgement, bool* differs) {
  if (data.size > extent) data.size = extent;
  bool begins_segment = true;
  const auto advance = [&](uint32_t count) {
    const size_t available = std::min<size_t>(count, data.size);
    data = Span{data.data + available, data.size - available};
    seq += count;
    extent -= count;
    begins_segment = false;
  };
  uint32_t before = 0;
  uint32_t next = pieces->head;
  if (pieces->tail != 0 && !seq_before(seq, chunks_[pieces->tail].end())) {
    before = pieces->tail;
    next = 0;
  }
  while (extent > 0 && next != 0) {
    const StreamChunk& chunk = chunks_[next];
    if (seq_before(seq, chunk.seq)) {
      const uint32_t gap = std::min(extent, chunk.seq - seq);
      const Span piece{data.data, std::min<size_t>(data.size, gap)};
      if (insert_run(pieces, before, seq, piece, gap, ts_ns, joins, begins_segment, shard, acknowledgement) == 0)
        return false;
      advance(gap);
    }
    if (extent > 0 && seq_before(seq, chunk.end())) {
      const uint32_t overlap = std::min(extent, chunk.end() - seq);
      if (differs != nullptr && has_other_bytes(chunk, seq, data, overlap)) *differs = true;
      advance(overlap);
    }
    before = next;
    next = chunk.next;
  }
  if (extent == 0) return true;
  return insert_run(pieces, before, seq, data, extent, ts_ns, joins, begins_segment, shard, acknowledgement) != 0;
}

bool StreamPool::has_other(const StreamPieces& pieces, uint32_t seq, Span data) const {
  for (uint32_t i = pieces.head; i != 0; i = chunks_[i].next) {
    const StreamChunk& chunk = chunks_[i];
    const uint32_t skip = seq_before(seq, chunk.seq) ? chunk.seq - seq : 0;
    if (skip >= data.size) return false;
    const uint32_t from = seq + skip;
    if (!seq_before(from, chunk.end())) continue;
    const Span rest{data.data + skip, data.size - skip};
    if (has_other_bytes(chunk, from, rest, chunk.end() - from)) return true;
  }
  return false;
}

uint32_t StreamPool::find(const StreamPieces& pieces, uint32_t seq) const {
  for (uint32_t i = pieces.head; i != 0; i = chunks_[i].next) {
    if (seq_before(seq, chunks_[i].seq)) return 0;
    if (seq_before(seq, chunks_[i].end())) return i;
  }
  return 0;
}

size_t StreamPool::contiguous(const StreamPieces& pieces, uint32_t from) const {
  size_t count = 0;
  for (uint32_t i = find(pieces, from); i != 0; i = chunks_[i].next) {
    const StreamChunk& chunk = chunks_[i];
    const uint32_t at = from + static_cast<uint32_t>(count);
    if (count > 0 && chunk.seq != at) break;
    const uint32_t skip = at - chunk.seq;
    if (skip < chunk.length) count += chunk.length - skip;
    if (chunk.length != chunk.extent) break;
  }
  return count;
}

size_t StreamPool::copy(const StreamPieces& pieces, uint32_t from, uint8_t* out, size_t max) const {
  size_t count = 0;
  for (uint32_t i = find(pieces, from); i != 0 && count < max; i = chunks_[i].next) {
    const StreamChunk& chunk = chunks_[i];
    const uint32_t at = from + static_cast<uint32_t>(count);
    if (count > 0 && chunk.seq != at) break;
    const uint32_t skip = at - chunk.seq;
    if (skip < chunk.length) {
      const size_t take_count = std::min<size_t>(chunk.length - skip, max - count);
      memcpy(out + count, chunk.bytes + skip, take_count);
      count += take_count;
    }
    if (chunk.length != chunk.extent) break;
  }
  return count;
}

uint32_t StreamPool::segments(const StreamPieces& pieces, uint32_t from, uint32_t to) const {
  uint32_t count = 0;
  for (uint32_t i = find(pieces, from); i != 0 && seq_before(chunks_[i].seq, to); i = chunks_[i].next) {
    // A chunk that continues a segment counts for the range that begins in it.
    count += chunks_[i].segments == 0 && count == 0 ? 1 : chunks_[i].segments;
  }
  return std::max<uint32_t>(count, 1);
}

void StreamPool::drop_before(StreamPieces* pieces, uint32_t seq) {
  while (pieces->head != 0 && !seq_before(seq, chunks_[pieces->head].end())) {
    const uint32_t index = pieces->head;
    pieces->head = chunks_[index].next;
    --pieces->chunks;
    give(index);
  }
  if (pieces->head == 0) pieces->tail = 0;
}

// The whole list is put in front of the free chunks, so only its last chunk is touched.
void StreamPool::clear(StreamPieces* pieces) {
  if (pieces->head == 0) return;
  Shard& own = shard_of(pieces->head);
  chunks_[pieces->tail].next = own.free_head;
  own.free_head = pieces->head;
  own.free_count += pieces->chunks;
  *pieces = StreamPieces{};
}

}  // namespace wiretally

// FragmentStore stores the bytes of incomplete datagrams in chunks of one pool.
#include "fragment_store.h"

#include <algorithm>
#include <cstring>

namespace wiretally {
namespace {

// A datagram of 64 KiB has 119 fragments of the smallest usual size (552 bytes). A larger number of parts is an attack that
// makes the search in the list slow.
constexpr uint32_t kMaxChunksPerDatagram = 512;
// Each further version of one offset is compared with all others, so their number is limited; retransmissions are
// identical.
constexpr int kMaxVersions = 8;

// The pool must have space for at least one complete datagram.
size_t chunk_count(size_t max_bytes) { return std::max<size_t>(max_bytes / sizeof(FragmentChunk), 64); }

}  // namespace

// The chunks are not initialized, so that a page of the pool becomes resident only when it is first used.
FragmentStore::FragmentStore(size_t max_bytes)
    : chunks_(new FragmentChunk[chunk_count(max_bytes)]), free_count_(static_cast<uint32_t>(chunk_count(max_bytes))) {}

Stored FragmentStore::put(ChunkList* list, const FragmentBytes& fragment, bool refuse_overlap) {
  FragmentBytes rest = fragment;
  while (rest.size > 0) {
    FragmentBytes part = rest;
    // Uncaptured bytes take_free_chunk no space: the last chunk represents all of them.
    if (rest.captured > FragmentChunk::kBytes) part.size = part.captured = FragmentChunk::kBytes;
    const Stored stored = put_chunk(list, part, refuse_overlap);
    if (stored != Stored::kStored) return stored;
    rest.data += part.captured;
    rest.captured -= part.captured;
    rest.size -= part.size;
    rest.offset += static_cast<uint32_t>(part.size);
  }
  return Stored::kStored;
}

Stored FragmentStore::put_chunk(ChunkList* list, const FragmentBytes& part, bool refuse_overlap) {
  uint32_t before = list->last;  // fragments are mostly in order: search from the end
  while (before != kNoChunk && chunk(before).offset > part.offset) before = chunk(before).previous;
  int versions = 0;
  for (uint32_t same = before; same != kNoChunk; same = chunk(same).previous) {
    const FragmentChunk& other = chunk(same);
    if (other.offset != part.offset) break;
    if (++versions == kMaxVersions) return Stored::kFull;
    if (other.size == part.size && other.captured == part.captured &&
        std::memcmp(other.bytes, part.data, part.captured) == 0) {
      return Stored::kStored;
    }
  }
  const uint32_t after = before == kNoChunk ? list->first : chunk(before).next;
  if (refuse_overlap) {
    const uint32_t reached = before == kNoChunk ? 0 : uint32_t{chunk(before).offset} + chunk(before).size;
    const bool hits_before = reached > part.offset;
    const bool hits_after = after != kNoChunk && part.offset + part.size > chunk(after).offset;
    if (hits_before || hits_after) return Stored::kOverlap;
  }
  if (free_count_ == 0 || list->count == kMaxChunksPerDatagram) return Stored::kFull;
  const uint32_t number = take_free_chunk();
  FragmentChunk& fresh = chunk(number);
  fresh.offset = static_cast<uint16_t>(part.offset);
  fresh.size = static_cast<uint16_t>(part.size);
  fresh.captured = static_cast<uint16_t>(part.captured);
  std::memcpy(fresh.bytes, part.data, part.captured);
  fresh.previous = before;
  fresh.next = after;
  (before == kNoChunk ? list->first : chunk(before).next) = number;
  (after == kNoChunk ? list->last : chunk(after).previous) = number;
  ++list->count;
  list->bytes += static_cast<uint32_t>(part.size);
  return Stored::kStored;
}

uint32_t FragmentStore::take_free_chunk() {
  --free_count_;
  if (free_ == kNoChunk) return unused_++;
  const uint32_t number = free_;
  free_ = chunk(number).next;
  return number;
}

void FragmentStore::release(ChunkList* list) {
  if (list->last != kNoChunk) {
    chunk(list->last).next = free_;
    free_ = list->first;
    free_count_ += list->count;
  }
  *list = ChunkList{};
}

bool FragmentStore::covers(const ChunkList& list, uint32_t total) const {
  if (list.bytes < total) return false;
  uint32_t reached = 0;
  for (uint32_t number = list.first; number != kNoChunk && reached < total; number = chunk(number).next) {
    const FragmentChunk& part = chunk(number);
    if (part.offset > reached) return false;
    reached = std::max<uint32_t>(reached, uint32_t{part.offset} + part.size);
  }
  return reached >= total;
}

size_t FragmentStore::assemble(const ChunkList& list, uint32_t total, uint8_t* to, bool* has_conflict) const {
  size_t reached = 0;  // contiguous bytes from the start
  *has_conflict = false;
  for (uint32_t number = list.first; number != kNoChunk; number = chunk(number).next) {
    const FragmentChunk& part = chunk(number);
    if (part.offset > reached) break;  // something before was cut
    const size_t end = std::min<size_t>(size_t{part.offset} + part.captured, total);
    const size_t overlap = std::min(reached, end) - std::min<size_t>(part.offset, std::min(reached, end));
    if (overlap > 0 && std::memcmp(to + part.offset, part.bytes, overlap) != 0) *has_conflict = true;
    if (end <= reached) continue;
    std::memcpy(to + reached, part.bytes + (reached - part.offset), end - reached);
    reached = end;
  }
  return reached;
}

}  // namespace wiretally

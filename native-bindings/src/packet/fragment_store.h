// FragmentStore: the bytes of datagrams that are not whole yet, in chunks of one fixed pool, kept in order of
// offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace wiretally {

constexpr uint32_t kNoChunk = UINT32_MAX;
constexpr size_t kMaxDatagramBytes = 65535;

// A chunk is a part of a fragment: `size` is its length by the headers, `captured` the available part.
struct FragmentChunk {
  static constexpr size_t kBytes = 2048 - 16;
  uint32_t previous;
  uint32_t next;
  uint16_t offset;
  uint16_t size;
  uint16_t captured;
  uint16_t reserved;
  uint8_t bytes[kBytes];
};
static_assert(sizeof(FragmentChunk) == 2048);

// The list has the chunks of one datagram, in order of offset, then of arrival.
struct ChunkList {
  uint32_t first = kNoChunk;
  uint32_t last = kNoChunk;
  uint32_t count = 0;
  uint32_t bytes = 0;  // sum of sizes, overlaps counted twice
};

// FragmentBytes has the bytes of one fragment as the network sent them.
struct FragmentBytes {
  const uint8_t* data;
  size_t captured;
  size_t size;
  uint32_t offset;
};

enum class Stored : uint8_t { kStored, kOverlap, kFull };

class FragmentStore {
 public:
  explicit FragmentStore(size_t max_bytes);

  bool has_room(size_t captured) const { return free_count_ >= captured / FragmentChunk::kBytes + 1; }

  // Adds a fragment to the list. Exact repetitions change nothing. Returns kOverlap if it overlaps stored bytes and
  // `refuse_overlap` is set; part of it may be in the list then.
  Stored put(ChunkList* list, const FragmentBytes& fragment, bool refuse_overlap);
  void release(ChunkList* list);

  // True if the chunks cover every byte before `total`.
  bool covers(const ChunkList& list, uint32_t total) const;

  // Copies the datagram to `to`: bytes of the chunk that begins first win. Returns the number of contiguous bytes from the
  // start (fewer than `total` when fragments were cut); sets `*has_conflict` when overlapping bytes
  // differ.
  size_t assemble(const ChunkList& list, uint32_t total, uint8_t* to, bool* has_conflict) const;

 private:
  uint32_t take_free_chunk();
  Stored put_chunk(ChunkList* list, const FragmentBytes& part, bool refuse_overlap);
  FragmentChunk& chunk(uint32_t number) { return chunks_[number]; }
  const FragmentChunk& chunk(uint32_t number) const { return chunks_[number]; }

  std::unique_ptr<FragmentChunk[]> chunks_;
  uint32_t free_ = kNoChunk;  // returned chunks, linked by `next`
  uint32_t unused_ = 0;       // first chunk that was never used
  uint32_t free_count_;       // both together
};

}  // namespace wiretally

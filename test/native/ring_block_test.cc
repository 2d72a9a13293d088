// Blocks of a live ring: valid frames are read unchanged, and an offset outside the block ends it.
#include "../../native-bindings/src/io/ring/ring_block.h"

#include <doctest/doctest.h>

#include <linux/if_packet.h>

#include <algorithm>

#include "bytes.h"

namespace {

using bytes::Bytes;
using wiretally::Frame;
using wiretally::RingBlockWalk;

constexpr size_t kFirst = 48;      // of the first header, as the kernel places it
constexpr uint16_t kMac = 80;      // of the frame behind its header
constexpr size_t kDistance = 160;  // between two headers

template <typename T>
void put(Bytes* out, size_t at, const T& value) {
  if (out->size() < at + sizeof value) out->resize(at + sizeof value);
  std::memcpy(out->data() + at, &value, sizeof value);
}

tpacket3_hdr header_of(uint32_t captured, bool is_last) {
  tpacket3_hdr header{};
  header.tp_next_offset = is_last ? 0 : kDistance;
  header.tp_sec = 1'700'000'000;
  header.tp_nsec = 5;
  header.tp_snaplen = captured;
  header.tp_len = captured + 100;
  header.tp_mac = kMac;
  return header;
}

// A block of frames of 64 bytes, numbered in each byte.
Bytes block_of(uint32_t frames) {
  Bytes block;
  tpacket_block_desc description{};
  description.hdr.bh1.num_pkts = frames;
  description.hdr.bh1.offset_to_first_pkt = kFirst;
  put(&block, 0, description);
  for (uint32_t i = 0; i < frames; ++i) {
    const size_t at = kFirst + i * kDistance;
    put(&block, at, header_of(64, i + 1 == frames));
    block.resize(at + kMac + 64, static_cast<uint8_t>(i + 1));
  }
  return block;
}

struct Walked {
  uint32_t frames = 0;
  uint32_t left = 0;
  Frame last{};
};

// Walks a copy at the end of an allocation; frames must be inside it.
Walked walk(const Bytes& bytes, size_t size, bool has_offload_header = false) {
  const std::unique_ptr<uint8_t[]> block(new uint8_t[size]);
  std::memcpy(block.get(), bytes.data(), size);
  RingBlockWalk walk(block.get(), size, has_offload_header);
  Walked result;
  uint8_t sum = 0;
  while (walk.next(&result.last)) {
    ++result.frames;
    for (size_t i = 0; i < result.last.captured; ++i) sum = static_cast<uint8_t>(sum ^ result.last.data[i]);
  }
  CHECK(sum <= 255);
  result.left = walk.left();
  return result;
}

TEST_CASE("reads what the kernel writes") {
  const Bytes block = block_of(3);
  const Walked all = walk(block, block.size());
  CHECK_EQ(all.frames, 3u);
  CHECK_EQ(all.left, 0u);
  CHECK_EQ(all.last.captured, 64u);
  CHECK_EQ(all.last.wire_bytes, 164u);
  CHECK_EQ(all.last.ts_ns, int64_t{1'700'000'000} * 1'000'000'000 + 5);
  CHECK_EQ(walk(block_of(0), block_of(0).size()).frames, 0u);
}

TEST_CASE("puts tags back") {
  Bytes block = block_of(1);
  tpacket3_hdr header = header_of(64, true);
  header.tp_status = TP_STATUS_VLAN_VALID;
  header.hv1.tp_vlan_tci = 7;
  put(&block, kFirst, header);
  RingBlockWalk walk(block.data(), block.size(), false);
  Frame frame;
  CHECK(walk.next(&frame));
  CHECK_EQ(frame.captured, 68u);
  CHECK_EQ(frame.wire_bytes, 168u);
  CHECK_EQ(bytes::to_hex(frame.data, 18), "010101010101010101010101810000070101");
}

TEST_CASE("reads glued bytes") {
  Bytes block = block_of(1);
  const uint8_t offload[10] = {0, 1, 0, 0, 0xb4, 0x05};
  put(&block, kFirst + kMac - sizeof offload, offload);
  CHECK_EQ(walk(block, block.size(), true).last.gro_bytes, 1460u);
  CHECK_EQ(walk(block, block.size(), false).last.gro_bytes, 0u);
}

TEST_CASE("ends where a block lies") {
  struct Lie {
    const char* name;
    void (*tell)(tpacket3_hdr* header);
    uint32_t frames;  // of three; the fault is in the second
  };
  const Lie lies[] = {
      {"captured beyond the block", [](tpacket3_hdr* h) { h->tp_snaplen = 5000; }, 1},
      {"captured as large as can be", [](tpacket3_hdr* h) { h->tp_snaplen = UINT32_MAX; }, 1},
      {"a frame inside its header", [](tpacket3_hdr* h) { h->tp_mac = 8; }, 1},
      {"no space for a tag", [](tpacket3_hdr* h) { h->tp_mac = sizeof *h; }, 1},
      {"a frame beyond the block", [](tpacket3_hdr* h) { h->tp_mac = UINT16_MAX; }, 1},
      {"the next header in this one", [](tpacket3_hdr* h) { h->tp_next_offset = 8; }, 2},
      {"the next header is this one", [](tpacket3_hdr* h) { h->tp_next_offset = 0; }, 2},
      {"the next header beyond the block", [](tpacket3_hdr* h) { h->tp_next_offset = UINT32_MAX - 7; }, 2},
      {"the next header between two bytes", [](tpacket3_hdr* h) { h->tp_next_offset = kDistance + 4; }, 2},
      {"less on the wire than captured", [](tpacket3_hdr* h) { h->tp_len = 1; }, 3},
  };
  for (const Lie& lie : lies) {
    Bytes block = block_of(3);
    tpacket3_hdr header = header_of(64, false);
    lie.tell(&header);
    put(&block, kFirst + kDistance, header);
    const Walked walked = walk(block, block.size());
    INFO(lie.name);
    CHECK_EQ(walked.frames, lie.frames);
    CHECK_EQ(walked.left, 3 - lie.frames);
  }
}

TEST_CASE("believes no count") {
  Bytes block = block_of(2);
  tpacket_block_desc description{};
  description.hdr.bh1.offset_to_first_pkt = kFirst;
  description.hdr.bh1.num_pkts = UINT32_MAX;
  put(&block, 0, description);
  const Walked walked = walk(block, block.size());
  CHECK_EQ(walked.frames, 2u);
  CHECK(walked.left < block.size());
  description.hdr.bh1.offset_to_first_pkt = UINT32_MAX - 7;
  put(&block, 0, description);
  CHECK_EQ(walk(block, block.size()).frames, 0u);
}

TEST_CASE("ends at every prefix") {
  const Bytes block = block_of(3);
  for (size_t size = 0; size < block.size(); ++size) CHECK(walk(block, size).frames < 3);
}

}  // namespace

// Reading a file by chunks gives the same as reading it in sequence, for any chunk boundaries and guesses; and
// the cost of a guess is bounded.
#include "../../native-bindings/src/io/chunk_reader.h"
#include "../../native-bindings/src/io/likely_record.h"

#include <doctest/doctest.h>

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "capture_builder.h"
#include "frame_builder.h"

using namespace wiretally;
using bytes::Bytes;
using captures::Pcap;
using frames::filled;

namespace {

struct Seen {
  std::string frames;
  CaptureSummary summary;
  CaptureError error;
  size_t right = 0;
  size_t wrong = 0;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const Bytes& bytes) {
    const int fd = mkstemp(path_);
    CHECK(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_); }
  const char* path() const { return path_; }

 private:
  char path_[40] = "/tmp/chunk_reader_test_XXXXXX";
};

void note(const Frame* frames, size_t count, Seen* seen) {
  for (size_t i = 0; i < count; ++i) {
    uint64_t sum = 0;
    for (uint32_t at = 0; at < frames[i].captured; ++at) sum += frames[i].data[at] * (at + 1);
    seen->frames += std::to_string(frames[i].ts_ns) + "/" + std::to_string(frames[i].captured) + "/" +
                    std::to_string(frames[i].wire_bytes) + "/" + std::to_string(frames[i].fcs_bytes) + "/" +
                    std::to_string(sum) + ";";
  }
}

// `chunk_bytes` 0: read through.
Seen read(const Bytes& file, size_t chunk_bytes, size_t shrinks_to = SIZE_MAX) {
  const TemporaryFile temporary(file);
  Seen seen;
  CaptureReader reader(7);
  CHECK_EQ(reader.open_file(temporary.path()), 0);
  const std::unique_ptr<ChunkReader> chunks = chunk_bytes == 0 ? nullptr : reader.open_chunks(chunk_bytes);
  if (shrinks_to != SIZE_MAX) CHECK_EQ(::truncate(temporary.path(), static_cast<off_t>(shrinks_to)), 0);
  if (chunks != nullptr) {
    Chunk chunk;
    uint64_t next = chunks->begin();
    for (uint64_t number = 0; number < chunks->size(); ++number) {
      chunks->read(number, true, &chunk);
      ++(chunk.first == next ? seen.right : seen.wrong);
      if (chunk.first != next) chunks->walk(next, &chunk);
      note(chunk.frames.data(), chunk.count, &seen);
      reader.add(chunk.summary);
      next = chunk.next;
      if (!chunk.is_whole) break;
    }
    reader.go_on_at(next);
  }
  for (;;) {
    Frame frames[3];
    size_t count = 0;
    Block* block = nullptr;
    const ReadStatus status = reader.read(frames, 3, &count, &block);
    note(frames, count, &seen);
    FrameSource::unpin(block);
    if (status != ReadStatus::kFrames) break;
  }
  seen.summary = reader.summary();
  seen.error = reader.error();
  return seen;
}

void check_same(const Seen& a, const Seen& b) {
  CHECK_EQ(a.frames, b.frames);
  CHECK_EQ(a.summary.packets, b.summary.packets);
  CHECK_EQ(a.summary.wire_bytes, b.summary.wire_bytes);
  CHECK_EQ(a.summary.first_ns, b.summary.first_ns);
  CHECK_EQ(a.summary.last_ns, b.summary.last_ns);
  CHECK_EQ(a.summary.back_ns, b.summary.back_ns);
  CHECK(a.summary.link_types == b.summary.link_types);
  CHECK_EQ(a.error.code, b.error.code);
  CHECK_EQ(a.error.offset, b.error.offset);
  CHECK_EQ(a.error.reason, b.error.reason);
  CHECK_EQ(a.error.truncated, b.error.truncated);
}

constexpr size_t kChunkBytes[] = {1, 16, 17, 64, 100, 257, 1000, 4096};

void check_chunks(const Bytes& file) {
  const Seen through = read(file, 0);
  for (const size_t chunk_bytes : kChunkBytes) check_same(read(file, chunk_bytes), through);
}

// Packets of all sizes, some of them not ordered by time.
template <typename Add>
void add_packets(int count, const Add& add) {
  std::mt19937 random(17);
  for (int i = 0; i < count; ++i) {
    const uint32_t size = 1 + (random() % 8 == 0 ? random() % 700 : random() % 90);
    const uint32_t seconds = 1'783'900'800u + static_cast<uint32_t>(i) - (random() % 5 == 0 ? random() % 40 : 0);
    add(seconds, random() % 1'000'000, filled(size), size + (random() % 4 == 0 ? 30 : 0));
  }
}

Bytes office(bool is_big, uint32_t magic = 0xa1b2c3d4, uint32_t link = 1, uint16_t minor = 4) {
  Pcap file(is_big, magic, link, minor);
  add_packets(60, [&](uint32_t seconds, uint32_t fraction, const Bytes& data, uint32_t wire) {
    if (magic == 0xa1b2cd34) {
      file.u32(seconds).u32(fraction).u32(data.size()).u32(wire).u64(0).raw(data);
    } else if (minor == 2) {
      file.u32(seconds).u32(fraction).u32(wire).u32(data.size()).raw(data);
    } else {
      file.record(seconds, fraction, data, wire);
    }
  });
  return file.out;
}

TEST_CASE("every form of pcap is read by chunks as it is read through") {
  for (const bool is_big : {false, true}) {
    check_chunks(office(is_big));
    check_chunks(office(is_big, 0xa1b23c4d));
    check_chunks(office(is_big, 0xa1b2cd34));
    check_chunks(office(is_big, 0xa1b2c3d4, 0x24000001));
    check_chunks(office(is_big, 0xa1b2c3d4, 1, 2));
    check_chunks(office(is_big, 0xa1b2c3d4, 1, 3));
  }
}

TEST_CASE("every prefix of a file ends as it does read through") {
  const Bytes file = office(false);
  for (size_t size = 0; size < 1500; ++size) {
    const Bytes prefix(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
    const Seen through = read(prefix, 0);
    for (const size_t chunk_bytes : {size_t{50}, size_t{333}}) check_same(read(prefix, chunk_bytes), through);
  }
}

TEST_CASE("a damaged record ends the reading where it stands") {
  for (const uint32_t captured : {300'000u, 0xffffffffu}) {
    Pcap file(false);
    file.record(5, 0, filled(400), 400).record(6, 0, filled(3000), 3000);
    file.u32(7).u32(0).u32(captured).u32(captured).raw(filled(900));
    file.record(8, 0, filled(400), 400).record(9, 0, filled(4000), 4000);
    check_chunks(file.out);
    CHECK(read(file.out, 100).error.code == static_cast<uint32_t>(CaptureErrorCode::kTooLong));
  }
}

TEST_CASE("a capture of captures fools guesses and nothing else") {
  Bytes inner = office(false);
  inner.erase(inner.begin(), inner.begin() + 24);
  inner.resize(1400);
  Pcap file(false);
  for (uint32_t i = 0; i < 30; ++i) file.record(1'783'900'800u + i, 0, inner, 1400);
  check_chunks(file.out);
  CHECK(read(file.out, 1000).wrong > 10);
}

TEST_CASE("records longer than chunks, of no bytes, and of nonsense") {
  Pcap file(false);
  std::mt19937 random(5);
  for (uint32_t i = 0; i < 12; ++i) {
    file.record(i, 0, Bytes(20'000, static_cast<uint8_t>(random())), 70'000);
    for (int left = 40; left > 0; --left) file.record(i, 1, {}, 0);
    Bytes noise(1500);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
    file.record(i, 2'000'000, noise, 1500);
  }
  check_chunks(file.out);
}

TEST_CASE("most guesses are right in chunks as they are used") {
  Pcap file(false);
  for (int left = 200; left > 0; --left) {
    add_packets(100, [&](uint32_t seconds, uint32_t fraction, const Bytes& data, uint32_t wire) {
      file.record(seconds, fraction, data, wire);
    });
  }
  const Seen seen = read(file.out, ChunkReader::kChunkBytes);
  check_same(seen, read(file.out, 0));
  CHECK_EQ(seen.wrong, 0u);
  CHECK(seen.right > 5);
}

TEST_CASE("a file that becomes shorter meanwhile ends where it ends") {
  const Bytes file = office(false);
  const Bytes prefix(file.begin(), file.begin() + 1200);
  check_same(read(file, 200, 1200), read(prefix, 0));
}

TEST_CASE("small files, pipes and other formats are not read by chunks") {
  const Bytes small = Pcap(false).record(5, 0, filled(40), 40).out;
  CHECK_EQ(read(small, 1000).right, 0u);
  check_same(read(small, 1000), read(small, 0));
  captures::Pcapng other(false);
  other.interface(1);
  for (int left = 20; left > 0; --left) other.enhanced(0, 5, filled(300), 300);
  const Seen seen = read(other.out, 100);
  CHECK_EQ(seen.right + seen.wrong, 0u);
  check_same(seen, read(other.out, 0));
  CaptureReader stream(0);
  stream.open_stream();
  CHECK(stream.open_chunks(100) == nullptr);
}

TEST_CASE("a guess looks at a bounded number of headers") {
  size_t asked = 0;
  // Headers follow each other for long, and lead nowhere.
  const auto endless = [&](size_t place) -> size_t { return ++asked, place % 9'000 == 8'999 ? 0 : 1; };
  CHECK_EQ(find_likely_record(1u << 20, SIZE_MAX, endless), SIZE_MAX);
  CHECK_EQ(asked, kLikelyHeaders);
  asked = 0;
  CHECK_EQ(find_likely_record(1u << 20, SIZE_MAX, [&](size_t) -> size_t { return ++asked, 0; }), SIZE_MAX);
  CHECK_EQ(asked, kLikelyPlaces);
}

}  // namespace

// Every form of pcap and pcapng is read identically from a file and from pushed bytes, and invalid files end at
// their fault.
#include "../../native-bindings/src/io/capture_reader.h"

#include <doctest/doctest.h>

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

#include "../../native-bindings/src/io/libzstd.h"
#include "capture_builder.h"
#include "frame_builder.h"

using namespace wiretally;
using bytes::Bytes;
using captures::Pcap;
using captures::Pcapng;
using frames::filled;

namespace {

constexpr size_t kWhole = 0;  // as a file
constexpr int64_t kSecond = 1'000'000'000;

struct Seen {
  std::string frames;  // "time/captured/wire/link[+fcs];" each
  uint64_t data_sum = 0;
  CaptureError error;
  CaptureSummary summary;
};

void collect(CaptureReader* reader, const Bytes& input, size_t chunk, Seen* seen) {
  Frame frames[3];
  size_t pushed = 0;
  for (;;) {
    size_t count = 0;
    Block* block = nullptr;
    const ReadStatus status = reader->read(frames, 3, &count, &block);
    for (size_t n = 0; n < count; ++n) {
      const Frame& frame = frames[n];
      seen->frames += std::to_string(frame.ts_ns) + "/" + std::to_string(frame.captured) + "/" +
                      std::to_string(frame.wire_bytes) + "/" + std::to_string(frame.link_type) +
                      (frame.fcs_bytes > 0 ? "+" + std::to_string(frame.fcs_bytes) : "") + ";";
      for (uint32_t i = 0; i < frame.captured; ++i) seen->data_sum += frame.data[i] * (i + 1);
    }
    CaptureReader::unpin(block);
    if (status == ReadStatus::kNeedInput) {
      const size_t size = std::min(chunk, input.size() - pushed);
      const bool is_end = pushed + size == input.size();
      reader->push(input.data() + pushed, size, is_end);
      pushed += size;
    } else if (status != ReadStatus::kFrames) {
      CHECK((status == ReadStatus::kError) == (reader->error().code != 0));
      break;
    }
  }
  seen->error = reader->error();
  seen->summary = reader->summary();
}

Seen read_all(const Bytes& input, size_t chunk) {
  Seen seen;
  CaptureReader reader(0);
  if (chunk != kWhole) {
    reader.open_stream();
    collect(&reader, input, chunk, &seen);
    return seen;
  }
  char path[] = "/tmp/capture_reader_test_XXXXXX";
  const int fd = mkstemp(path);
  CHECK(::write(fd, input.data(), input.size()) == static_cast<ssize_t>(input.size()));
  CHECK_EQ(reader.open_file(path), 0);
  collect(&reader, input, chunk, &seen);
  ::close(fd);
  ::unlink(path);
  return seen;
}

struct Case {
  std::string name;
  Bytes file;
  std::string frames;
  CaptureErrorCode error = CaptureErrorCode::kNone;
  uint64_t offset = 0;
};

std::vector<Case> pcap_cases() {
  std::vector<Case> out;
  for (const bool big : {false, true}) {
    const std::string order = big ? ", big-endian" : ", little-endian";
    out.push_back({"microseconds" + order, Pcap(big).record(5, 7, filled(10), 20).out, "5000007000/10/20/1;"});
    out.push_back(
        {"nanoseconds" + order, Pcap(big, 0xa1b23c4d).record(5, 7, filled(10), 20).out, "5000000007/10/20/1;"});
    Pcap kuznetzov(big, 0xa1b2cd34);
    kuznetzov.u32(5).u32(7).u32(10).u32(20).u64(0).raw(filled(10));
    out.push_back({"Kuznetzov's records" + order, kuznetzov.out, "5000007000/10/20/1;"});
    out.push_back({"version 2.2, lengths swapped" + order,
                   static_cast<Pcap&>(Pcap(big, 0xa1b2c3d4, 1, 2).u32(5).u32(7).u32(20).u32(10).raw(filled(10))).out,
                   "5000007000/10/20/1;"});
    out.push_back(
        {"version 2.3, lengths perhaps swapped" + order,
         static_cast<Pcap&>(
             Pcap(big, 0xa1b2c3d4, 1, 3).record(5, 7, filled(10), 20).u32(6).u32(7).u32(20).u32(10).raw(filled(10)))
             .out,
         "5000007000/10/20/1;6000007000/10/20/1;"});
    out.push_back({"AIX: interface types and nanoseconds" + order,
                   Pcap(big, 0xa1b2c3d4, 6, 2).record(5, 7, filled(10), 10).out, "5000000007/10/10/1;"});
    out.push_back({"AIX, loopback" + order, Pcap(big, 0xa1b2c3d4, 24, 2).record(5, 7, filled(10), 10).out,
                   "5000000007/10/10/0;"});
    out.push_back({"FCS length in the link type" + order,
                   Pcap(big, 0xa1b2c3d4, 0x24000001).record(5, 0, filled(20), 20).record(5, 0, filled(18), 20).out,
                   "5000000000/20/20/1+4;5000000000/18/20/1+2;"});
  }
  out.push_back({"record beyond the snaplen", Pcap(false, 0xa1b2c3d4, 1, 4, 8).record(1, 0, filled(10), 10).out,
                 "1000000000/10/10/1;"});
  out.push_back(
      {"captured more than the wire carried", Pcap(false).record(1, 0, filled(10), 4).out, "1000000000/10/10/1;"});
  out.push_back({"no packets", Pcap(false).out, ""});
  out.push_back({"times run backwards", Pcap(false).record(9, 0, {}, 0).record(4, 0, {}, 0).out,
                 "9000000000/0/0/1;4000000000/0/0/1;"});
  out.push_back({"largest times", Pcap(false).record(UINT32_MAX, UINT32_MAX, {}, 0).out, "4294967299294967295/0/0/1;"});
  out.push_back({"nanoseconds under the magic number of microseconds",
                 Pcap(false).record(1, 999'999, {}, 0).record(2, 1'000'000, {}, 0).out,
                 "1999999000/0/0/1;2001000000/0/0/1;"});
  out.push_back({"empty", {}, "", CaptureErrorCode::kEmpty, 0});
  out.push_back({"three bytes", filled(3), "", CaptureErrorCode::kForeign, 0});
  out.push_back({"foreign", filled(100), "", CaptureErrorCode::kForeign, 0});
  out.push_back({"iptrace of AIX", bytes::hex("6970747261636520322e30"), "", CaptureErrorCode::kForeign, 0});
  out.push_back({"version 3", Pcap(false, 0xa1b2c3d4, 1, 5).out, "", CaptureErrorCode::kVersion, 0});
  Bytes cut = Pcap(false).record(1, 0, filled(10), 10).record(2, 0, filled(10), 10).out;
  cut.resize(cut.size() - 3);
  out.push_back({"cut", cut, "1000000000/10/10/1;", CaptureErrorCode::kTruncated, 50});
  out.push_back({"record beyond 256 KiB",
                 static_cast<Pcap&>(Pcap(false).record(1, 0, filled(10), 10).u32(2).u32(0).u32(262145).u32(262145)).out,
                 "1000000000/10/10/1;", CaptureErrorCode::kTooLong, 50});
  return out;
}

Bytes counter(const Pcapng& file, uint16_t code, uint64_t value) {
  return file.option(code, file.body().u64(value).out);
}

// Two packets, and what two interfaces dropped: 7 + 5 of the first, by counters that grow; 20 of the second.
Pcapng with_statistics(bool big) {
  Pcapng file(big);
  file.interface(1).interface(1).enhanced(0, 1, {}, 0);
  file.statistics(0, {counter(file, 4, 100), counter(file, 5, 3), counter(file, 7, 1)});
  file.enhanced(0, 2, {}, 0);
  file.statistics(0, {file.option(2, file.body().u32(0).u32(9).out), counter(file, 5, 7), counter(file, 7, 5)});
  file.statistics(1, {counter(file, 6, 120), counter(file, 8, 100)});
  return file;
}

std::vector<Case> pcapng_cases() {
  std::vector<Case> out;
  for (const bool big : {false, true}) {
    const std::string order = big ? ", big-endian" : ", little-endian";
    out.push_back({"enhanced packets" + order,
                   Pcapng(big).interface(1).enhanced(0, 5'000'007, filled(9), 20).enhanced(0, 6'000'000, {}, 0).out,
                   "5000007000/9/20/1;6000000000/0/0/1;"});
    Pcapng clocks(big);
    clocks.interface(1, 0, clocks.option(9, {9}));
    clocks.interface(101, 0, clocks.option(9, {0x8a}));  // 2^-10 s
    clocks.interface(113, 0, bytes::Bytes(clocks.option(9, {0})));
    clocks.interface(1, 0, clocks.option(14, clocks.body().u64(100).out));
    clocks.interface(1, 0, clocks.option(9, {12}));
    clocks.enhanced(0, 5'000'000'007, {}, 0).enhanced(1, 1536, {}, 0).enhanced(2, 7, {}, 0);
    clocks.enhanced(3, 1, {}, 0).enhanced(4, 3'000'999, {}, 0);
    out.push_back({"clocks of interfaces" + order, clocks.out,
                   "5000000007/0/0/1;1500000000/0/0/101;7000000000/0/0/113;100000001000/0/0/1;3000/0/0/1;"});
    Pcapng absurd(big);
    absurd.interface(1, 0, absurd.option(9, {0}));
    absurd.interface(1, 0, absurd.option(14, absurd.body().u64(static_cast<uint64_t>(INT64_MIN)).out));
    absurd.interface(1, 0, absurd.option(9, {0xff}));
    absurd.interface(1, 0, absurd.option(14, absurd.body().u64(INT64_MAX).out));
    absurd.enhanced(0, UINT64_MAX, {}, 0)
        .enhanced(1, 5, {}, 0)
        .enhanced(2, UINT64_MAX, {}, 0)
        .enhanced(3, UINT64_MAX, {}, 0);
    out.push_back({"absurd times are clamped" + order, absurd.out,
                   "4611686018427387904/0/0/1;0/0/0/1;0/0/0/1;4611686018427387904/0/0/1;"});
    out.push_back(
        {"simple packets" + order,
         Pcapng(big).interface(1, 8).simple(filled(8), 20).enhanced(0, 3'000'000, {}, 0).simple(filled(4), 4).out,
         "0/8/20/1;3000000000/0/0/1;3000000000/4/4/1;"});
    out.push_back({"obsolete packets" + order, Pcapng(big).interface(1).obsolete(0, 3'000'000, filled(8), 9).out,
                   "3000000000/8/9/1;"});
    out.push_back({"statistics blocks" + order, with_statistics(big).out, "1000/0/0/1;2000/0/0/1;"});
    out.push_back({"unknown blocks" + order,
                   Pcapng(big)
                       .block(5, filled(20))
                       .interface(1)
                       .block(0xbad, filled(600'000))
                       .enhanced(0, 1, {}, 0)
                       .block(0x0a, filled(1))
                       .enhanced(0, 2, {}, 0)
                       .out,
                   "1000/0/0/1;2000/0/0/1;"});
    out.push_back({"options behind data" + order,
                   Pcapng(big).interface(1).enhanced(0, 1, filled(5), 5, filled(40)).enhanced(0, 2, {}, 0).out,
                   "1000/5/5/1;2000/0/0/1;"});
    for (const size_t padding : {size_t{0}, size_t{3}}) {
      Pcapng odd(big);
      const Bytes packet = odd.body().u32(0).u32(0).u32(5'000'007).u32(9).u32(20).raw(filled(9)).out;  // 29 bytes
      odd.odd_block(0x0bad, filled(5), padding).interface(1).odd_block(6, packet, padding).enhanced(0, 1, filled(4), 4);
      out.push_back({"lengths that are no multiples of four" + order, odd.out, "5000007000/9/20/1;1000/4/4/1;"});
      Bytes header = odd.body().u32(0x1a2b3c4d).u16(1).u16(0).u64(UINT64_MAX).raw(filled(5)).out;
      out.push_back({"section header of such a length" + order,
                     Pcapng(big).odd_block(0x0a0d0d0a, header, padding).interface(1).enhanced(0, 1, {}, 0).out,
                     "1000/0/0/1;"});
    }
    out.push_back({"sections of both orders" + order,
                   Pcapng(big)
                       .interface(1)
                       .enhanced(0, 1, {}, 0)
                       .section(!big)
                       .interface(101)
                       .enhanced(0, 2, {}, 0)
                       .interface(113)
                       .enhanced(1, 3, {}, 0)
                       .out,
                   "1000/0/0/1;2000/0/0/101;3000/0/0/113;"});
    out.push_back({"FCS of an interface" + order,
                   Pcapng(big).interface(1, 0, Pcapng(big).option(13, {32})).enhanced(0, 1, filled(20), 20).out,
                   "1000/20/20/1+4;"});
  }
  const Bytes good = Pcapng(false).interface(1).enhanced(0, 1, {}, 0).out;  // 28 + 20 + 32 bytes
  const auto then = [&good](const Bytes& more) { return frames::joined({good, more}); };
  const auto fails = [&](const std::string& name, const Bytes& more, CaptureErrorCode code) {
    out.push_back({name, then(more), "1000/0/0/1;", code, 80});
  };
  captures::Writer le{false};
  fails("interface not declared", Pcapng(false).enhanced(1, 0, {}, 0).out, CaptureErrorCode::kInterface);
  out.back().offset = 80 + 28;
  out.back().file = then(Pcapng(false).enhanced(1, 0, {}, 0).out);
  fails("block of length zero", captures::Writer{false}.u32(6).u32(0).u32(0).out, CaptureErrorCode::kBlockLength);
  fails("block not of whole words", captures::Writer{false}.u32(6).u32(34).raw(filled(30)).out,
        CaptureErrorCode::kBlockLength);
  fails("lengths that differ", captures::Writer{false}.u32(6).u32(32).raw(filled(20)).u32(36).out,
        CaptureErrorCode::kBlockLength);
  fails("packet beyond its block",
        captures::Writer{false}.u32(6).u32(32).u32(0).u32(0).u32(0).u32(4).u32(4).u32(32).out,
        CaptureErrorCode::kBlockLength);
  fails("packet beyond 256 KiB",
        captures::Writer{false}.u32(6).u32(32).u32(0).u32(0).u32(0).u32(262145).u32(4).u32(32).out,
        CaptureErrorCode::kTooLong);
  fails("packet block beyond all measure", captures::Writer{false}.u32(6).u32(0x40000000).u32(0).out,
        CaptureErrorCode::kTooLong);
  fails("unknown block beyond the end", captures::Writer{false}.u32(77).u32(0x40000000).u32(0).out,
        CaptureErrorCode::kTruncated);
  fails("section without magic", captures::Writer{false}.u32(0x0a0d0d0a).u32(28).raw(filled(20)).out,
        CaptureErrorCode::kForeign);
  fails("interface block too short", captures::Writer{false}.u32(1).u32(16).u32(1).u32(16).out,
        CaptureErrorCode::kBlockLength);
  fails("cut", captures::Writer{false}.u32(6).u32(32).out, CaptureErrorCode::kTruncated);
  Bytes future = Pcapng(false).out;
  future[12] = 2;
  out.push_back({"version 2", future, "", CaptureErrorCode::kVersion, 0});
  return out;
}

void check_case(const Case& one) {
  const Seen whole = read_all(one.file, kWhole);
  INFO(one.name, ": ", whole.error.reason);
  CHECK_EQ(whole.frames, one.frames);
  CHECK_EQ(whole.error.code, static_cast<uint32_t>(one.error));
  CHECK_EQ(whole.error.offset, one.offset);
  CHECK_EQ(whole.error.truncated, one.error == CaptureErrorCode::kTruncated);
  CHECK_EQ(whole.error.reason.empty(), one.error == CaptureErrorCode::kNone);
  for (const size_t chunk : {size_t{1}, size_t{7}, size_t{100'000}}) {
    if (chunk < 100 && one.file.size() > 10'000) continue;
    const Seen pushed = read_all(one.file, chunk);
    CAPTURE(chunk);
    CHECK_EQ(pushed.frames, whole.frames);
    CHECK_EQ(pushed.error.code, whole.error.code);
    CHECK_EQ(pushed.error.offset, whole.error.offset);
    CHECK_EQ(pushed.data_sum, whole.data_sum);
  }
}

// Every prefix gives a prefix of the frames, and reports truncation unless it ends between records.
void check_every_prefix(const Case& one) {
  if (one.file.size() > 10'000) return;
  for (size_t size = 0; size < one.file.size(); ++size) {
    const Bytes prefix(one.file.begin(), one.file.begin() + static_cast<ptrdiff_t>(size));
    const Seen seen = read_all(prefix, 100'000);
    CHECK_EQ(one.frames.substr(0, seen.frames.size()), seen.frames);
    CHECK(seen.error.offset <= size);
  }
}

// Records that do not fit the rest of a block are copied to the next; the data are unchanged.
TEST_CASE("records longer than what is left of a block are carried over") {
  Pcap pcap(false);
  Pcapng pcapng(false);
  pcapng.interface(1);
  std::string want;
  uint64_t sum = 0;
  for (uint32_t n = 0; n < 40; ++n) {
    const uint32_t size = n % 3 == 0 ? 262144 : 1000 * n + n;
    const Bytes data = filled(size, static_cast<uint8_t>(n));
    for (uint32_t i = 0; i < size; ++i) sum += data[i] * (i + 1);
    pcap.record(n, 0, data, size);
    pcapng.enhanced(0, n * 1'000'000ull, data, size, filled(n % 5 == 0 ? 200'000 : 0));
    want += std::to_string(n * kSecond) + "/" + std::to_string(size) + "/" + std::to_string(size) + "/1;";
  }
  for (const Bytes& file : {pcap.out, pcapng.out}) {
    for (const size_t chunk : {kWhole, size_t{65536}, size_t{3'000'000}}) {
      const Seen seen = read_all(file, chunk);
      CHECK_EQ(seen.frames, want);
      CHECK_EQ(seen.data_sum, sum);
      CHECK_EQ(seen.error.code, 0u);
    }
  }
}

// A zstd frame (RFC 8878 section 3.1.1) of blocks of one type: raw, or of one byte `size` times.
Bytes zstd_frame(const Bytes& content, size_t block_bytes, bool is_repeated = false, size_t blocks = 1) {
  Bytes out = bytes::hex("28b52ffd0058");
  const size_t count = is_repeated ? blocks : std::max<size_t>((content.size() + block_bytes - 1) / block_bytes, 1);
  for (size_t n = 0; n < count; ++n) {
    const size_t at = is_repeated ? 0 : n * block_bytes;
    const size_t size = is_repeated ? 1 : std::min(block_bytes, content.size() - at);
    const size_t header = (is_repeated ? block_bytes : size) << 3 | (is_repeated ? 2 : 0) | (n + 1 == count ? 1 : 0);
    for (size_t i = 0; i < 3; ++i) out.push_back(static_cast<uint8_t>(header >> (8 * i)));
    out.insert(out.end(), content.begin() + static_cast<ptrdiff_t>(at),
               content.begin() + static_cast<ptrdiff_t>(at + size));
  }
  return out;
}

PackedOptions packed_options() { return {LibZstd::installed(), 1u << 20, 200}; }

Seen read_packed(const Bytes& stored, size_t chunk, PackedState* state) {
  Seen seen;
  CaptureReader reader(0);
  reader.open_packed(packed_options());
  collect(&reader, stored, chunk, &seen);
  *state = reader.packed_state();
  return seen;
}

const bool kHasNoZstd = LibZstd::installed() == nullptr;

TEST_CASE("a capture that is packed is read as one that is not, however it is cut" * doctest::skip(kHasNoZstd)) {
  Pcap pcap(false);
  for (uint32_t n = 0; n < 500; ++n) {
    const uint32_t size = n % 100 == 0 ? 262144 : 1000 + n;
    pcap.record(n, 0, filled(size, static_cast<uint8_t>(n)), size);
  }
  const Seen plain = read_all(pcap.out, kWhole);
  const Bytes skippable = bytes::hex("502a4d1803000000aabbcc");
  Bytes stored = zstd_frame(Bytes(pcap.out.begin(), pcap.out.begin() + 300'000), 131'072);
  stored.insert(stored.end(), skippable.begin(), skippable.end());
  const Bytes rest = zstd_frame(Bytes(pcap.out.begin() + 300'000, pcap.out.end()), 100'001);
  stored.insert(stored.end(), rest.begin(), rest.end());
  for (const size_t chunk : {size_t{7}, size_t{65536}, stored.size()}) {
    PackedState state;
    const Seen seen = read_packed(stored, chunk, &state);
    CHECK_EQ(seen.frames, plain.frames);
    CHECK_EQ(seen.data_sum, plain.data_sum);
    CHECK_EQ(seen.error.code, 0u);
    CHECK_EQ(seen.summary.packets, 500u);
    CHECK(state.error == nullptr);
    CHECK(!state.is_refused);
    CHECK(state.may_end);
  }
}

TEST_CASE("of packed bytes every prefix is read, and may end where its frame ends" * doctest::skip(kHasNoZstd)) {
  const std::string all = "5000007000/10/20/1;6000007000/10/20/1;";
  const Bytes file = Pcap(false).record(5, 7, filled(10), 20).record(6, 7, filled(10), 20).out;
  const Bytes stored = zstd_frame(file, 20);
  for (size_t size = 0; size <= stored.size(); ++size) {
    PackedState state;
    const Seen seen = read_packed(Bytes(stored.begin(), stored.begin() + static_cast<ptrdiff_t>(size)), 5, &state);
    CHECK(state.error == nullptr);
    CHECK_EQ(state.may_end, size == 0 || size == stored.size());
    CHECK_EQ(all.compare(0, seen.frames.size(), seen.frames), 0);
    CHECK_EQ(seen.frames == all, size >= stored.size());
  }
}

TEST_CASE("behind damage of packed bytes nothing is read" * doctest::skip(kHasNoZstd)) {
  constexpr size_t kBlock = 50;  // to the end of the first record
  Bytes stored = zstd_frame(Pcap(false).record(5, 7, filled(10), 20).record(6, 7, filled(10), 20).out, kBlock);
  const size_t header = 6 + 3 + kBlock;
  std::fill_n(stored.begin() + header, 3, uint8_t{0xff});  // a block of the reserved type
  for (const size_t chunk : {size_t{1}, header}) {
    PackedState state;
    const Seen seen = read_packed(stored, chunk, &state);
    CHECK(state.error != nullptr);
    CHECK_EQ(seen.frames, "5000007000/10/20/1;");
    CHECK_EQ(seen.error.code, 0u);
  }
}

TEST_CASE("packed bytes that become too many are refused" * doctest::skip(kHasNoZstd)) {
  for (const size_t blocks : {size_t{7}, size_t{9}}) {
    Bytes stored = zstd_frame(Pcap(false).out, 24);
    const Bytes zeros = zstd_frame({0}, 131'072, true, blocks);  // packets without bytes
    stored.insert(stored.end(), zeros.begin(), zeros.end());
    PackedState state;
    const Seen seen = read_packed(stored, 4096, &state);
    CHECK_EQ(state.is_refused, blocks == 9);
    CHECK(seen.summary.packets <= packed_options().free_bytes / 16);
    CHECK(seen.summary.packets >= 7 * 131'072 / 16);
  }
}

TEST_CASE("a summary counts packets, bytes, times and link types") {
  const Seen seen = read_all(
      Pcapng(false).interface(113).interface(1).interface(113).enhanced(0, 9, filled(3), 30).enhanced(1, 4, {}, 12).out,
      kWhole);
  CHECK_EQ(seen.summary.packets, 2u);
  CHECK_EQ(seen.summary.wire_bytes, 42u);
  CHECK_EQ(seen.summary.first_ns, 4000);
  CHECK_EQ(seen.summary.last_ns, 9000);
  CHECK((seen.summary.link_types == std::vector<uint16_t>{113, 1}));
}

TEST_CASE("an original length that no interface sends is not counted") {
  const Bytes data = filled(60);
  Pcap file(false);
  file.record(1, 0, data, 4278190146u).record(2, 0, data, 16u << 20);
  CHECK_EQ(read_all(file.out, kWhole).summary.wire_bytes, 60u + (16u << 20));
}

TEST_CASE("an input that cannot be opened is reported") {
  CaptureReader reader(0);
  CHECK_EQ(reader.open_file("/nowhere/at/all.pcap"), ENOENT);
  CHECK_EQ(reader.open_file("/tmp"), EISDIR);
}

// Blocks outlive their reader, and a reader whose caller pins every block continues when another thread releases
// one.
TEST_CASE("blocks outlive their reader") {
  Pcap pcap(false);
  for (uint32_t n = 0; n < 70 * 4; ++n) pcap.record(n, 0, filled(262144, static_cast<uint8_t>(n)), 262144);
  std::vector<Block*> kept;
  std::vector<Frame> given;
  {
    CaptureReader reader(0);
    reader.open_stream();
    reader.push(pcap.out.data(), pcap.out.size(), true);
    std::thread helper;
    Frame frames[1];
    size_t count = 0;
    Block* block = nullptr;
    while (reader.read(frames, 1, &count, &block) == ReadStatus::kFrames) {
      kept.push_back(block);
      given.push_back(frames[0]);
      if (kept.size() == 100) {
        helper = std::thread([first = std::vector<Block*>(kept.begin(), kept.begin() + 50)] {
          for (Block* old : first) CaptureReader::unpin(old);
        });
      }
    }
    if (helper.joinable()) helper.join();
  }
  CHECK_EQ(given.size(), 280u);
  CHECK_EQ(given.back().data[0], static_cast<uint8_t>(279));
  CHECK_EQ(given[50].data[1], static_cast<uint8_t>(51));
  for (size_t n = 50; n < kept.size(); ++n) CaptureReader::unpin(kept[n]);
}

TEST_CASE("packets that the capturing machine dropped are summed") {
  const auto summary_of = [](const Bytes& file) { return read_all(file, kWhole).summary; };
  for (const bool big : {false, true}) {
    const CaptureSummary summary = summary_of(with_statistics(big).out);
    CHECK_EQ(summary.drops, 32u);
    CHECK_EQ(summary.drops_since_ns, 9'000);
    // A section has its own interfaces.
    Bytes twice = with_statistics(big).out;
    bytes::add(&twice, with_statistics(!big).out);
    CHECK_EQ(summary_of(twice).drops, 64u);
  }
  const auto drops_of = [&](uint32_t interface, const std::vector<std::pair<uint16_t, uint64_t>>& counters) {
    Pcapng file(false);
    file.interface(1).enhanced(0, 1, {}, 0);
    std::vector<Bytes> options;
    for (const auto& [code, value] : counters) options.push_back(counter(file, code, value));
    return summary_of(file.statistics(interface, options).out).drops;
  };
  CHECK_EQ(drops_of(0, {}), 0u);
  CHECK_EQ(drops_of(1, {{5, 3}}), 0u);
  CHECK_EQ(drops_of(0, {{5, UINT64_MAX}, {7, UINT64_MAX}}), 0u);
  CHECK_EQ(drops_of(0, {{5, UINT64_MAX - 1}, {7, UINT64_MAX - 1}}), uint64_t{1} << 41);
  CHECK_EQ(drops_of(0, {{6, 50}, {8, 60}}), 0u);
  CHECK_EQ(drops_of(0, {{6, 50}, {8, 40}, {7, 0}}), 0u);
  CHECK_EQ(drops_of(0, {{6, 50}, {8, UINT64_MAX}}), 0u);
  CHECK_EQ(drops_of(0, {{4, 1000}}), 0u);
  Pcapng cut(false);
  cut.interface(1).enhanced(0, 1, {}, 0).block(5, filled(8)).block(5, Bytes(12)).block(5, {0, 0, 0, 0, 0, 0, 0,
                                                                                           0, 0, 0, 0, 0, 5, 0,
                                                                                           9, 0, 1, 0, 0, 0});
  CHECK_EQ(summary_of(cut.out).drops, 0u);
}

TEST_CASE("an interface that received more packets than passed its filter had a filter, also for packets before") {
  const auto filtered_of = [](const std::vector<std::pair<uint16_t, uint64_t>>& counters, bool big) {
    Pcapng file(big);
    file.interface(1).interface(1).enhanced(0, 1, filled(5), 0).enhanced(0, 2, filled(5), 0);
    file.enhanced(1, 3, filled(5), 0);
    std::vector<Bytes> options;
    for (const auto& [code, value] : counters) options.push_back(counter(file, code, value));
    file.statistics(0, options).statistics(0, options).enhanced(0, 4, filled(5), 0);
    return read_all(file.out, kWhole).summary.filtered;
  };
  for (const bool big : {false, true}) {
    CHECK_EQ(filtered_of({{4, 1000}, {6, 2}}, big), 2u);
    CHECK_EQ(filtered_of({{4, 1000}, {6, 2}, {5, 900}, {7, 97}}, big), 2u);
    CHECK_EQ(filtered_of({{4, 1000}, {6, 2}, {5, 900}, {7, 98}}, big), 0u);
    CHECK_EQ(filtered_of({{4, 1000}, {6, 2}, {5, UINT64_MAX}}, big), 2u);
    CHECK_EQ(filtered_of({{4, 2}, {6, 2}}, big), 0u);
    CHECK_EQ(filtered_of({{4, 1}, {6, 2}}, big), 0u);
    CHECK_EQ(filtered_of({{4, 1000}}, big), 0u);
    CHECK_EQ(filtered_of({{6, 2}}, big), 0u);
    CHECK_EQ(filtered_of({{4, UINT64_MAX}, {6, 2}}, big), 0u);
    CHECK_EQ(filtered_of({{4, 1000}, {6, UINT64_MAX}}, big), 0u);
  }
}

TEST_CASE("drops that packet blocks state are summed, and not added to those of the statistics") {
  const auto drops_of = [](bool big, uint64_t counted) {
    Pcapng file(big);
    file.interface(1).interface(1).enhanced(0, 1, filled(5), 0, counter(file, 4, 3));
    file.enhanced(0, 2, filled(5), 0, counter(file, 4, 4)).enhanced(1, 3, filled(4), 0, counter(file, 4, UINT64_MAX));
    file.enhanced(1, 4, filled(4), 0, file.option(4, Bytes(4)));
    file.obsolete(1, 5, filled(3), 0, 2).obsolete(1, 6, filled(3), 0, UINT16_MAX);
    file.statistics(0, {counter(file, 5, counted)});
    return read_all(file.out, kWhole).summary.drops;
  };
  for (const bool big : {false, true}) {
    CHECK_EQ(drops_of(big, 5), 7u + 2u);
    CHECK_EQ(drops_of(big, 9), 9u + 2u);
  }
}

TEST_CASE("every form is read alike from a file and from pushed bytes") {
  for (const auto& list : {pcap_cases(), pcapng_cases()}) {
    for (const Case& one : list) {
      check_case(one);
      check_every_prefix(one);
    }
  }
}

}  // namespace

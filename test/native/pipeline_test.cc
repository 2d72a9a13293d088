// Workers in several threads give the same result as one, and none waits forever when another ends.
#include "../../native-bindings/src/pipeline/pipeline.h"

#include <doctest/doctest.h>

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bytes.h"
#include "dns_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

// A capture of TCP flows between many hosts, with fragments of UDP datagrams and ARP between them.
Bytes capture_of(int packets) {
  Bytes file = bytes::hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000");
  const auto add_le = [&file](uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) file.push_back(static_cast<uint8_t>(value >> shift));
  };
  const auto add_frame = [&](int number, const Bytes& frame) {
    add_le(1'783'900'800u + static_cast<uint32_t>(number / 100));
    add_le(static_cast<uint32_t>(number % 100) * 10'000);
    add_le(static_cast<uint32_t>(frame.size()));
    add_le(static_cast<uint32_t>(frame.size()));
    bytes::add(&file, frame);
  };
  const Bytes macs = bytes::hex("020000000001 020000000002");
  for (int i = 0; i < packets; ++i) {
    const uint32_t flow = static_cast<uint32_t>(i) * 7919u % 3000u;
    Bytes frame = macs;
    if (i % 50 == 7) {
      bytes::add(&frame, bytes::hex("0806 0001 0800 06 04 0001 020000000001"));
      bytes::add_number(&frame, 0x0a000000u + flow, 4);
      bytes::add(&frame, bytes::hex("000000000000 0a0000fe"));
    } else {
      const bool is_fragment = i % 10 < 2;
      const bool is_second = i % 10 == 1;
      bytes::add(&frame, bytes::hex("0800 4500 0028"));
      bytes::add_number(&frame, static_cast<uint64_t>(i / 10), 2);
      bytes::add_number(&frame, !is_fragment ? 0 : is_second ? 2 : 0x2000, 2);
      bytes::add(&frame, {64, static_cast<uint8_t>(is_fragment ? 17 : 6), 0, 0});
      bytes::add_number(&frame, 0x0a000000u + (is_fragment ? 1 : flow), 4);
      bytes::add(&frame, bytes::hex("c0000201"));
      if (is_fragment && !is_second) {
        bytes::add(&frame, bytes::hex("1388 1389 0024 0000 0000000000000000 00000000"));
        frame.resize(14 + 20 + 16);
        frame[16] = 0;
        frame[17] = 36;
      } else if (is_fragment) {
        bytes::add(&frame, Bytes(20, 0x55));
      } else {
        bytes::add_number(&frame, 1000 + flow, 2);
        bytes::add(&frame, bytes::hex("01bb 00000001 00000001 5010 ffff 0000 0000"));
      }
    }
    add_frame(i, frame);
  }
  return file;
}

// Fewer than the capture has.
constexpr uint32_t kFlows = 1024;

DecoderOptions options_for(unsigned workers) {
  DecoderOptions options;
  options.flows = kFlows;
  options.window_seconds = 60;
  options.tracker.emit_observations = true;
  options.tracker.dns = TrackerOptions::Dns::kAll;
  options.workers = workers;
  options.chunk_bytes = 5000;
  return options;
}

struct Said {
  std::vector<std::string> records;
  uint64_t packets = 0;
  uint64_t fragments = 0;
  uint64_t evicted = 0;
  bool aborted = false;
  int64_t told_ns = 0;   // clock of the batch before
  uint64_t answers = 0;  // DNS records
  uint64_t late = 0;     // of these, from before that clock

  // True while the decoder has more records.
  bool poll(Decoder* decoder, std::vector<uint8_t>* batch) {
    const size_t length = decoder->poll(batch->data(), batch->size(), 5);
    if (length >= Decoder::kAborted) {
      aborted = true;
      return false;
    }
    for (size_t at = sizeof(BatchHeader); at < length;) {
      RecordHeader header;
      std::memcpy(&header, batch->data() + at, sizeof header);
      std::string record(reinterpret_cast<const char*>(batch->data()) + at, header.length);
      if (header.type == static_cast<uint16_t>(RecordType::kDns)) {
        DnsRecord answer;
        std::memcpy(&answer, record.data(), sizeof answer);
        ++answers;
        if (answer.ts_ns <= told_ns) ++late;
      }
      if (header.type == static_cast<uint16_t>(RecordType::kCounters)) {
        CountersRecord counters;
        std::memcpy(&counters, record.data(), sizeof counters);
        packets += counters.packets;
        fragments += counters.fragments;
        evicted += counters.evicted_flows;
      } else {
        records.push_back(std::move(record));
      }
      at += header.length;
    }
    BatchHeader header;
    std::memcpy(&header, batch->data(), sizeof header);
    if (length > 0) told_ns = header.clock_ns;
    return length > 0;
  }
};

// Every worker except the first in a thread; `first` acts as the first one.
Said run(unsigned workers, const std::function<void(Decoder*, Said*)>& first) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options_for(workers), &error);
  CHECK(pipeline != nullptr);
  std::unique_ptr<Decoder> leader = pipeline->attach(0);
  std::vector<Said> said(workers);
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers; ++i) {
    threads.emplace_back([&, i] {
      const std::unique_ptr<Decoder> decoder = pipeline->attach(i);
      std::vector<uint8_t> batch(64 * 1024);
      while (said[i].poll(decoder.get(), &batch)) {
      }
    });
  }
  first(leader.get(), &said[0]);
  leader.reset();
  for (std::thread& thread : threads) thread.join();
  for (unsigned i = 1; i < workers; ++i) {
    said[0].records.insert(said[0].records.end(), said[i].records.begin(), said[i].records.end());
    said[0].packets += said[i].packets;
    said[0].fragments += said[i].fragments;
    said[0].evicted += said[i].evicted;
    said[0].answers += said[i].answers;
    said[0].late += said[i].late;
    said[0].aborted = said[0].aborted || said[i].aborted;
  }
  std::sort(said[0].records.begin(), said[0].records.end());
  return said[0];
}

void decode(const Bytes& file, Decoder* decoder, Said* said) {
  std::vector<uint8_t> batch(64 * 1024);
  decoder->open_stream(0);
  for (size_t at = 0; at < file.size(); at += 100'000) {
    const size_t size = std::min<size_t>(100'000, file.size() - at);
    decoder->push(file.data() + at, size, at + size == file.size());
    while (said->poll(decoder, &batch)) {
    }
  }
  decoder->finish();
  while (said->poll(decoder, &batch)) {
  }
}

TEST_CASE("threads say what one says") {
  const Bytes file = capture_of(30'000);
  const Said one = run(1, [&](Decoder* decoder, Said* said) { decode(file, decoder, said); });
  CHECK_EQ(one.packets, 30'000u);
  CHECK_EQ(one.fragments, 6'000u);
  CHECK(one.records.size() > 1000);
  CHECK(one.evicted > 0);
  for (const unsigned workers : {2u, 3u, 5u, 64u}) {
    const Said many = run(workers, [&](Decoder* decoder, Said* said) { decode(file, decoder, said); });
    CHECK(many.records == one.records);
    CHECK_EQ(many.evicted, one.evicted);
    CHECK_EQ(many.packets, one.packets);
    CHECK_EQ(many.fragments, one.fragments);
    CHECK(!many.aborted);
  }
}

TEST_CASE("threads say of a file what one says of a stream") {
  const Bytes whole = capture_of(30'000);
  const Bytes cut(whole.begin(), whole.end() - 11);
  for (const Bytes& file : {whole, cut}) {
    char path[] = "/tmp/pipeline_test_XXXXXX";
    const int fd = mkstemp(path);
    CHECK(::write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
    ::close(fd);
    const Said one = run(1, [&](Decoder* decoder, Said* said) { decode(file, decoder, said); });
    for (const unsigned workers : {2u, 3u, 5u}) {
      const Said many = run(workers, [&](Decoder* decoder, Said* said) {
        std::vector<uint8_t> batch(64 * 1024);
        CHECK_EQ(decoder->open_file(path, 0), 0);
        while (said->poll(decoder, &batch)) {
        }
        CHECK_EQ(decoder->bytes_read(), file.size());
        decoder->finish();
        while (said->poll(decoder, &batch)) {
        }
      });
      CHECK(many.records == one.records);
      CHECK_EQ(many.packets, one.packets);
    }
    ::unlink(path);
  }
}

TEST_CASE("a file that is abandoned in the middle is reported up to there") {
  const Bytes file = capture_of(30'000);
  char path[] = "/tmp/pipeline_test_XXXXXX";
  const int fd = mkstemp(path);
  CHECK(::write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  ::close(fd);
  const Said said = run(3, [&](Decoder* decoder, Said* first) {
    std::vector<uint8_t> batch(64 * 1024);
    CHECK_EQ(decoder->open_file(path, 0), 0);
    decoder->finish();
    while (first->poll(decoder, &batch)) {
    }
  });
  CHECK(!said.aborted);
  CHECK(said.packets <= 30'000u);
  ::unlink(path);
}

// Answers with long names: a unit of them exceeds a batch.
Bytes answers_of(int count) {
  Bytes file = bytes::hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000");
  const std::string name = std::string(60, 'a') + "." + std::string(60, 'b');
  const Bytes answer = DnsBuilder().question(name, 1).address(name, "c0000201", 300).build();
  for (int i = 0; i < count; ++i) {
    Bytes frame = bytes::hex("020000000001 020000000002 0800 4500");
    bytes::add_number(&frame, 28 + answer.size(), 2);
    bytes::add(&frame, bytes::hex("0000 0000 4011 0000"));
    bytes::add_number(&frame, 0x0a000000u + static_cast<uint32_t>(i % 250), 4);
    bytes::add(&frame, bytes::hex("0a0000fe"));
    bytes::add(&frame, bytes::hex("0035"));
    bytes::add_number(&frame, 20'000 + static_cast<uint64_t>(i), 2);
    bytes::add_number(&frame, 8 + answer.size(), 2);
    bytes::add(&frame, bytes::hex("0000"));
    bytes::add(&frame, answer);
    for (const uint32_t value : {1'783'900'800u + static_cast<uint32_t>(i), 0u, static_cast<uint32_t>(frame.size()),
                                 static_cast<uint32_t>(frame.size())}) {
      for (int shift = 0; shift < 32; shift += 8) file.push_back(static_cast<uint8_t>(value >> shift));
    }
    bytes::add(&file, frame);
  }
  return file;
}

TEST_CASE("a batch tells no time of which records are still to come") {
  const Bytes file = answers_of(8'000);
  for (const unsigned workers : {1u, 2u, 3u}) {
    const Said said = run(workers, [&](Decoder* decoder, Said* first) { decode(file, decoder, first); });
    CHECK_EQ(said.answers, 8'000u);
    CHECK_EQ(said.late, 0u);
  }
}

TEST_CASE("no worker waits for one that ended") {
  const Bytes file = capture_of(5'000);
  const Said said = run(3, [&](Decoder* decoder, Said* first) {
    std::vector<uint8_t> batch(64 * 1024);
    decoder->open_stream(0);
    decoder->push(file.data(), file.size(), false);
    first->poll(decoder, &batch);
  });
  CHECK(said.aborted);
}

TEST_CASE("hands out each number once") {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options_for(2), &error);
  const std::unique_ptr<Decoder> first = pipeline->attach(0);
  CHECK(pipeline->attach(0) == nullptr);
  CHECK(pipeline->attach(2) == nullptr);
  CHECK(Pipeline::open(options_for(kMaxWorkers + 1), &error) == nullptr);
}

TEST_CASE(
    "a flush is due every five minutes of the capture, behind late packets, and not for a few packets of a large "
    "table") {
  constexpr int64_t kSecond = 1'000'000'000;
  constexpr int64_t kStart = 1'783'900'830 * kSecond;
  FlushClock clock(60);
  // Eight units that end at the same time. Returns what the first flush of them is due for.
  const auto due_at = [&clock](int64_t unit_ns, size_t packets, size_t entries) {
    int64_t first = kNotSettled;
    for (int unit = 0; unit < 8; ++unit) {
      const int64_t due = clock.due_at(unit_ns, unit == 0 ? packets : 0, entries);
      if (first == kNotSettled) first = due;
    }
    return first;
  };
  CHECK_EQ(due_at(kStart, 100, 100), kNotSettled);
  CHECK_EQ(due_at(kStart + 300 * kSecond, 100, 100), kNotSettled);
  CHECK_EQ(due_at(kStart + 301 * kSecond, 100, 100), kStart + 270 * kSecond);
  CHECK_EQ(due_at(kStart + 302 * kSecond, 100, 100), kNotSettled);
  // 200 packets since the last flush, then 250.
  CHECK_EQ(due_at(kStart + 9000 * kSecond, 100, 1000), kNotSettled);
  CHECK_EQ(due_at(kStart + 9060 * kSecond, 50, 1000), kStart + 8970 * kSecond);
  CHECK_EQ(FlushClock(0).due_at(kStart + 9000 * kSecond, 100, 0), kNotSettled);
}

TEST_CASE("false times of some packets, and a clock that is set back, do not make a flush due") {
  constexpr int64_t kSecond = 1'000'000'000;
  constexpr int64_t kStart = 1'783'900'830 * kSecond;
  constexpr int64_t kYear2099 = 4'070'908'800 * kSecond;
  FlushClock clock(60);
  for (int64_t unit = 0; unit < 100; ++unit) {
    const int64_t unit_ns = unit % 3 == 0 ? kYear2099 : kStart + unit * kSecond;
    CHECK_EQ(clock.due_at(unit_ns, 100, 100), kNotSettled);
  }
  for (int64_t unit = 0; unit < 6; ++unit) CHECK_EQ(clock.due_at(kYear2099, 100, 100), kNotSettled);
  CHECK_EQ(clock.due_at(kStart + 100 * kSecond, 100, 100), kNotSettled);
}

}  // namespace

// Records are emitted whole, in order and exactly once, for any batch size.
#include "../../native-bindings/src/base/event_writer.h"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

using namespace wiretally;

namespace {

struct Numbered {
  RecordHeader header;
  uint64_t number;
};

void emit(EventWriter* writer, uint64_t number, size_t tail_size) {
  const std::vector<uint8_t> tail(tail_size, static_cast<uint8_t>(number));
  const Numbered record{{}, number};
  const Span span{tail.data(), tail.size()};
  writer->emit(RecordType::kFlow, static_cast<uint16_t>(number), &record, sizeof record, &span, 1);
}

TEST_CASE("queues what does not fit") {
  EventWriter writer;
  std::vector<uint8_t> batch(EventWriter::kMinBatchBytes);
  CHECK(writer.begin(batch.data(), batch.size()));
  for (uint64_t i = 0; i < 5000; ++i) emit(&writer, i, i % 97);
  CHECK(!writer.has_room());
  uint64_t expected = 0;
  bool whole = true;
  for (bool more = true; more;) {
    const size_t length = writer.end(42);
    BatchHeader header;
    std::memcpy(&header, batch.data(), sizeof header);
    CHECK_EQ(header.magic, kBatchMagic);
    CHECK_EQ(header.length, length);
    CHECK_EQ(header.clock_ns, 42);
    uint32_t records = 0;
    for (size_t at = sizeof header; at < length; ++records) {
      Numbered record;
      std::memcpy(&record, batch.data() + at, sizeof record);
      const size_t tail = expected % 97;
      whole = whole && record.number == expected && record.header.flags == static_cast<uint16_t>(expected);
      whole = whole && record.header.length == ((sizeof record + tail + 7) & ~size_t{7});
      for (size_t i = 0; i < tail; ++i) {
        whole = whole && batch[at + sizeof record + i] == static_cast<uint8_t>(expected);
      }
      ++expected;
      at += record.header.length;
    }
    CHECK_EQ(header.record_count, records);
    more = records > 0;
    CHECK(writer.begin(batch.data(), batch.size()));
  }
  CHECK(whole);
  CHECK_EQ(expected, 5000u);
  CHECK(writer.has_room());
}

TEST_CASE("says when a record can never fit") {
  EventWriter writer;
  std::vector<uint8_t> batch(EventWriter::kMinBatchBytes);
  CHECK(writer.begin(batch.data(), batch.size()));
  emit(&writer, 1, 100'000);
  CHECK_EQ(writer.end(0), sizeof(BatchHeader));
  CHECK(!writer.begin(batch.data(), batch.size()));
  writer.end(0);
  std::vector<uint8_t> larger(512 * 1024);
  CHECK(writer.begin(larger.data(), larger.size()));
  CHECK_EQ(writer.record_count(), 1u);
}

}  // namespace

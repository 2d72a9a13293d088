// Fuzzes record scanning and the splitting into exchanges on one watched flow: the input is the bytes of both directions
// in ranges, some of which are withheld.
#include "../../native-bindings/src/stream/exchange/exchange.h"
#include "../../native-bindings/src/stream/stream_records.h"
#include "../cost.h"
#include "scripted_flows.h"

namespace {

using namespace wiretally;

struct Direction {
  RecordScanner scanner;
  uint64_t given = 0;     // bytes of the stream
  uint64_t reported = 0;  // bytes that records account for, headers included
};

void note(Direction* direction, const ScannedRecord& record) {
  if (record.count == 0) return;
  scripted::require(record.type >= 20 && record.type <= 23 && record.length > 0);
  direction->reported += uint64_t{record.length} + 5ull * record.count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  Cursor cursor(data, size);
  scripted::Sink sink;
  ExchangeCutter cutter;
  const uint8_t mode = cursor.u8();
  cutter.begin(static_cast<ExchangeUnit>(mode % 3), (mode & 4) != 0);
  if ((mode & 8) != 0) cutter.set_server((mode & 16) != 0, (mode & 32) != 0 ? 0xcca8 : 0xc02f, (mode & 64) != 0);
  cutter.set_round_trip(int64_t{mode} * 1'000'000);
  Direction directions[2];
  int64_t now_ns = 0;
  while (cursor.remaining() >= 4) {
    const uint8_t what = cursor.u8();
    const uint32_t length = cursor.be16();
    now_ns += int64_t{cursor.u8()} * (what >= 0xf0 ? 10'000'000'000 : 1'000'000);
    const unsigned side = what & 1;
    Direction& direction = directions[side];
    ScannedRecord record;
    const auto tell = [&] {
      note(&direction, record);
      if (record.count > 0)
        cutter.on_record(side == 0, record.length, record.count, record.filled, record.ts_ns, &sink);
    };
    if ((what & 6) == 6) {
      direction.given += length;
      for (uint32_t left = length; left > 0;) {
        left = direction.scanner.skip(left, now_ns, &record);
        tell();
      }
      continue;
    }
    Span bytes = cursor.take(std::min<size_t>(length, cursor.remaining()));
    uint32_t extent = static_cast<uint32_t>(bytes.size) + ((what & 8) != 0 ? 900 : 0);
    direction.given += extent;
    while (extent > 0) {
      const uint32_t consumed = direction.scanner.step(bytes, extent, now_ns, &record);
      tell();
      scripted::require(consumed <= extent && (consumed > 0 || record.count > 0));
      const size_t there = std::min<size_t>(consumed, bytes.size);
      bytes = Span{bytes.data + there, bytes.size - there};
      extent -= consumed;
    }
    if ((what & 16) != 0) {
      direction.scanner.settle(&record);
      tell();
    }
    scripted::require(direction.reported <= direction.given);
  }
  if (mode >= 0x80) cutter.on_close();
  cutter.finish(&sink);
  return 0;
}

// Fuzzes whole captures: reader, decoder and fragment table. The input is a pcap or pcapng file.
#include <cstdlib>
#include <vector>

#include "../../native-bindings/src/io/capture_reader.h"
#include "../../native-bindings/src/packet/decode.h"
#include "../cost.h"

using namespace wiretally;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Totals {
  uint64_t packets = 0;
  uint64_t wire_bytes = 0;
  uint32_t error = 0;
  bool operator==(const Totals&) const = default;
};

void show(const Frame& frame, FragmentTable* fragments, Counters* counters) {
  require(frame.captured <= frame.wire_bytes && frame.captured <= CaptureReader::kMaxCaptured);
  require(frame.ts_ns >= 0 && frame.ts_ns <= int64_t{1} << 62);
  require(frame.fcs_bytes <= frame.captured);
  Packet packet;
  NonPortInfo other;
  DecodeResult result = decode_frame(frame, &packet, &other, counters);
  if (result == DecodeResult::kFragment) result = fragments->add(frame, &packet, &other, counters);
  if (result != DecodeResult::kPacket) return;
  require(packet.payload.size <= packet.payload_bytes && packet.frames > 0);
  volatile uint8_t touched = 0;
  for (size_t n = 0; n < packet.payload.size; n += 64) touched = packet.payload.data[n];
  if (packet.payload.size > 0) touched = packet.payload.data[packet.payload.size - 1];
  static_cast<void>(touched);
}

Totals read_all(const uint8_t* data, size_t size, size_t chunk) {
  CaptureReader reader(0);
  reader.open_stream();
  FragmentTable fragments(64, 1 << 18);
  Counters counters;
  std::vector<Frame> frames(16);
  Totals totals;
  size_t pushed = 0;
  for (;;) {
    size_t count = 0;
    Block* block = nullptr;
    const ReadStatus status = reader.read(frames.data(), frames.size(), &count, &block);
    for (size_t n = 0; n < count; ++n) show(frames[n], &fragments, &counters);
    totals.packets += count;
    CaptureReader::unpin(block);
    if (status == ReadStatus::kNeedInput) {
      const size_t more = size - pushed < chunk ? size - pushed : chunk;
      reader.push(data + pushed, more, pushed + more == size);
      pushed += more;
    } else if (status != ReadStatus::kFrames) {
      require((status == ReadStatus::kError) == (reader.error().code != 0));
      require(reader.error().offset <= size);
      break;
    }
  }
  require(totals.packets == reader.summary().packets);
  totals.wire_bytes = reader.summary().wire_bytes;
  totals.error = reader.error().code;
  return totals;
}

}  // namespace

// How the bytes arrive must not matter; small inputs are enough to try that.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  const Totals whole = read_all(data, size, size + 1);
  if (size < 2048) require(read_all(data, size, 61) == whole);
  return 0;
}

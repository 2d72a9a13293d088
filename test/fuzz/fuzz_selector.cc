// captures
// Fuzzes the selection of packets: the input is a capture, of which every second flow is selected.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../../native-bindings/src/packet/decode.h"
#include "../../native-bindings/src/pipeline/packet_selector.h"
#include "../cost.h"

using namespace wiretally;

namespace {

constexpr int64_t kAnyTime = int64_t{1} << 62;
constexpr size_t kMaxFlows = 64;

void require(bool holds) {
  if (!holds) std::abort();
}

void add_flows(const uint8_t* data, size_t size, PacketSelector* selector) {
  CaptureReader reader(0);
  reader.open_stream();
  reader.push(data, size, true);
  Frame frames[16];
  Counters counters;
  size_t added = 0;
  bool is_wanted = true;
  for (;;) {
    size_t count = 0;
    Block* block = nullptr;
    const ReadStatus status = reader.read(frames, 16, &count, &block);
    for (size_t n = 0; n < count && added < kMaxFlows; ++n) {
      Packet packet;
      NonPortInfo other;
      if (decode_frame(frames[n], &packet, &other, &counters) != DecodeResult::kPacket) continue;
      if (is_wanted) require(selector->add_flow(packet.ends, 0, kAnyTime));
      added += is_wanted ? 1 : 0;
      is_wanted = !is_wanted;
    }
    CaptureReader::unpin(block);
    if (status != ReadStatus::kFrames) return;
  }
}

uint64_t check(const uint8_t* at, const uint8_t* end) {
  uint64_t packets = 0;
  while (at < end) {
    SelectedPacket head;
    require(static_cast<size_t>(end - at) >= sizeof head);
    std::memcpy(&head, at, sizeof head);
    at += sizeof head;
    require(head.captured <= head.wire_bytes && head.captured <= CaptureReader::kMaxCaptured);
    require(uint64_t{head.header_bytes} + head.payload_bytes <= head.captured);
    require(head.flow < kMaxFlows && head.from_client <= 1 && (head.protocol == 6 || head.protocol == 17));
    at += (size_t{head.captured} + 7) & ~size_t{7};
    ++packets;
  }
  require(at == end);
  return packets;
}

uint64_t read_all(const uint8_t* data, size_t size, size_t chunk, std::vector<uint8_t>* out) {
  PacketSelector selector;
  add_flows(data, size, &selector);
  require(selector.open_stream(0) == 0);
  uint64_t packets = 0;
  for (size_t pushed = 0; selector.is_open();) {
    const size_t more = size - pushed < chunk ? size - pushed : chunk;
    selector.push(data + pushed, more, pushed + more == size);
    pushed += more;
    for (;;) {
      const size_t length = selector.read(out->data(), out->size());
      if (length == 0) break;
      packets += check(out->data(), out->data() + length);
    }
  }
  return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::vector<uint8_t> out(PacketSelector::kMinOutputBytes);
  const cost::Ceiling ceiling(size, 8 * cost::kStepsPerByte, 100'000);
  const uint64_t whole = read_all(data, size, size + 1, &out);
  if (size < 2048) require(read_all(data, size, 61, &out) == whole);
  return 0;
}

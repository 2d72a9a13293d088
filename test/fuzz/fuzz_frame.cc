// Fuzzes the decoder and the fragment table. The input is a list of frames, each as: link type, bytes cut off
// by the snaplen, seconds since the frame before, length (two bytes), bytes.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../../native-bindings/src/packet/decode.h"
#include "../cost.h"

using namespace wiretally;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_within(Span inner, const uint8_t* data, size_t size) {
  return inner.size == 0 || (inner.data >= data && inner.data + inner.size <= data + size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  FragmentTable fragments(8, 1 << 17);
  Counters counters;
  Cursor input(data, size);
  int64_t ts_ns = 0;
  while (input.remaining() >= 5) {
    const uint8_t link = input.u8();
    const size_t cut = input.u8();
    ts_ns += int64_t{input.u8()} * 1'000'000'000;
    const size_t wanted = input.be16();
    const Span bytes = input.take(wanted < input.remaining() ? wanted : input.remaining());
    const size_t captured = bytes.size > cut ? bytes.size - cut : 0;
    // In a separate allocation, so that sanitizers detect a read beyond it.
    const std::unique_ptr<uint8_t[]> memory(new uint8_t[captured]);
    if (captured > 0) std::memcpy(memory.get(), bytes.data, captured);
    const uint16_t link_type = link < 250 ? link : static_cast<uint16_t>(link == 250 ? 258 : 276);
    const Frame frame{
        memory.get(), ts_ns, static_cast<uint32_t>(captured), static_cast<uint32_t>(bytes.size), link_type, 0, 0, 0};
    Packet packet;
    NonPortInfo other;
    DecodeResult result = decode_frame(frame, &packet, &other, &counters);
    const bool is_fragment = result == DecodeResult::kFragment;
    if (is_fragment) result = fragments.add(frame, &packet, &other, &counters);
    if (result != DecodeResult::kPacket) continue;
    require(packet.ends.protocol == 6 || packet.ends.protocol == 17);
    require(packet.payload.size <= packet.payload_bytes);
    require(packet.tunnel_depth <= kMaxTunnelDepth && packet.vlan_count <= kMaxVlans);
    if (!is_fragment) require(lies_within(packet.payload, memory.get(), captured));
    volatile uint8_t touched = 0;
    for (size_t n = 0; n < packet.payload.size; ++n) touched = packet.payload.data[n];
    static_cast<void>(touched);
  }
  return 0;
}

// sources: io/block_pool.cc io/capture_reader.cc io/pcap_format.cc io/pcapng_format.cc packet/aruba_gre.cc packet/ayiya.cc packet/decode.cc packet/fragment_store.cc packet/fragments.cc packet/gre_ppp.cc packet/gtp.cc packet/ip.cc packet/layer.cc packet/link.cc packet/null_link.cc packet/ppp.cc packet/tags.cc packet/transport.cc packet/tunnel_ip.cc packet/tunnel_udp.cc packet/wlan.cc
// Every prefix of real frames: whatever was cut off, a packet lies within the bytes that are there.
// WIRETALLY_TEST_CAPTURES in the environment names the captures, joined by line ends.
#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "../../native-bindings/src/io/capture_reader.h"
#include "../../native-bindings/src/packet/decode.h"
#include "bytes.h"
#include "check.h"

using namespace wiretally;

namespace {

constexpr size_t kFramesPerFile = 60;
constexpr size_t kLongestPrefix = 260;  // headers end before this; payload bytes are all alike to the decoder

bool lies_within(Span inner, Span outer) {
  return inner.size == 0 || (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size);
}

void check_prefix(const Frame& whole, size_t size, bool was_cut, FragmentTable* fragments) {
  const bytes::Prefix prefix(bytes::Bytes(whole.data, whole.data + size), size);
  Frame frame = whole;
  frame.data = prefix.span().data;
  frame.captured = static_cast<uint32_t>(size);
  if (!was_cut) frame.wire_bytes = frame.captured;
  frame.fcs_bytes = 0;
  Packet packet;
  NonPortInfo other;
  Counters counters;
  DecodeResult result = decode_frame(frame, &packet, &other, &counters);
  const bool is_fragment = result == DecodeResult::kFragment;
  if (is_fragment) result = fragments->add(frame, &packet, &other, &counters);
  if (result != DecodeResult::kPacket) return;
  CHECK(packet.ends.ip_version == 4 || packet.ends.ip_version == 6);
  CHECK(packet.ends.protocol == 6 || packet.ends.protocol == 17);
  if (is_fragment) return;  // its payload lies in the table
  CHECK(lies_within(packet.payload, prefix.span()));
  CHECK(packet.payload.size <= packet.payload_bytes);
}

void check_file(const char* path) {
  CaptureReader reader(0);
  if (!CHECK_EQ(reader.open_file(path), 0)) return;
  FragmentTable fragments;
  Frame frames[kFramesPerFile];
  size_t count = 0;
  Block* block = nullptr;
  if (reader.read(frames, kFramesPerFile, &count, &block) != ReadStatus::kFrames) return;
  for (size_t n = 0; n < count; ++n) {
    const size_t longest = std::min<size_t>(frames[n].captured, kLongestPrefix);
    for (size_t size = 0; size <= longest; ++size) {
      check_prefix(frames[n], size, true, &fragments);
      check_prefix(frames[n], size, false, &fragments);
    }
    check_prefix(frames[n], frames[n].captured, true, &fragments);
  }
  CaptureReader::unpin(block);
}

}  // namespace

int main() {
  const char* captures = std::getenv("WIRETALLY_TEST_CAPTURES");
  std::istringstream paths(captures == nullptr ? "" : captures);
  for (std::string path; std::getline(paths, path);) check_file(path.c_str());
  return check::report();
}

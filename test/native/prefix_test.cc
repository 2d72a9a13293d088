// Every prefix of real frames: for any truncation, a packet lies within the available bytes.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../../native-bindings/src/io/capture_reader.h"
#include "../../native-bindings/src/packet/decode.h"
#include "bytes.h"
#include "captures.h"

using namespace wiretally;

namespace {

constexpr size_t kLargestCapture = 150'000;  // the first frames are what matters
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
  CHECK((packet.ends.ip_version == 4 || packet.ends.ip_version == 6));
  CHECK((packet.ends.protocol == 6 || packet.ends.protocol == 17));
  if (is_fragment) return;  // its payload is in the table
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

TEST_CASE("no prefix of a real frame leads the decoder astray") {
  const std::vector<std::string> paths = captures::all_up_to(kLargestCapture);
  CHECK(paths.size() > 50);
  for (const std::string& path : paths) check_file(path.c_str());
}

}  // namespace

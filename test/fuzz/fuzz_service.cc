// Fuzzes what is read of services on one clear-text flow: the input is segments of both sides, with holes, overlaps and
// cuts between them.
#include "../../native-bindings/src/stream/service/service_talk.h"
#include "../cost.h"
#include "scripted_flows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wiretally;
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 20'000);
  Cursor cursor(data, size);
  uint32_t count = 0;
  {
    ServiceTalk talk(0, &count);
    uint32_t next[2] = {0xffffff00u, 100};
    uint64_t requests = 0;
    while (cursor.remaining() >= 4) {
      const uint8_t what = cursor.u8();
      const int8_t distance = static_cast<int8_t>(cursor.u8());
      const size_t length = cursor.be16();
      const Span bytes = cursor.take(std::min(length, cursor.remaining()));
      const unsigned side = what & 1;
      const uint32_t missing = (what & 2) != 0 ? 300 : 0;
      // Most segments follow each other.
      const int32_t shift = (what & 4) != 0 ? int32_t{distance} * 8 : 0;
      const uint32_t seq = next[side] + static_cast<uint32_t>(shift);
      if ((what & 8) != 0) talk.start_at(side, seq);
      const Segment segment{seq, bytes, static_cast<uint32_t>(bytes.size) + missing, 0};
      talk.on_segment(side, segment);
      if (seq_before(next[side], segment.end())) next[side] = segment.end();
      if ((what & 16) != 0) {
        ServiceRecord record{};
        talk.take(&record);
        requests += record.requests;
        scripted::require(record.uses == 0 || talk.has_signs() || !talk.has_requests() || requests > 0);
      }
    }
    scripted::require(count == 1);
  }
  scripted::require(count == 0);
  return 0;
}

// One datagram as a message of each naming protocol; then the bytes as segments of a flow in clear text: a byte with side, hole
// and length, then that many bytes.
#include <algorithm>
#include <cstdlib>

#include "../../native-bindings/src/protocol/message_form.h"
#include "../../native-bindings/src/stream/clear_text.h"
#include "../../native-bindings/src/stream/tcp/tls_sampler.h"
#include "../cost.h"

using namespace wiretally;

namespace {

void talk(Span bytes, ClearText::Protocol protocol) {
  uint32_t count = 0;
  {
    ClearText text(protocol, &count);
    TlsSampler form;
    form.begin();
    uint32_t next[2] = {0, 0};
    for (Cursor cursor(bytes); !cursor.empty();) {
      const uint8_t head = cursor.u8();
      const unsigned side = head & 1;
      next[side] += head >> 1 & 3;
      const Span data = cursor.take(std::min<size_t>(head >> 3, cursor.remaining()));
      const Segment segment{next[side], data, static_cast<uint32_t>(data.size), 0};
      text.on_segment(side, segment);
      form.on_segment(side, segment);
      next[side] += static_cast<uint32_t>(data.size);
    }
    if (text.is_parsed() && !text.is_reading()) std::abort();
  }
  if (count != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, 4 * cost::kStepsPerByte, 40'000);
  const Span bytes{data, size};
  const MessageForm form = dns_form(bytes, false);
  if (form != MessageForm::kOther && size < 12) std::abort();
  constexpr uint16_t kPorts[] = {67, 123, 137, 138, 546, 547, 5353, 5355};
  for (const uint16_t port : kPorts) is_naming_message(port, bytes, size % 2 == 1);
  talk(bytes, ClearText::Protocol::kHttp);
  talk(bytes, ClearText::Protocol::kDns);
  return 0;
}

// First byte: which protocol; then its message.
#include <cstdlib>

#include "../../native-bindings/src/protocol/naming/arp.h"
#include "../../native-bindings/src/protocol/naming/mdns.h"
#include "../../native-bindings/src/protocol/naming/nbns.h"
#include "../../native-bindings/src/protocol/naming/ndp.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  static constexpr uint8_t kSource[16] = {0xfe, 0x80, 1};
  if (size == 0) return 0;
  static HostObservations found;
  const Span message{data + 1, size - 1};
  switch (data[0] & 3) {
    case 0: parse_arp(message, &found); break;
    case 1: parse_mdns(message, &found); break;
    case 2: parse_nbns(message, &found); break;
    default: parse_ndp(message, kSource, &found); break;
  }
  for (size_t i = 0; i < found.count; ++i) {
    if (found.list[i].name_length >= sizeof(found.list[i].name)) std::abort();
  }
  return found.count > kMaxObservations ? 1 : 0;
}

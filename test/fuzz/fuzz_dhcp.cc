// First byte: DHCP for IPv4 or IPv6; then its message.
#include <cstdlib>

#include "../../native-bindings/src/protocol/naming/dhcp.h"
#include "../../native-bindings/src/protocol/naming/dhcp6.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  if (size == 0) return 0;
  static HostObservations found;
  const Span message{data + 1, size - 1};
  (data[0] & 1) != 0 ? parse_dhcp6(message, &found) : parse_dhcp4(message, &found);
  if (found.count > 1) std::abort();
  return 0;
}

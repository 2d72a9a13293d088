// Datagrams of one 5-tuple.
#include <cstdlib>

#include "../../native-bindings/src/fingerprint/client_hello.h"
#include "../../native-bindings/src/protocol/dtls.h"
#include "../cost.h"
#include "datagrams.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  DtlsClientHandshake handshake;
  Counters counters;
  for_each_datagram(data, size, [&](Span datagram, bool) {
    const auto result = handshake.on_datagram(datagram, &counters);
    ClientHello hello;
    if (result.hello.size != 0) parse_client_hello(result.hello, HelloProtocol::kDtls, &hello);
    if (handshake.memory_bytes() > 200000) std::abort();
  });
  return 0;
}

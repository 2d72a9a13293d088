// Raw datagrams of one 5-tuple. Few mutations authenticate: fuzz_quic_frames continues after decryption.
#if !__has_include(<openssl/evp.h>)
#error "the OpenSSL headers are missing: apt-get install libssl-dev"
#endif
#include <cstdlib>

#include "../../native-bindings/src/fingerprint/client_hello.h"
#include "../../native-bindings/src/protocol/quic_handshake.h"
#include "../cost.h"
#include "datagrams.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  QuicClientHandshake handshake;
  Counters counters;
  for_each_datagram(data, size, [&](Span datagram, bool from_client) {
    const auto result = handshake.on_datagram(datagram, from_client, &counters);
    ClientHello hello;
    if (result.hello.size != 0) parse_client_hello(result.hello, HelloProtocol::kQuic, &hello);
    if (handshake.memory_bytes() > QuicClientHandshake::kMaxConnections * 90000) std::abort();
  });
  return 0;
}

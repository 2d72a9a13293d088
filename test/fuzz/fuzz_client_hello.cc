// First byte: the protocol; then a handshake message, read as ClientHello, as ServerHello and as a record.
#if !__has_include(<openssl/md5.h>)
#error "the OpenSSL headers are missing: apt-get install libssl-dev"
#endif
#include <cstdlib>
#include <cstring>

#include "../../native-bindings/src/fingerprint/client_hello.h"
#include "../../native-bindings/src/protocol/tls.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  if (size == 0) return 0;
  const Span message{data + 1, size - 1};
  ClientHello hello;
  if (parse_client_hello(message, static_cast<HelloProtocol>(1 + data[0] % 3), &hello)) {
    static char text[kMaxJa3Text];
    Fingerprint forms;
    size_t length = 0;
    fingerprint(hello, &forms, text, &length);
    if (length > kMaxJa3Text || std::strlen(forms.ja4) != 36) std::abort();
    if (hello.bytes != message.size) std::abort();
    if (hello.ech_enc_bytes + size_t{hello.ech_payload_bytes} > message.size) std::abort();
    if (hello.ech != Ech::kPresent && hello.ech_payload_bytes > 0) std::abort();
  }
  ServerHelloInfo server;
  if (parse_server_hello(message, &server) && server.bytes > message.size) std::abort();
  looks_like_client_hello_start(message);
  return 0;
}

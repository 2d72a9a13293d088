// The frames of Initials, sealed here with the correct keys. Each packet: a byte for version, connection and
// coalescing, then (see datagrams.h) its frames.
#if !__has_include(<openssl/evp.h>)
#error "the OpenSSL headers are missing: apt-get install libssl-dev"
#endif
#include <cstdlib>

#include "../../native-bindings/src/fingerprint/client_hello.h"
#include "../../native-bindings/src/protocol/quic_handshake.h"
#include "../cost.h"
#include "../native/quic_builder.h"
#include "datagrams.h"

using namespace wiretally;

// A byte of the script may produce a whole datagram that is built, sealed and read.
constexpr uint64_t kStepsPerScriptByte = 2'000;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, kStepsPerScriptByte, 50'000);
  static constexpr uint32_t kVersions[] = {1, 0x6b3343cf, 0xff00001d, 0x54303531};
  if (size > 20000) return 0;  // sealing dominates: many packets teach nothing new
  QuicClientHandshake handshake;
  Counters counters;
  bytes::Bytes held;
  uint32_t number = 0;
  for_each_datagram(data, size, [&](Span frames, bool from_client) {
    const uint8_t choice = frames.size == 0 ? uint8_t{0} : frames.data[0];
    quic::Initial initial;
    initial.version = kVersions[choice & 3];
    initial.dcid = bytes::Bytes(8, static_cast<uint8_t>((choice >> 2) & 3));
    if ((choice & 0x10) != 0) initial.token = bytes::Bytes(3, 1);
    if ((choice & 0x20) != 0) initial.scid = {choice};
    if (frames.size > 1) initial.frames.assign(frames.data + 1, frames.data + frames.size);
    if (initial.frames.size() > 1400) initial.frames.resize(1400);
    initial.pad_to = 40;
    initial.number = number++;
    bytes::add(&held, initial.seal());
    if ((choice & 0x40) != 0) return;  // coalesced with the next one
    const auto result = handshake.on_datagram(bytes::span(held), from_client, &counters);
    held.clear();
    ClientHello hello;
    if (result.hello.size != 0) parse_client_hello(result.hello, HelloProtocol::kQuic, &hello);
    if (handshake.memory_bytes() > QuicClientHandshake::kMaxConnections * 90000) std::abort();
  });
  return 0;
}

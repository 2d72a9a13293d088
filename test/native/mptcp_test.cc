// Multipath TCP: the connection that a flow starts or joins, from its SYN and SYN-ACK.
#include "../../native-bindings/src/protocol/mptcp.h"

#include <doctest/doctest.h>

#include "bytes.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kSynAck = 0x12;

// Keys and tokens worked out with Python's hashlib.
const char* const kCapable0 = "1e0c 0081 0102030405060708";
const char* const kCapable1 = "1e0c 0181 0102030405060708";
const char* const kJoin = "1e0c 1001 66840dda a1b2c3d4";

Bytes segment(uint8_t flags, Bytes options, const Bytes& payload = {}) {
  while (options.size() % 4 != 0) options.push_back(0);
  Bytes tcp = bytes::hex("9c40 01bb 00000001 00000000");
  tcp.push_back(static_cast<uint8_t>((20 + options.size()) / 4 << 4));
  tcp.push_back(flags);
  bytes::add(&tcp, bytes::hex("ffff 0000 0000"));
  bytes::add(&tcp, options);
  bytes::add(&tcp, payload);
  return tcp;
}

MultipathOption read(uint8_t flags, const char* options) {
  const Bytes tcp = segment(flags, bytes::hex(options));
  return read_multipath(bytes::span(tcp));
}

TEST_CASE("the server's key gives the token of a connection") {
  CHECK_EQ(read(kSynAck, kCapable1).token, 0x66840ddau);
  CHECK_EQ(read(kSynAck, kCapable0).token, 0xdd5783bcu);
  CHECK_FALSE(read(kSynAck, kCapable1).is_join);
}

TEST_CASE("a flow that joins names it") {
  CHECK_EQ(read(kSyn, kJoin).token, 0x66840ddau);
  CHECK(read(kSyn, kJoin).is_join);
}

TEST_CASE("other options before it are passed over") {
  const Bytes tcp = segment(kSyn,
                            bytes::hex("020405b4 0402 080a0000000100000000 01 030307 1e0c1001 66840dda a1b2c3d4"));
  CHECK_EQ(read_multipath(bytes::span(tcp)).token, 0x66840ddau);
}

TEST_CASE("what says nothing of a connection is none") {
  CHECK_EQ(read(kSyn, "1e04 0181").token, 0u);  // requests one, without a key
  CHECK_EQ(read(kSyn, kCapable1).token, 0u);    // the client's key: irrelevant for joins here
  CHECK_EQ(read(kSynAck, kJoin).token, 0u);     // the answer to a join has no token
  CHECK_FALSE(read(kSynAck, kJoin).is_join);
  CHECK_EQ(read(0x10, kCapable1).token, 0u);                    // neither SYN nor SYN-ACK
  CHECK_EQ(read(kSyn, "1e0b 1001 66840dda a1b2c3").token, 0u);  // too short for its type
  CHECK_EQ(read(kSyn, "1e02").token, 0u);
  CHECK_EQ(read(kSyn, "1e01 1001 66840dda a1b2c3d4").token, 0u);     // a length that does not hold itself
  CHECK_EQ(read(kSyn, "00 1e0c 1001 66840dda a1b2c3d4").token, 0u);  // behind the end of the options
  CHECK_EQ(read(kSyn, "1e0c 2001 66840dda a1b2c3d4").token, 0u);     // another subtype
}

TEST_CASE("every prefix of a SYN is read within its bytes") {
  for (const char* options : {kJoin, kCapable1, kCapable0}) {
    for (const uint8_t flags : {kSyn, kSynAck}) {
      const Bytes whole = segment(flags, bytes::hex(options), Bytes(4, 0x16));
      for (size_t size = 0; size <= whole.size(); ++size) {
        const bytes::Prefix prefix(whole, size);
        const MultipathOption option = read_multipath(prefix.span());
        if (size < 32) CHECK_EQ(option.token, 0u);
      }
    }
  }
}

TEST_CASE("every length of the header and of the option is read within its bytes") {
  for (unsigned words = 0; words < 16; ++words) {
    for (unsigned length = 0; length < 256; ++length) {
      Bytes tcp = segment(kSyn, bytes::hex(kJoin));
      tcp[12] = static_cast<uint8_t>(words << 4);
      tcp[21] = static_cast<uint8_t>(length);
      const bytes::Prefix prefix(tcp, tcp.size());
      const MultipathOption option = read_multipath(prefix.span());
      CHECK((option.token == 0 || option.token == 0x66840dda));
    }
  }
}

}  // namespace

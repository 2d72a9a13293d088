// Keys, header protection and AEAD of Initials compared with RFC 9001 §A and RFC 9369 §A; long headers.
#include "../../native-bindings/src/protocol/quic_keys.h"

#include <doctest/doctest.h>

#include "quic_builder.h"
#include "samples.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

struct Vector {
  QuicFamily family;
  QuicSide side;
  const char* key;
  const char* iv;
  const char* hp;
};

TEST_CASE("keys are those of the rfcs") {
  const Vector vectors[] = {
      {QuicFamily::kV1, QuicSide::kClient, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
       "9f50449e04a0e810283a1e9933adedd2"},
      {QuicFamily::kV1, QuicSide::kServer, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e",
       "c206b8d9b9f0f37644430b490eeaa314"},
      {QuicFamily::kV2, QuicSide::kClient, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
       "45b95e15235d6f45a6b19cbcb0294ba9"},
      {QuicFamily::kV2, QuicSide::kServer, "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652",
       "edf6d05c83121201b436e16877593c3a"},
  };
  const Bytes dcid = bytes::hex("8394c8f03e515708");
  for (const Vector& one : vectors) {
    QuicKeys keys;
    CHECK(derive_quic_keys(one.family, bytes::span(dcid), one.side, &keys));
    CHECK_EQ(bytes::to_hex(keys.key, 16), one.key);
    CHECK_EQ(bytes::to_hex(keys.iv, 12), one.iv);
    CHECK_EQ(bytes::to_hex(keys.hp, 16), one.hp);
  }
  QuicKeys keys;
  CHECK(!derive_quic_keys(QuicFamily::kUnknown, bytes::span(dcid), QuicSide::kClient, &keys));
  CHECK(!derive_quic_keys(QuicFamily::kQ050, bytes::span(dcid), QuicSide::kClient, &keys));
}

// The packets of the appendices, sealed again from their plaintext: their start and their tag equal those of the RFCs.
TEST_CASE("the packets of the rfcs open") {
  const struct {
    uint32_t version;
    const char* begin;
    const char* tag;
  } cases[] = {
      {1, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b",
       "e221af44860018ab0856972e194cd934"},
      {0x6b3343cf, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071",
       "a18b2faa745b6fe189cf772a9f84cbfc"},
  };
  for (const auto& one : cases) {
    const Bytes hello = bytes::hex(samples::kRfc9001Hello);
    quic::Initial initial;
    initial.version = one.version;
    initial.number = 2;
    initial.frames = quic::crypto_frame(hello, 0, hello.size());
    const Bytes packet = initial.seal();
    CHECK_EQ(packet.size(), 1200u);
    CHECK_EQ(bytes::to_hex(packet.data(), 38), one.begin);
    CHECK_EQ(bytes::to_hex(packet.data() + 1184, 16), one.tag);

    QuicLongHeader header;
    CHECK(parse_quic_long_header(bytes::span(packet), &header));
    CHECK(header.type == QuicPacketType::kInitial);
    CHECK_EQ(header.packet_number_offset, 18u);
    CHECK_EQ(header.packet_bytes, 1200u);
    CHECK_EQ(bytes::to_hex(header.dcid.data, header.dcid.size), "8394c8f03e515708");
    QuicKeys keys;
    QuicPlaintext plain;
    derive_quic_keys(header.family, header.dcid, QuicSide::kClient, &keys);
    CHECK(open_quic_initial(header, bytes::span(packet), keys, 0, &plain));
    CHECK_EQ(plain.packet_number, 2u);
    CHECK_EQ(plain.frames.size, 1162u);
    CHECK_EQ(bytes::to_hex(plain.frames.data, 8), "060040f1010000ed");

    Bytes damaged = packet;
    damaged[700] ^= 1;
    CHECK(!open_quic_initial(header, bytes::span(damaged), keys, 0, &plain));
    damaged = packet;
    damaged[17] ^= 1;  // a header byte is authenticated too
    CHECK(!open_quic_initial(header, bytes::span(damaged), keys, 0, &plain));
  }
}

TEST_CASE("packet numbers are made whole") {
  const struct {
    uint32_t number;
    int bytes;
    uint64_t expected;
  } cases[] = {{0, 1, 0}, {255, 1, 250}, {256, 1, 250}, {300, 1, 290}, {0x1ff0, 1, 0x2010}, {70000, 2, 69000}};
  for (const auto& one : cases) {
    quic::Initial initial;
    initial.number = one.number;
    initial.number_bytes = one.bytes;
    initial.frames = {1};
    initial.pad_to = 40;
    const Bytes packet = initial.seal();  // the nonce has the whole number, the header its last bytes
    QuicLongHeader header;
    QuicKeys keys;
    QuicPlaintext plain;
    CHECK(parse_quic_long_header(bytes::span(packet), &header));
    derive_quic_keys(header.family, header.dcid, QuicSide::kClient, &keys);
    CHECK(open_quic_initial(header, bytes::span(packet), keys, one.expected, &plain));
    CHECK_EQ(plain.packet_number, one.number);
  }
}

TEST_CASE("versions have their families") {
  const struct {
    uint32_t version;
    QuicFamily family;
  } cases[] = {
      {1, QuicFamily::kV1},
      {0x6b3343cf, QuicFamily::kV2},
      {0xff000022, QuicFamily::kV1},
      {0xff000021, QuicFamily::kV1},
      {0xff000020, QuicFamily::kDraft29},
      {0xff00001d, QuicFamily::kDraft29},
      {0xff00001c, QuicFamily::kDraft23},
      {0xff000017, QuicFamily::kDraft23},
      {0xff000016, QuicFamily::kDraft22},
      {0xff000015, QuicFamily::kUnknown},
      {0xff000023, QuicFamily::kUnknown},
      {0xfaceb001, QuicFamily::kDraft22},
      {0xfaceb002, QuicFamily::kDraft23},
      {0xfaceb00e, QuicFamily::kDraft23},
      {0x54303530, QuicFamily::kT050},
      {0x54303531, QuicFamily::kT051},
      {0x51303530, QuicFamily::kQ050},
      {0, QuicFamily::kUnknown},
      {0x0a0a0a0a, QuicFamily::kUnknown},
  };
  for (const auto& one : cases) CHECK(quic_family(one.version) == one.family);
}

TEST_CASE("long headers are distinguished from other payload") {
  const Bytes initial = quic::Initial{}.seal();
  CHECK(looks_like_quic_long_header(bytes::span(initial)));
  const struct {
    const char* name;
    const char* payload;
    bool expected;
  } cases[] = {
      {"version negotiation that offers version 1", "80 00000000 04 01020304 00 00000001", true},
      {"version negotiation that offers a reserved version", "80 00000000 00 00 1a2a3a4a", true},
      {"version zero without a known version", "80 00000000 00 00 12345678", false},
      {"a reserved version", "c0 4a5a6a7a 08 0102030405060708 00 00", true},
      {"Q050", "c3 51303530 08 0102030405060708 00 00", true},
      {"an unknown version", "c0 12345678 08 0102030405060708 00 00", false},
      {"a connection id of 21 bytes", "c0 00000001 15 000102030405060708090a0b0c0d0e0f1011121314 00 00", false},
      {"a short header", "40 00000001 08 0102030405060708 00 00", false},
      {"six bytes", "c0 00000001 08", false},
  };
  for (const auto& one : cases) {
    const Bytes payload = bytes::hex(one.payload);
    INFO(one.name);
    CHECK_EQ(looks_like_quic_long_header(bytes::span(payload)), one.expected);
  }
}

TEST_CASE("every prefix is refused") {
  for (const char* sample : {samples::kChromiumQuicFirst, samples::kChromiumQuicSecond}) {
    const Bytes whole = bytes::hex(sample);
    for (size_t size = 0; size < whole.size(); ++size) {
      const bytes::Prefix prefix(whole, size);
      QuicLongHeader header;
      CHECK(!parse_quic_long_header(prefix.span(), &header));
      looks_like_quic_long_header(prefix.span());
    }
  }
}

}  // namespace

// Validation and parsing of ClientHellos.
#include "../../native-bindings/src/fingerprint/client_hello.h"

#include <doctest/doctest.h>

#include "hello_builder.h"
#include "samples.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

bool parses(const Bytes& message, HelloProtocol protocol = HelloProtocol::kTls) {
  ClientHello hello;
  const bytes::Prefix exact(message, message.size());
  return parse_client_hello(exact.span(), protocol, &hello);
}

TEST_CASE("reads the fields") {
  HelloBuilder builder;
  builder.session_id = Bytes(32, 7);
  builder.ciphers = {0x0a0a, 0x1301, 0xc02b};
  builder.extension(0x1a1a).sni("API.Example.com").alpn({bytes::hex("6832"), bytes::hex("687474702f312e31")});
  builder.u16_list(10, {29, 23}).point_formats({0}).u16_list(13, {0x0403}).versions({0x0304, 0x0303});
  builder.extension(0xfe0d, bytes::hex("00 0001 0003 2a 0002 abcd 0003 010203")).extension(41, {1, 2, 3});
  const Bytes message = builder.build();
  ClientHello hello;
  CHECK(parse_client_hello(bytes::span(message), HelloProtocol::kTls, &hello));
  CHECK_EQ(hello.legacy_version, 0x0303);
  CHECK_EQ(hello.random[31], 0x5a);
  CHECK_EQ(hello.session_id.size, 32u);
  CHECK_EQ(hello.ciphers.size, 6u);
  CHECK_EQ(hello.extension_count, 9);
  CHECK_EQ(hello.extension_types[0], 0x1a1a);
  CHECK_EQ(bytes::text(hello.sni), "API.Example.com");  // as sent
  CHECK(hello.has_sni_extension);
  CHECK_EQ(bytes::text(hello.alpn), "\x02h2\x08http/1.1");
  CHECK_EQ(hello.groups.size, 4u);
  CHECK_EQ(hello.point_formats.size, 1u);
  CHECK_EQ(hello.signature_algorithms.size, 2u);
  CHECK_EQ(hello.supported_versions.size, 4u);
  CHECK(hello.offers_psk);
  CHECK(hello.ech == Ech::kPresent);
  CHECK_EQ(hello.ech_config_id, 0x2a);
  CHECK_EQ(hello.ech_enc_bytes, 2);
  CHECK_EQ(hello.ech_payload_bytes, 3);
  CHECK_EQ(hello.bytes, message.size());
}

TEST_CASE("accepts what old and odd clients send") {
  HelloBuilder none;
  none.has_extensions = false;
  CHECK(parses(none.build()));
  none.ciphers = {};
  CHECK(parses(none.build()));
  CHECK(parses(HelloBuilder().extension(0).extension(16).build()));  // both without a body
  CHECK(parses(HelloBuilder().sni("").build()));
  ClientHello hello;
  const Bytes twice = HelloBuilder().sni("first.example").sni("second.example").build();
  CHECK(parse_client_hello(bytes::span(twice), HelloProtocol::kTls, &hello));
  CHECK_EQ(bytes::text(hello.sni), "first.example");
  CHECK_EQ(hello.extension_count, 2);
  const Bytes esni = HelloBuilder().extension(0xffce, {1}).build();
  CHECK(parse_client_hello(bytes::span(esni), HelloProtocol::kTls, &hello));
  CHECK(hello.ech == Ech::kEsni);
}

// RFC 9849 §5. Another form of the extension does not spoil the hello, and gives no configuration.
TEST_CASE("reads encrypted hellos of the standard form only") {
  const Bytes first = bytes::hex("00 0001 0003 2a 0002 abcd 0003 010203");
  const auto ech_of = [](const Bytes& body) {
    ClientHello hello;
    const Bytes message = HelloBuilder().sni("a.example").extension(0xfe0d, body).build();
    const bytes::Prefix exact(message, message.size());
    CHECK(parse_client_hello(exact.span(), HelloProtocol::kTls, &hello));
    CHECK_EQ(bytes::text(hello.sni), "a.example");
    if (hello.ech != Ech::kPresent) CHECK_EQ(hello.ech_config_id + hello.ech_enc_bytes + hello.ech_payload_bytes, 0);
    return hello.ech;
  };
  CHECK(ech_of(first) == Ech::kPresent);
  CHECK(ech_of(bytes::hex("00 0001 0003 2a 0000 0003 010203")) == Ech::kPresent);  // after a HelloRetryRequest
  for (size_t size = 0; size < first.size(); ++size) {
    CHECK(ech_of(Bytes(first.begin(), first.begin() + static_cast<ptrdiff_t>(size))) == Ech::kOtherForm);
  }
  const char* others[] = {
      "01",                                        // inner
      "02 0001 0003 2a 0002 abcd 0003 010203",     // unknown type
      "00 0001 0003 2a 0002 abcd 0003 010203 00",  // a byte behind it
      "00 0001 0003 2a 0002 abcd 0000",            // without a payload
      "00 0001 0003 2a ffff abcd 0003 010203",     // key beyond the extension
      "00 0001 0003 2a 0002 abcd ffff 010203",     // payload beyond the extension
      "00 0001 0003 2a 0003 abcd 0003 010203",     // key that takes a byte of the next length
  };
  for (const char* other : others) {
    INFO(other);
    CHECK(ech_of(bytes::hex(other)) == Ech::kOtherForm);
  }
}

TEST_CASE("reads the cookie of dtls") {
  HelloBuilder builder;
  builder.is_dtls = true;
  builder.version = 0xfefd;
  builder.cookie = Bytes(20, 9);
  CHECK(parses(builder.build(), HelloProtocol::kDtls));
  CHECK(!parses(builder.build(), HelloProtocol::kTls));
}

TEST_CASE("refuses what does not fit") {
  const struct {
    const char* name;
    HelloBuilder hello;
  } cases[] = {
      {"session id of 33 bytes",
       [] {
         HelloBuilder b;
         b.session_id = Bytes(33, 1);
         return b;
       }()},
      {"server name list beyond its extension", HelloBuilder().extension(0, {0, 9, 0, 0, 1, 'a'})},
      {"server name list shorter than its extension", HelloBuilder().extension(0, {0, 4, 0, 0, 1, 'a', 0})},
      {"server name beyond its list", HelloBuilder().extension(0, {0, 4, 0, 0, 9, 'a'})},
      {"ALPN name beyond its list", HelloBuilder().extension(16, {0, 3, 9, 'h', '2'})},
      {"odd group list", HelloBuilder().extension(10, {0, 3, 0, 29, 0})},
      {"odd version list", HelloBuilder().extension(43, {3, 3, 4, 3})},
      {"point formats beyond their extension", HelloBuilder().extension(11, {4, 0})},
      {"signature algorithms without a length", HelloBuilder().extension(13)},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    CHECK(!parses(one.hello.build()));
  }
  HelloBuilder many;
  for (unsigned i = 0; i < kMaxExtensions; ++i) many.extension(static_cast<uint16_t>(1000 + i));
  CHECK(parses(many.build()));
  many.extension(9999);
  CHECK(!parses(many.build()));
  Bytes longer = HelloBuilder().build();
  longer.push_back(0);
  CHECK(!parses(longer));
  longer[3]++;
  CHECK(!parses(longer));  // the byte after the extensions is not part of the hello
  Bytes server = HelloBuilder().build();
  server[0] = 2;
  CHECK(!parses(server));
}

// No prefix is a hello, because of its length. And a prefix with an adjusted length is cut inside a field, except
// where a hello may end.
TEST_CASE("refuses every prefix") {
  for (const char* sample : {samples::kRfc9001Hello, samples::kNodeHello}) {
    const Bytes whole = bytes::hex(sample);
    CHECK(parses(whole));
    for (size_t size = 0; size < whole.size(); ++size) {
      ClientHello hello;
      const bytes::Prefix prefix(whole, size);
      CHECK(!parse_client_hello(prefix.span(), HelloProtocol::kTls, &hello));
      if (size < 4) continue;
      Bytes claimed(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      claimed[2] = static_cast<uint8_t>((size - 4) >> 8);
      claimed[3] = static_cast<uint8_t>(size - 4);
      const size_t before_extensions = 4 + 34 + 1 + whole[38] + 2 +
                                       (whole[39 + whole[38]] * 256u + whole[40 + whole[38]]) + 2;
      CHECK_EQ(parses(claimed), size == before_extensions);
    }
  }
}

}  // namespace

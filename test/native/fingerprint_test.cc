// JA3 and JA4 compared with published vectors (salesforce/ja3 README, FoxIO JA4.md) and often violated rules.
#include "../../native-bindings/src/fingerprint/client_hello.h"

#include <doctest/doctest.h>

#include <charconv>

#include "../../native-bindings/src/fingerprint/family.h"
#include "../../native-bindings/src/fingerprint/grease.h"
#include "hello_builder.h"
#include "samples.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

struct Forms {
  std::string ja3_text;
  std::string ja3;
  std::string ja4;
  std::string family;
  std::string a() const { return ja4.substr(0, 10); }
  std::string b() const { return ja4.substr(11, 12); }
  std::string c() const { return ja4.substr(24); }
};

Forms forms(const Bytes& message, HelloProtocol protocol = HelloProtocol::kTls) {
  static char text[kMaxJa3Text];
  ClientHello hello;
  Fingerprint found;
  size_t length = 0;
  if (!CHECK(parse_client_hello(bytes::span(message), protocol, &hello))) return {};
  fingerprint(hello, &found, text, &length);
  CHECK_EQ(std::string(found.ja4 + 36, 4), std::string(4, '\0'));
  return {std::string(text, length), bytes::to_hex(found.ja3_md5, 16), found.ja4, found.family};
}
Forms forms(const HelloBuilder& hello, HelloProtocol protocol = HelloProtocol::kTls) {
  return forms(hello.build(), protocol);
}

std::vector<uint16_t> numbers(std::string_view text, int base) {
  std::vector<uint16_t> out;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    uint16_t value = 0;
    at = std::from_chars(at, end, value, base).ptr + 1;
    out.push_back(value);
  }
  return out;
}

// A hello in which only the types of the extensions matter, and the signature algorithms.
HelloBuilder with_types(std::string_view types, std::string_view algorithms) {
  HelloBuilder hello;
  for (const uint16_t type : numbers(types, 16)) {
    if (type == 0x0d) {
      hello.u16_list(13, numbers(algorithms, 16));
    } else if (type == 0x0a) {
      hello.u16_list(10, {29});
    } else if (type == 0x0b) {
      hello.point_formats({0});
    } else if (type == 0x2b) {
      hello.versions({0x0304, 0x0303});
    } else if (type == 0x10) {
      hello.alpn({bytes::hex("6832")});
    } else {
      hello.extension(type, type == 0 ? Bytes{} : Bytes{1});
    }
  }
  return hello;
}

TEST_CASE("ja3 gives the published values") {
  HelloBuilder first;
  first.version = 769;
  first.ciphers = numbers("47-53-5-10-49161-49162-49171-49172-50-56-19-4", 10);
  first.extension(0).u16_list(10, {23, 24, 25}).point_formats({0});
  CHECK_EQ(forms(first).ja3_text, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
  CHECK_EQ(forms(first).ja3, "ada70206e40642a3e4461f35503241d5");
  HelloBuilder second;
  second.version = 769;
  second.ciphers = numbers("4-5-10-9-100-98-3-6-19-18-99", 10);
  second.has_extensions = false;
  CHECK_EQ(forms(second).ja3_text, "769,4-5-10-9-100-98-3-6-19-18-99,,,");
  CHECK_EQ(forms(second).ja3, "de350869b8c85de67a350c8d186f11e6");
}

TEST_CASE("the hello of rfc 9001 has its forms") {
  const Forms found = forms(bytes::hex(samples::kRfc9001Hello), HelloProtocol::kQuic);
  CHECK_EQ(found.ja3_text, "771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,");
  CHECK_EQ(found.ja3, "41bc9ae914d6cb3bd0bd0a5453ab7d7f");
  CHECK_EQ(found.ja4, "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
}

constexpr char kBrowserCiphers[] = "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035";
constexpr char kBrowserTypes[] = "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015";
constexpr char kBrowserAlgorithms[] = "0403,0804,0401,0503,0805,0501,0806,0601";

TEST_CASE("ja4 gives the published values") {
  HelloBuilder hello = with_types(kBrowserTypes, kBrowserAlgorithms);
  hello.ciphers = numbers(kBrowserCiphers, 16);
  CHECK_EQ(forms(hello).ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  // GREASE in every list changes nothing.
  HelloBuilder greased;
  greased.ciphers = hello.ciphers;
  greased.ciphers.insert(greased.ciphers.begin(), 0x8a8a);
  greased.extension(0xfafa);
  for (const auto& [type, body] : hello.extensions) {
    if (type == 13) {
      greased.u16_list(13, numbers("0403,1a1a,0804,0401,0503,0805,0501,0806,0601", 16));
    } else if (type == 43) {
      greased.versions({0xbaba, 0x0304, 0x0303});
    } else {
      greased.extension(type, body);
    }
  }
  greased.extension(0x0a0a, {0});
  CHECK_EQ(forms(greased).ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  // Without signature algorithms there is no underscore. Type 13 itself is included.
  HelloBuilder none = with_types(kBrowserTypes, "");
  CHECK_EQ(forms(none).c(), "6d807ffa2a79");
  const Forms new_chrome = forms(with_types("0005,000a,000b,000d,0015,0017,001c,0022,0023,002b,002d,0033,ff01",
                                            "1a1a,0503,0603,0804,0805,0806,0401,0501,0601,0203,0201"));
  CHECK_EQ(new_chrome.c(), "2c15882474e0");
}

TEST_CASE("a family is what hellos of one program share, resumed or not") {
  const auto program = [] { return HelloBuilder().sni("a.example").extension(51).extension(43, {2, 3, 4}); };
  const Forms first = forms(program());
  CHECK_EQ(first.family.size(), kFamilyBytes);
  CHECK_EQ(first.family, first.ja4.substr(0, 6) + first.ja4.substr(8));
  for (const uint16_t type : {uint16_t{21}, uint16_t{41}, uint16_t{42}, uint16_t{44}}) {
    const Forms again = forms(program().extension(type));
    CHECK_NE(again.ja4, first.ja4);
    CHECK_EQ(again.family, first.family);
  }
  CHECK_NE(forms(program().extension(35)).family, first.family);
  // Signature algorithms are kept: they part programs that JA3 does not.
  CHECK_NE(forms(program().extension(13, {0, 2, 4, 3})).family, forms(program().extension(13, {0, 2, 8, 4})).family);
}

TEST_CASE("ja4 begins with what the hello offers") {
  const struct {
    uint16_t legacy;
    std::vector<uint16_t> versions;
    const char* expected;
  } cases[] = {
      {0x0303, {}, "12"},
      {0x0302, {}, "11"},
      {0x0301, {}, "10"},
      {0x0300, {}, "s3"},
      {0x0002, {}, "s2"},
      {0x0303, {0x0303, 0x0304}, "13"},
      {0x0303, {0x7a7a, 0x0304}, "13"},
      {0x0301, {0x0302, 0x0301}, "11"},
      {0xfeff, {}, "d1"},
      {0xfefd, {}, "d2"},
      {0xfefd, {0xfefc}, "d3"},
      {0xfefd, {0xfefc, 0xfefd}, "d2"},
      {0x0303, {0x0304, 0x7f1c}, "00"},
      {0x0303, {0x0304, 0xfb1a}, "00"},
      {0x0303, {0x7e02, 0x0304}, "00"},
      {0x0100, {}, "00"},
      {0x0303, {0x1a1a}, "00"},
  };
  for (const auto& one : cases) {
    HelloBuilder hello;
    hello.version = one.legacy;
    if (!one.versions.empty()) hello.versions(one.versions);
    CHECK_EQ(forms(hello).ja4.substr(1, 2), one.expected);
  }
  CHECK_EQ(forms(HelloBuilder().sni("")).ja4[3], 'd');
  CHECK_EQ(forms(HelloBuilder().extension(0)).ja4[3], 'd');
  CHECK_EQ(forms(HelloBuilder()).ja4[3], 'i');
  HelloBuilder datagram;
  datagram.is_dtls = true;
  CHECK_EQ(forms(datagram, HelloProtocol::kDtls).ja4[0], 'd');
  // The transport decides, not the QUIC transport parameters.
  CHECK_EQ(forms(HelloBuilder().extension(57, {0})).ja4[0], 't');
}

TEST_CASE("ja4 names the first alpn protocol") {
  const struct {
    const char* protocol;
    const char* expected;
  } cases[] = {
      {"6832", "h2"}, {"687474702f312e31", "h1"}, {"68332d3239", "h9"}, {"61", "aa"}, {"abcd", "ad"}, {"2061", "21"},
      {"30ab", "3b"}, {"3031abcd", "3d"},         {"30abcd31", "01"},   {"ff", "ff"}, {"5a39", "Z9"},
  };
  for (const auto& one : cases) {
    CHECK_EQ(forms(HelloBuilder().alpn({bytes::hex(one.protocol), bytes::hex("6832")})).ja4.substr(8, 2), one.expected);
  }
  CHECK_EQ(forms(HelloBuilder()).ja4.substr(8, 2), "00");
  CHECK_EQ(forms(HelloBuilder().extension(16)).ja4.substr(8, 2), "00");
  CHECK_EQ(forms(HelloBuilder().alpn({})).ja4.substr(8, 2), "00");
}

TEST_CASE("ja4 counts up to 99") {
  HelloBuilder hello;
  hello.ciphers.clear();
  for (uint16_t i = 0; i < 120; ++i) {
    hello.ciphers.push_back(static_cast<uint16_t>(0x1000 + i));
    hello.extension(static_cast<uint16_t>(0x2000 + i));
  }
  CHECK_EQ(forms(hello).a(), "t12i999900");
  hello.ciphers = {0x00ff, 0x5600};  // signalling values count
  hello.extensions.clear();
  hello.sni("a.example").alpn({bytes::hex("6832")}).extension(23).extension(23);  // and so do repeats
  CHECK_EQ(forms(hello).a(), "t12d0204h2");
}

TEST_CASE("empty lists are zeros not hashes of nothing") {
  HelloBuilder hello;
  hello.ciphers = {};
  CHECK_EQ(forms(hello).ja4, "t12i000000_000000000000_000000000000");
  hello.ciphers = {0x0a0a};
  hello.sni("a.example").alpn({bytes::hex("6832")}).extension(0x3a3a);
  CHECK_EQ(forms(hello).ja4, "t12d0002h2_000000000000_000000000000");
}

// A hello may consist of ciphers only; its JA3 text is hashed as a whole and truncated in the copy.
TEST_CASE("long lists are hashed whole") {
  HelloBuilder hello;
  hello.ciphers.clear();
  for (unsigned i = 0; i < 32700; ++i) hello.ciphers.push_back(static_cast<uint16_t>(0x4001 + i));
  const Forms found = forms(hello);
  CHECK_EQ(found.ja3_text.size(), kMaxJa3Text);
  CHECK_EQ(found.a(), "t12i990000");
  hello.ciphers.back() ^= 1;
  CHECK(forms(hello).ja3 != found.ja3);
  CHECK_EQ(forms(hello).ja3_text, found.ja3_text);
}

TEST_CASE("grease is sixteen values") {
  int count = 0;
  for (unsigned value = 0; value <= 0xffff; ++value) count += is_grease(static_cast<uint16_t>(value));
  CHECK_EQ(count, 16);
  CHECK((is_grease(0x0a0a) && is_grease(0xfafa) && !is_grease(0x0a1a)));
}

TEST_CASE("recorded hellos have their forms") {
  const Forms node = forms(bytes::hex(samples::kNodeHello));
  CHECK_EQ(node.ja4, "t13d5212h1_b262b3658495_8e6e362c5eac");
  CHECK_EQ(node.ja3, "d67b094811e5145139d7cea5f014309f");
  CHECK_EQ(forms(bytes::hex(samples::kChromiumHello)).ja4, "t13d1517h2_8daaf6152771_cb7bf5808d99");
}

}  // namespace

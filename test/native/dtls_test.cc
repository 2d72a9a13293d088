// ClientHellos of DTLS: whole, in fragments, again with a cookie.
#include "../../native-bindings/src/protocol/dtls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "../../native-bindings/src/fingerprint/client_hello.h"
#include "hello_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

Bytes hello_message(uint16_t version, size_t cookie_bytes, uint8_t random = 3) {
  HelloBuilder hello;
  hello.is_dtls = true;
  hello.version = version;
  hello.random = Bytes(32, random);
  hello.cookie = Bytes(cookie_bytes, 8);
  return hello.sni("example.com").u16_list(13, {0x0403}).build();
}

Bytes fragment(const Bytes& message, size_t begin, size_t end, uint16_t sequence) {
  Bytes out = {message[0], message[1], message[2], message[3]};
  bytes::add_number(&out, sequence, 2);
  bytes::add_number(&out, begin, 3);
  bytes::add_number(&out, end - begin, 3);
  out.insert(out.end(), message.begin() + 4 + static_cast<ptrdiff_t>(begin),
             message.begin() + 4 + static_cast<ptrdiff_t>(end));
  return out;
}

Bytes record(const Bytes& handshake, uint16_t version = 0xfeff, uint16_t epoch = 0, uint8_t type = 22) {
  Bytes out = {type};
  bytes::add_number(&out, version, 2);
  bytes::add_number(&out, epoch, 2);
  bytes::add_number(&out, 0, 6);
  bytes::add_counted(&out, handshake, 2);
  return out;
}

Bytes whole(const Bytes& message, uint16_t sequence = 0, uint16_t version = 0xfeff) {
  return record(fragment(message, 0, message.size() - 4, sequence), version);
}

struct Flow {
  DtlsClientHandshake handshake;
  Counters counters;
  DtlsDatagramResult show(const Bytes& datagram) { return handshake.on_datagram(bytes::span(datagram), &counters); }
};

bool equals(Span found, const Bytes& expected) { return bytes::text(found) == bytes::text(bytes::span(expected)); }

TEST_CASE("a hello in one record is found in every version") {
  for (const uint16_t version : std::initializer_list<uint16_t>{0xfeff, 0xfefd, 0x0100}) {
    const Bytes message = hello_message(version, 0);
    Flow flow;
    const auto result = flow.show(whole(message, 0, version == 0x0100 ? 0x0100 : 0xfeff));
    CHECK((result.is_dtls && result.has_client_hello && equals(result.hello, message)));
    CHECK_EQ(result.packets, 1);
    ClientHello hello;
    Fingerprint forms;
    CHECK(parse_client_hello(result.hello, HelloProtocol::kDtls, &hello));
    fingerprint(hello, &forms, nullptr, nullptr);
    CHECK_EQ(std::string(forms.ja4).substr(0, 3), version == 0xfeff ? "dd1" : version == 0xfefd ? "dd2" : "d00");
  }
}

TEST_CASE("fragments come together") {
  const Bytes message = hello_message(0xfefd, 20);
  const size_t end = message.size() - 4;
  Flow flow;
  CHECK(flow.show(record(fragment(message, 50, end, 0))).hello.size == 0);
  CHECK(flow.handshake.has_partial_hello());
  const auto result = flow.show(record(fragment(message, 0, 60, 0)));
  CHECK(equals(result.hello, message));
  CHECK_EQ(result.packets, 2);
  // Several records in one datagram, several fragments in one record.
  Bytes both = fragment(message, 0, 10, 0);
  bytes::add(&both, fragment(message, 10, 40, 0));
  Bytes datagram = record(both);
  bytes::add(&datagram, record(fragment(message, 40, end, 0)));
  Flow other;
  const auto joined = other.show(datagram);
  CHECK(equals(joined.hello, message));
  CHECK_EQ(joined.packets, 1);
}

// RFC 6347 §4.2.3: flights are sent again while the next ones are under way.
TEST_CASE("fragments of several hellos come in any order") {
  const Bytes messages[] = {hello_message(0xfefd, 0), hello_message(0xfefd, 20), hello_message(0xfefd, 12, 7)};
  struct Piece {
    size_t message;
    Bytes datagram;
  };
  for (const size_t step : {7u, 40u, 90u}) {
    std::vector<Piece> pieces;
    for (size_t number = 0; number < std::size(messages); ++number) {
      const Bytes& message = messages[number];
      const size_t size = message.size() - 4;
      for (size_t begin = 0; begin < size; begin += step) {
        const Bytes part = fragment(message, begin, std::min(begin + step, size), static_cast<uint16_t>(number));
        pieces.push_back({number, record(part)});
      }
    }
    std::minstd_rand order(static_cast<unsigned>(step));
    for (int round = 0; round < 50; ++round) {
      std::shuffle(pieces.begin(), pieces.end(), order);
      Flow flow;
      size_t found = 0;
      for (const Piece& piece : pieces) {
        const auto result = flow.show(piece.datagram);
        if (result.hello.size == 0) continue;
        CHECK(equals(result.hello, messages[piece.message]));
        ++found;
      }
      CHECK_EQ(found, std::size(messages));
      CHECK(!flow.handshake.has_partial_hello());
      CHECK_EQ(flow.counters.malformed[static_cast<size_t>(Malformed::kDtlsClientHello)], 0u);
    }
  }
}

TEST_CASE("a hello that gives way to others is counted") {
  const Bytes message = hello_message(0xfefd, 0);
  Flow flow;
  for (uint16_t number = 0; number < 6; ++number) flow.show(record(fragment(message, 0, 20, number)));
  CHECK_EQ(flow.counters.malformed[static_cast<size_t>(Malformed::kDtlsClientHello)], 2u);
  CHECK(equals(flow.show(record(fragment(message, 20, message.size() - 4, 5))).hello, message));
  CHECK(flow.handshake.memory_bytes() < 16384);
}

TEST_CASE("the hello with a cookie is the second") {
  const Bytes first = hello_message(0xfefd, 0), second = hello_message(0xfefd, 20);
  const Bytes verify = record(bytes::hex("03 000017 0000 000000 000017 feff 14" + std::string(40, '8')));
  Flow both;
  CHECK(!both.show(whole(first)).is_second_hello);
  CHECK(both.show(verify).retry_seen);
  const auto result = both.show(whole(second, 1));
  CHECK((equals(result.hello, second) && result.is_second_hello));
  CHECK(both.show(whole(second, 1)).hello.size == 0);  // sent again
  Flow one_way;
  one_way.show(whole(first));
  CHECK(one_way.show(whole(second, 1)).is_second_hello);
  Flow late;  // the first one was not captured: this one counts
  CHECK(!late.show(whole(second, 1)).is_second_hello);
  CHECK(!late.show(whole(hello_message(0xfefd, 0, 9))).is_second_hello);  // a new handshake on the same ports
}

TEST_CASE("a hello retry request is distinguished from a server hello") {
  Bytes body = bytes::hex("fefd cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00 0000");
  Bytes message = {2};
  bytes::add_counted(&message, body, 3);
  Flow flow;
  flow.show(whole(hello_message(0xfefd, 0)));
  const auto retry = flow.show(whole(message));
  CHECK((retry.retry_seen && !retry.server_hello));
  CHECK(flow.show(whole(hello_message(0xfefd, 0), 0)).is_second_hello);
  message[10] ^= 1;
  const auto server = flow.show(whole(message, 1));
  CHECK((server.server_hello && !server.retry_seen));
}

TEST_CASE("other payload is left alone") {
  const Bytes message = hello_message(0xfefd, 0);
  const Bytes datagrams[] = {
      record(fragment(message, 0, 20, 0), 0x0303),
      record(Bytes{}),
      record(message, 0xfefd, 0, 19),
      record(message, 0xfefd, 0, 26),
      bytes::hex("000100002112a442"),
      Bytes{},
  };
  for (const Bytes& datagram : datagrams) {
    Flow flow;
    CHECK(!looks_like_dtls(bytes::span(datagram)));
    CHECK(!flow.show(datagram).is_dtls);
  }
  Flow encrypted;
  CHECK(encrypted.show(record(fragment(message, 0, message.size() - 4, 0), 0xfefd, 1)).hello.size == 0);
}

TEST_CASE("lying fragments are counted") {
  const Bytes message = hello_message(0xfefd, 0);
  Bytes beyond = fragment(message, 0, message.size() - 4, 0);
  beyond[8] = 9;  // offset 9: ends behind the message
  Flow flow;
  flow.show(record(beyond));
  CHECK_EQ(flow.counters.malformed[static_cast<size_t>(Malformed::kDtlsRecord)], 1u);
  Bytes huge = fragment(message, 0, 20, 0);
  huge[1] = 0xff;
  flow.show(record(huge));
  CHECK_EQ(flow.counters.malformed[static_cast<size_t>(Malformed::kDtlsClientHello)], 1u);
  CHECK_EQ(flow.handshake.memory_bytes(), 0u);
  const Bytes datagram = whole(message);
  for (size_t size = 0; size < datagram.size(); ++size) {
    const bytes::Prefix prefix(datagram, size);
    DtlsClientHandshake handshake;
    CHECK(handshake.on_datagram(prefix.span(), nullptr).hello.size == 0);
  }
}

}  // namespace

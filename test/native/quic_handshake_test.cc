// ClientHellos out of QUIC datagrams: order, coalescing, Retry, several connections, and what does not authenticate.
#include "../../native-bindings/src/protocol/quic_handshake.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "hello_builder.h"
#include "quic_builder.h"
#include "samples.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

Bytes hello_message(uint8_t random = 0x5a, size_t padding = 0) {
  HelloBuilder hello;
  hello.random = Bytes(32, random);
  return hello.sni("example.com").extension(21, Bytes(padding)).build();
}

std::string text(Span of) { return bytes::to_hex(of.data, of.size); }
std::string text(const Bytes& of) { return text(bytes::span(of)); }

// A 5-tuple under test.
struct Flow {
  QuicClientHandshake handshake;
  Counters counters;
  QuicDatagramResult up(const Bytes& datagram) { return show(datagram, true); }
  QuicDatagramResult down(const Bytes& datagram) { return show(datagram, false); }
  QuicDatagramResult show(const Bytes& datagram, bool from_client) {
    return handshake.on_datagram(bytes::span(datagram), from_client, &counters);
  }
  uint64_t failed() const { return counters.malformed[static_cast<size_t>(Malformed::kQuicDecrypt)]; }
};

quic::Initial whole(const Bytes& message) {
  quic::Initial initial;
  initial.frames = quic::crypto_frame(message, 0, message.size());
  return initial;
}

TEST_CASE("one initial gives its hello in every version") {
  for (const uint32_t version :
       {0x00000001u, 0x6b3343cfu, 0xff000016u, 0xff000017u, 0xff00001bu, 0xff00001du, 0xff000020u, 0xff000022u,
        0xfaceb001u, 0xfaceb002u, 0xfaceb00eu, 0x54303530u, 0x54303531u}) {
    const Bytes message = hello_message();
    const bool is_google = (version >> 8) == 0x543035;
    quic::Initial initial;
    initial.version = version;
    initial.frames = quic::crypto_frame(message, 0, message.size(), is_google ? 8 : 6);
    Flow flow;
    const auto result = flow.up(initial.seal());
    CHECK((result.is_quic && result.authenticated && !result.is_second_hello && !result.new_connection));
    CHECK_EQ(result.packets, 1);
    CHECK_EQ(text(result.hello), text(message));
    CHECK(!flow.handshake.has_partial_hello());
  }
}

TEST_CASE("the hint of the direction may be wrong") {
  Flow flow;
  const auto result = flow.down(whole(hello_message()).seal());
  CHECK((result.hello.size != 0 && result.from_client));
}

TEST_CASE("frames may be shuffled in one packet") {
  const Bytes message = hello_message(1, 300);
  const std::vector<size_t> cuts = {0, 3, 50, 51, 200, 320, message.size()};
  Bytes frames;
  for (const size_t i : {3u, 0u, 5u, 2u, 4u, 1u}) {
    bytes::add(&frames, {0, 0, 1});  // PADDING, PING
    bytes::add(&frames, quic::crypto_frame(message, cuts[i], cuts[i + 1]));
    bytes::add(&frames, {2, 9, 0, 1, 3, 0, 2});              // ACK with two ranges
    bytes::add(&frames, {3, 9, 0, 0, 3, 1, 1, 7});           // ACK with ECN counts
    bytes::add(&frames, quic::crypto_frame(message, 0, 3));  // a repetition
  }
  bytes::add(&frames, {0x1c, 0, 6, 2, 'n', 'o'});  // CONNECTION_CLOSE
  quic::Initial initial;
  initial.frames = frames;
  Flow flow;
  const auto result = flow.up(initial.seal());
  CHECK_EQ(text(result.hello), text(message));
  CHECK_EQ(result.packets, 1);
}

TEST_CASE("datagrams may come in any order") {
  const Bytes message = hello_message(2, 2600);
  const std::vector<size_t> cuts = {0, 900, 1800, message.size()};
  std::vector<Bytes> datagrams;
  for (size_t i = 0; i < 3; ++i) {
    quic::Initial initial;
    initial.number = static_cast<uint32_t>(i);
    initial.frames = quic::crypto_frame(message, cuts[i], cuts[i + 1]);
    datagrams.push_back(initial.seal());
  }
  std::vector<size_t> order = {0, 1, 2};
  do {
    Flow flow;
    CHECK(flow.up(datagrams[order[0]]).hello.size == 0);
    CHECK(flow.handshake.has_partial_hello());
    CHECK(flow.up(datagrams[order[0]]).hello.size == 0);  // sent again
    CHECK(flow.up(datagrams[order[1]]).hello.size == 0);
    const auto result = flow.up(datagrams[order[2]]);
    CHECK_EQ(text(result.hello), text(message));
    CHECK_EQ(result.packets, 3);
    CHECK(flow.up(datagrams[order[1]]).hello.size == 0);  // and after the end
    CHECK(!flow.handshake.has_partial_hello());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("packets may be coalesced") {
  const Bytes message = hello_message(3, 100);
  quic::Initial first, second, early;
  first.frames = quic::crypto_frame(message, 60, message.size());
  second.frames = quic::crypto_frame(message, 0, 60);
  second.number = 1;
  first.pad_to = second.pad_to = early.pad_to = 64;
  early.type_bits = 1;  // 0-RTT: other keys, not opened
  Bytes datagram = first.seal();
  bytes::add(&datagram, early.seal());
  bytes::add(&datagram, second.seal());
  bytes::add(&datagram, Bytes(30));
  Flow flow;
  const auto result = flow.up(datagram);
  CHECK_EQ(text(result.hello), text(message));
  CHECK_EQ(result.packets, 2);
  CHECK_EQ(flow.failed(), 0u);
}

Bytes server_packet(uint8_t first_byte, const Bytes& dcid, const Bytes& scid) {
  Bytes packet = {first_byte};
  bytes::add_number(&packet, 1, 4);
  bytes::add_counted(&packet, dcid, 1);
  bytes::add_counted(&packet, scid, 1);
  if ((first_byte & 0x30) == 0) packet.push_back(0);  // token of an Initial
  if ((first_byte & 0x30) != 0x30) bytes::add_number(&packet, 0x4000 | 60, 2);
  packet.resize(packet.size() + 60, 0x77);  // or token and tag of a Retry
  return packet;
}

TEST_CASE("later initials carry the servers id and keep the keys") {
  const Bytes message = hello_message(4, 1500);
  const Bytes server_id = bytes::hex("aabbccdd");
  for (const Bytes& client_id : {Bytes{}, bytes::hex("0102")}) {
    quic::Initial first, second;
    first.scid = second.scid = client_id;
    first.frames = quic::crypto_frame(message, 0, 1000);
    second.frames = quic::crypto_frame(message, 1000, message.size());
    second.number = 1;
    second.key_id = first.dcid;
    second.dcid = server_id;
    Flow both, one_way;
    both.up(first.seal());
    CHECK(!both.down(server_packet(0xc0, client_id, server_id)).from_client);
    CHECK_EQ(text(both.up(second.seal()).hello), text(message));
    one_way.up(first.seal());
    CHECK_EQ(text(one_way.up(second.seal()).hello), text(message));
    CHECK_EQ(both.failed() + one_way.failed(), 0u);
  }
}

TEST_CASE("a retry gives new keys") {
  const Bytes message = hello_message(5);
  const Bytes retry_id = bytes::hex("434016c5110840091980a574c77f57b34fa08672");
  quic::Initial again = whole(message);
  again.dcid = retry_id;
  again.token = Bytes(40, 1);
  again.number = 1;
  Flow whole_before;
  CHECK(whole_before.up(whole(message).seal()).hello.size != 0);
  CHECK(whole_before.down(server_packet(0xf0, {}, retry_id)).retry_seen);
  const auto repeated = whole_before.up(again.seal());
  CHECK((repeated.authenticated && repeated.retry_seen && !repeated.new_connection));
  CHECK_EQ(repeated.hello.size, 0u);  // the same hello is not given twice

  Flow cut_before;
  quic::Initial half;
  half.frames = quic::crypto_frame(message, 0, 30);
  cut_before.up(half.seal());
  cut_before.down(server_packet(0xf0, {}, retry_id));
  const auto first = cut_before.up(again.seal());
  CHECK_EQ(text(first.hello), text(message));
  CHECK((!first.is_second_hello && !first.new_connection));
  CHECK_EQ(first.packets, 1);
}

TEST_CASE("a second hello after a hello retry request is marked") {
  Bytes stream = hello_message(6);
  const size_t first_bytes = stream.size();
  const Bytes second_message = hello_message(6, 40);
  bytes::add(&stream, second_message);
  Flow flow;
  quic::Initial first, second;
  first.frames = quic::crypto_frame(stream, 0, first_bytes);
  second.frames = quic::crypto_frame(stream, first_bytes, stream.size());
  second.number = 1;
  CHECK(!flow.up(first.seal()).is_second_hello);
  const auto result = flow.up(second.seal());
  CHECK_EQ(text(result.hello), text(second_message));
  CHECK((result.is_second_hello && result.retry_seen && !result.new_connection));
}

TEST_CASE("several connections share a tuple") {
  Flow flow;
  std::vector<Bytes> seconds;
  for (uint8_t i = 0; i < 4; ++i) {
    const Bytes message = hello_message(static_cast<uint8_t>(0x20 + i), 1500);
    quic::Initial first, second;
    first.dcid = second.dcid = Bytes(8, static_cast<uint8_t>(i + 1));
    first.frames = quic::crypto_frame(message, 0, 800);
    second.frames = quic::crypto_frame(message, 800, message.size());
    second.number = 1;
    const auto result = flow.up(first.seal());
    CHECK_EQ(result.new_connection, i != 0);
    seconds.push_back(second.seal());
  }
  for (uint8_t i = 0; i < 4; ++i) {
    const auto result = flow.up(seconds[i]);
    CHECK_EQ(text(result.hello), text(hello_message(static_cast<uint8_t>(0x20 + i), 1500)));
    CHECK((!result.new_connection && !result.is_second_hello));
  }
  // A fifth one pushes the oldest out; memory has a ceiling.
  quic::Initial fifth = whole(hello_message(0x30));
  fifth.dcid = Bytes(8, 9);
  CHECK(flow.up(fifth.seal()).new_connection);
  CHECK(flow.handshake.memory_bytes() < 64u * 1024);
  flow.handshake.reset();
  CHECK_EQ(flow.handshake.memory_bytes(), 0u);
}

TEST_CASE("version negotiation changes the keys") {
  // RFC 9368: compatible negotiation continues the stream with the new version and the first id.
  const Bytes message = hello_message(7, 1500);
  quic::Initial first, second;
  first.frames = quic::crypto_frame(message, 0, 800);
  second.frames = quic::crypto_frame(message, 800, message.size());
  second.number = 1;
  second.version = 0x6b3343cf;
  second.key_id = first.dcid;
  second.dcid = bytes::hex("0011223344556677");
  Flow flow;
  flow.up(first.seal());
  flow.down(server_packet(0xc0, {}, second.dcid));
  CHECK_EQ(text(flow.up(second.seal()).hello), text(message));
  // RFC 9000 §6.2: after a version negotiation packet the client starts again.
  Flow restarted;
  quic::Initial old = whole(hello_message(8));
  old.version = 0xff00001d;
  restarted.up(old.seal());
  CHECK(restarted.down(bytes::hex("80 00000000 00 00 00000001")).is_quic);
  const auto result = restarted.up(whole(hello_message(9)).seal());
  CHECK((result.new_connection && !result.is_second_hello));
  CHECK_EQ(text(result.hello), text(hello_message(9)));
}

TEST_CASE("what does not authenticate is not parsed") {
  Flow flow;
  Bytes packet = whole(hello_message()).seal();
  packet.back() ^= 1;
  const auto result = flow.up(packet);
  CHECK((result.is_quic && !result.authenticated && result.hello.size == 0));
  CHECK_EQ(flow.failed(), 1u);
  CHECK_EQ(flow.handshake.memory_bytes(), 0u);
  quic::Initial wrong_salt = whole(hello_message());
  wrong_salt.key_version = 0xff00001d;
  CHECK(!flow.up(wrong_salt.seal()).authenticated);
  quic::Initial from_server = whole(hello_message());
  from_server.side = QuicSide::kServer;
  CHECK(!flow.down(from_server.seal()).authenticated);
  CHECK_EQ(flow.failed(), 2u);  // a server's Initial on a flow without a client is no failure
}

TEST_CASE("what is no client hello ends the stream") {
  Bytes message = hello_message();
  message[0] = 2;
  Flow flow;
  CHECK(flow.up(whole(message).seal()).hello.size == 0);
  CHECK_EQ(flow.counters.malformed[static_cast<size_t>(Malformed::kQuicClientHello)], 1u);
  Bytes frames = quic::crypto_frame(hello_message(), 0, 20);
  bytes::add(&frames, {0x30, 1, 2});  // DATAGRAM is not valid in an Initial
  quic::Initial initial;
  initial.frames = frames;
  Flow other;
  other.up(initial.seal());
  CHECK_EQ(other.counters.malformed[static_cast<size_t>(Malformed::kQuicFrame)], 1u);
}

TEST_CASE("a far offset takes no memory") {
  Flow flow;
  quic::Initial initial;
  initial.frames = {6};
  quic::add_varint(&initial.frames, 60000);
  bytes::add(&initial.frames, {1, 1});
  flow.up(initial.seal());
  CHECK(flow.handshake.memory_bytes() < 4096u);
}

TEST_CASE("a recorded hello in two datagrams is found") {
  const Bytes first = bytes::hex(samples::kChromiumQuicFirst), second = bytes::hex(samples::kChromiumQuicSecond);
  for (const bool is_swapped : {false, true}) {
    Flow flow;
    CHECK_EQ(flow.up(is_swapped ? second : first).hello.size, 0u);
    const auto result = flow.up(is_swapped ? first : second);
    CHECK(result.hello.size > 1500);
    CHECK_EQ(result.packets, 2);
  }
  for (size_t size = 0; size < first.size(); size += 7) {
    Flow flow;
    flow.up(Bytes(first.begin(), first.begin() + static_cast<ptrdiff_t>(size)));
    CHECK_EQ(flow.handshake.memory_bytes(), 0u);
  }
}

}  // namespace

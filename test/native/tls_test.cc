// Record headers, possible starts of a ClientHello, ServerHello, and messages reassembled from pieces.
#include "../../native-bindings/src/protocol/tls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "../../native-bindings/src/protocol/tls_message.h"
#include "hello_builder.h"
#include "samples.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

char letter(Likeness likeness) { return likeness == Likeness::kNo ? 'n' : likeness == Likeness::kYes ? 'y' : 'm'; }

TEST_CASE("the beginning of a hello is recognised") {
  const struct {
    const char* name;
    const char* payload;
    char hello;
  } cases[] = {
      {"nothing yet", "", 'm'},
      {"one byte", "16", 'm'},
      {"five bytes", "16 0301 0200", 'm'},
      {"eight bytes", "16 0301 0200 01 0001", 'm'},
      {"nine bytes", "16 0301 0200 01 0001fc", 'y'},
      {"a hello longer than its record", "16 0303 0100 01 001fc0", 'y'},
      {"a hello of over 64 KiB", "16 0303 0100 01 010000", 'n'},
      {"a hello that is too short", "16 0303 0100 01 000025", 'n'},
      {"a record that ends in the handshake header", "16 0301 0002 01 00", 'y'},
      {"a ServerHello", "16 0303 007a 02 000076", 'n'},
      {"application data", "17 0303 0100 01 0000fc", 'n'},
      {"an empty record", "16 0303 0000", 'n'},
      {"empty application data", "17 0303 0000", 'n'},
      {"a record of the largest length", "16 0303 4800", 'm'},
      {"a record that is too long", "16 0303 4801", 'n'},
      {"any minor version, three bytes", "16 0305", 'm'},
      {"any minor version", "16 03ff 0200 01 0001fc", 'y'},
      {"another major version", "16 0403 0200 01 0001fc", 'n'},
      {"SSLv2", "80 2e 01 03 01", 'n'},
      {"HTTP", "474554202f", 'n'},
      {"SSH", "5353482d", 'n'},
  };
  for (const auto& one : cases) {
    const Bytes payload = bytes::hex(one.payload);
    const bytes::Prefix exact(payload, payload.size());
    INFO(one.name);
    CHECK_EQ(letter(looks_like_client_hello_start(exact.span())), one.hello);
  }
  // No prefix of a real one is turned away.
  Bytes record = bytes::hex("16 0301 063f");
  bytes::add(&record, bytes::hex(samples::kNodeHello));
  for (size_t size = 0; size < record.size(); ++size) {
    const bytes::Prefix prefix(record, size);
    CHECK_EQ(letter(looks_like_client_hello_start(prefix.span())), size < 9 ? 'm' : 'y');
  }
}

Bytes server_hello(uint16_t version, const Bytes& random, const Bytes& session, const char* extensions) {
  Bytes body;
  bytes::add_number(&body, version, 2);
  bytes::add(&body, random);
  bytes::add_counted(&body, session, 1);
  bytes::add(&body, bytes::hex("1301 00"));
  if (*extensions != 0) bytes::add_counted(&body, bytes::hex(extensions), 2);
  Bytes message = {2};
  bytes::add_counted(&message, body, 3);
  return message;
}

TEST_CASE("server hellos are read") {
  ServerHelloInfo hello;
  const Bytes plain = server_hello(0x0303, Bytes(32, 1), Bytes(32, 7), "");
  CHECK(parse_server_hello(bytes::span(plain), &hello));
  CHECK_EQ(hello.selected_version, 0x0303);
  CHECK_EQ(hello.cipher, 0x1301);
  CHECK_EQ(hello.session_id.size, 32u);
  CHECK((!hello.psk_selected && !hello.is_hello_retry_request));
  const Bytes resumed = server_hello(0x0303, Bytes(32, 1), {}, "002b 0002 0304 0029 0002 0000");
  CHECK(parse_server_hello(bytes::span(resumed), &hello));
  CHECK_EQ(hello.selected_version, 0x0304);
  CHECK(hello.psk_selected);
  const Bytes retry = server_hello(0x0303,
                                   bytes::hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"), {},
                                   "002b 0002 0304");
  CHECK((parse_server_hello(bytes::span(retry), &hello) && hello.is_hello_retry_request));
  // Drafts before 22: no session id, and a different HelloRetryRequest.
  const Bytes draft = bytes::hex("02 00002c 7f13" + std::string(64, '1') + "1301 0006 002900020000");
  CHECK(parse_server_hello(bytes::span(draft), &hello));
  CHECK((hello.psk_selected && hello.cipher == 0x1301));
  const Bytes old_retry = bytes::hex("06 000004 7f13 0000");
  CHECK((parse_server_hello(bytes::span(old_retry), &hello) && hello.is_hello_retry_request));
  const Bytes client = HelloBuilder().build();
  CHECK(!parse_server_hello(bytes::span(client), &hello));

  const Bytes recorded = bytes::hex(samples::kNodeServerHello);
  CHECK(parse_server_hello(bytes::span(recorded), &hello));
  CHECK_EQ(hello.selected_version, 0x0304);
  CHECK_EQ(hello.bytes, recorded.size());
  for (size_t size = 0; size < recorded.size(); ++size) {
    const bytes::Prefix prefix(recorded, size);
    CHECK(!parse_server_hello(prefix.span(), &hello));
  }
}

TEST_CASE("pieces come together in any order") {
  std::mt19937 random(7);
  Bytes message(5000);
  for (uint8_t& byte : message) byte = static_cast<uint8_t>(random());
  for (int round = 0; round < 200; ++round) {
    struct Piece {
      size_t begin, end;
    };
    std::vector<Piece> pieces;
    for (size_t at = 0; at < message.size();) {
      const size_t size = std::min<size_t>(1 + random() % 900, message.size() - at);
      const size_t back = std::min<size_t>(at, random() % 40);  // overlaps with earlier bytes
      pieces.push_back({at - back, at + size});
      at += size;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    MessageAssembly assembly;
    size_t fresh = 0;
    for (const Piece& piece : pieces) {
      const Span bytes{message.data() + piece.begin, piece.end - piece.begin};
      const auto added = assembly.add(piece.begin, bytes);
      CHECK(added != MessageAssembly::Added::kRefused);
      CHECK(assembly.add(piece.begin, bytes) == MessageAssembly::Added::kNothingNew);
      fresh += added == MessageAssembly::Added::kNew;
    }
    CHECK(fresh <= pieces.size());
    CHECK(bytes::text(assembly.prefix()) == bytes::text(bytes::span(message)));
    const size_t taken = random() % message.size();
    assembly.consume(taken);
    CHECK_EQ(assembly.origin(), taken);
    CHECK_EQ(assembly.prefix().size, message.size() - taken);
    CHECK(assembly.add(taken / 2, Span{message.data(), taken - taken / 2}) == MessageAssembly::Added::kNothingNew);
  }
}

TEST_CASE("the first bytes of an overlap stay") {
  MessageAssembly assembly;
  const Bytes first = {'b', 'c'}, second = {'A', 'B', 'C', 'D'};
  assembly.add(1, bytes::span(first));
  CHECK_EQ(assembly.prefix().size, 0u);
  CHECK(assembly.add(0, bytes::span(second)) == MessageAssembly::Added::kNew);
  CHECK_EQ(bytes::text(assembly.prefix()), "AbcD");
}

TEST_CASE("assemblies have ceilings") {
  const Bytes one = {1};
  MessageAssembly holes;
  for (size_t i = 0; i < MessageAssembly::kMaxRanges; ++i) {
    CHECK(holes.add(2 * i + 1, bytes::span(one)) == MessageAssembly::Added::kNew);
  }
  CHECK(holes.add(2 * MessageAssembly::kMaxRanges + 1, bytes::span(one)) == MessageAssembly::Added::kRefused);
  CHECK(holes.add(2, bytes::span(one)) == MessageAssembly::Added::kNew);  // joins two: within the limit
  MessageAssembly far;
  CHECK(far.add(MessageAssembly::kMaxGap + 1, bytes::span(one)) == MessageAssembly::Added::kRefused);
  CHECK(far.add(UINT64_MAX, bytes::span(one)) == MessageAssembly::Added::kRefused);
  CHECK_EQ(far.memory_bytes(), 0u);
  const Bytes block(16384);
  MessageAssembly full;
  for (size_t at = 0; at + block.size() <= MessageAssembly::kMaxBytes; at += block.size())
    full.add(at, bytes::span(block));
  CHECK(full.add(MessageAssembly::kMaxBytes, bytes::span(one)) == MessageAssembly::Added::kRefused);
  full.clear();
  CHECK_EQ(full.memory_bytes(), 0u);
}

TEST_CASE("a record that says nothing may stand before a hello") {
  const auto before = [](const char* hex) { return skippable_record_bytes(bytes::span(bytes::hex(hex))); };
  CHECK_EQ(before("1503010002010016"), 7u);
  CHECK_EQ(before("14030300010116"), 6u);
  CHECK_EQ(before("1603010000160301"), 5u);
  CHECK_EQ(before("15030100020100"), 7u);
  CHECK_EQ(before("150301000201"), 0u);      // not whole
  CHECK_EQ(before("15030100030100ff"), 0u);  // encrypted, or none
  CHECK_EQ(before("1504010002010016"), 0u);
  CHECK_EQ(before("16030100fe010000fa"), 0u);  // a hello
  CHECK_EQ(before(""), 0u);
}

}  // namespace

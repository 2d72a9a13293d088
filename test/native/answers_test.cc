// Addresses from DNS answers for watched names, and the effects of attacks on that set.
#include "../../native-bindings/src/pipeline/answer_watch.h"

#include <doctest/doctest.h>

#include <memory>

#include "../../native-bindings/src/base/event_writer.h"
#include "bytes.h"
#include "dns_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

struct Watched {
  std::shared_ptr<ExportFilter> rules = std::make_shared<ExportFilter>();
  AnswerWatch watch{rules, std::make_shared<Watchlist>(std::vector<std::string>{"api.anthropic.com"},
                                                       std::vector<std::string>{}, std::vector<std::string>{})};

  void see_segment(const Bytes& payload) {
    Packet packet{};
    packet.ends.source_port = 53;
    packet.ends.protocol = 6;
    packet.payload = bytes::span(payload);
    CHECK(watch.wants(packet));
    EventWriter none;
    watch.see(packet, &none);
  }
  bool knows(uint32_t address) const {
    Bytes raw;
    bytes::add_number(&raw, address, 4);
    raw.resize(16);
    return rules->answered->contains(raw.data());
  }
};

Bytes answers() {
  DnsBuilder message;
  message.question("api.anthropic.com", 1);
  for (const char* address : {"a04f6801", "a04f6802", "a04f6803"}) message.address("api.anthropic.com", address, 60);
  return message.build();
}

Bytes with_length(const Bytes& message) {
  Bytes out;
  bytes::add_counted(&out, message, 2);
  return out;
}

TEST_CASE("answers in whole messages are known") {
  Watched seen;
  Bytes two = with_length(DnsBuilder().question("other.example", 1).address("other.example", "0a0a0a0a", 60).build());
  bytes::add(&two, with_length(answers()));
  seen.see_segment(two);
  CHECK((seen.knows(0xa04f6801) && seen.knows(0xa04f6803)));
  CHECK(!seen.knows(0x0a0a0a0a));
}

// Names beyond one segment are unknown; nothing else is recorded instead.
TEST_CASE("answers in cut messages are known") {
  const Bytes whole = with_length(answers());
  for (size_t size = 0; size < whole.size(); ++size) {
    Watched seen;
    if (size > 0) seen.see_segment(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
    CHECK(!seen.knows(0xa04f6803));
    CHECK(!seen.knows(0x01020304));
  }
  Watched half;
  half.see_segment(Bytes(whole.begin(), whole.end() - 8));
  CHECK((half.knows(0xa04f6801) && half.knows(0xa04f6802)));
}

TEST_CASE("a length may come in a segment of its own") {
  Watched seen;
  seen.see_segment({0, 100});
  seen.see_segment(answers());
  CHECK(seen.knows(0xa04f6802));
  CHECK(!seen.knows(0x01020304));
}

TEST_CASE("forged addresses do not make others known") {
  DnsAddresses known;
  uint8_t address[16] = {};
  const auto add = [&](uint32_t number) {
    std::memcpy(address, &number, sizeof number);
    known.add(address);
  };
  for (uint32_t i = 0; i < 1'000'000; ++i) add(i * 2);
  unsigned strangers = 0;
  for (uint32_t i = 0; i < 100'000; ++i) {
    const uint32_t number = 0x80000001 + i * 2;
    std::memcpy(address, &number, sizeof number);
    strangers += known.contains(address) ? 1 : 0;
  }
  CHECK(strangers < 2'000);
  const uint32_t last = 999'999 * 2;
  std::memcpy(address, &last, sizeof last);
  CHECK(known.contains(address));
}

}  // namespace

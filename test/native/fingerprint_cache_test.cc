// Cached fingerprints equal computed ones, for any difference between hellos.
#include "../../native-bindings/src/fingerprint/fingerprint_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "hello_builder.h"

using namespace wiretally;

namespace {

struct Prints {
  Fingerprint hashed{};
  Fingerprint remembered{};
  Fingerprint with_text{};
  std::string hashed_text;
  std::string text;
  static bool are_same(const Fingerprint& a, const Fingerprint& b) {
    return std::memcmp(a.ja3_md5, b.ja3_md5, sizeof a.ja3_md5) == 0 && std::strcmp(a.ja4, b.ja4) == 0;
  }
  bool are_equal() const { return are_same(hashed, remembered) && are_same(hashed, with_text) && hashed_text == text; }
};

Prints prints_of(FingerprintCache* cache, const HelloBuilder& builder, HelloProtocol protocol = HelloProtocol::kTls) {
  const bytes::Bytes message = builder.build();
  ClientHello hello;
  CHECK(parse_client_hello(bytes::span(message), protocol, &hello));
  Prints prints;
  std::vector<char> hashed_text(kMaxJa3Text);
  size_t length = 0;
  fingerprint(hello, &prints.hashed, hashed_text.data(), &length);
  prints.hashed_text.assign(hashed_text.data(), std::min(length, kMaxJa3Text));
  Span text;
  cache->find(hello);
  prints.with_text = *cache->find(hello, &text);
  prints.text.assign(reinterpret_cast<const char*>(text.data), text.size);
  prints.remembered = *cache->find(hello);
  return prints;
}

struct Lists {
  std::vector<uint16_t> ciphers = {0x0a0a, 0x1301, 0x1302, 0xc02b};
  std::vector<uint16_t> groups = {0x2a2a, 29, 23};
  std::vector<uint16_t> algorithms = {0x0403, 0x0804};
  std::vector<uint16_t> versions = {0x3a3a, 0x0304, 0x0303};
  bytes::Bytes formats = {0};
  std::string alpn = "h2";
  std::string name = "a.test";
  uint16_t further = 51;
  uint16_t legacy = 0x0303;
};

HelloBuilder build(const Lists& lists) {
  HelloBuilder builder;
  builder.version = lists.legacy;
  builder.ciphers = lists.ciphers;
  if (!lists.name.empty()) builder.sni(lists.name);
  builder.alpn({bytes::Bytes(lists.alpn.begin(), lists.alpn.end())});
  builder.u16_list(10, lists.groups).point_formats(lists.formats).u16_list(13, lists.algorithms);
  builder.versions(lists.versions).extension(lists.further, {0, 0});
  return builder;
}

TEST_CASE("remembers what was hashed") {
  FingerprintCache cache;
  for (int round = 0; round < 3; ++round) CHECK(prints_of(&cache, build(Lists{})).are_equal());
}

// Each change on its own, between two observations of the original hello.
TEST_CASE("tells every difference") {
  const std::vector<std::function<void(Lists*)>> changes = {
      [](Lists* l) { l->ciphers[1] = 0x1303; },
      [](Lists* l) { std::swap(l->ciphers[1], l->ciphers[2]); },
      [](Lists* l) { l->ciphers.push_back(0x2f); },
      [](Lists* l) { l->groups[1] = 24; },
      [](Lists* l) { l->algorithms.pop_back(); },
      [](Lists* l) { l->versions = {0x0303}; },
      [](Lists* l) {
        l->formats = {0, 1};
      },
      [](Lists* l) { l->alpn = "http/1.1"; },
      [](Lists* l) { l->name.clear(); },
      [](Lists* l) { l->further = 35; },
      [](Lists* l) { l->legacy = 0x0302; },
      [](Lists* l) { l->ciphers[0] = 0xfafa; },
      [](Lists* l) { l->name = "b.test"; },
      [](Lists* l) { l->ciphers.erase(l->ciphers.begin()); },
  };
  FingerprintCache cache;
  for (const auto& change : changes) {
    Lists lists;
    CHECK(prints_of(&cache, build(lists)).are_equal());
    change(&lists);
    CHECK(prints_of(&cache, build(lists)).are_equal());
  }
}

TEST_CASE("tells protocols apart") {
  FingerprintCache cache;
  CHECK(prints_of(&cache, build(Lists{}), HelloProtocol::kTls).are_equal());
  CHECK(prints_of(&cache, build(Lists{}), HelloProtocol::kQuic).are_equal());
}

// Lists at and beyond the longest that is remembered.
TEST_CASE("hashes long lists each time") {
  FingerprintCache cache;
  Lists lists;
  for (int count = 100; count < 400; ++count) {
    lists.ciphers.resize(static_cast<size_t>(count), 0x1301);
    CHECK(prints_of(&cache, build(lists)).are_equal());
    CHECK(prints_of(&cache, build(lists)).are_equal());
  }
}

TEST_CASE("agrees on many hellos") {
  FingerprintCache cache;
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    Lists lists;
    for (uint16_t& cipher : lists.ciphers) cipher = static_cast<uint16_t>(0x1301 + random() % 6);
    for (uint16_t& group : lists.groups) group = static_cast<uint16_t>(23 + random() % 6);
    lists.further = static_cast<uint16_t>(100 + random() % 3);
    CHECK(prints_of(&cache, build(lists)).are_equal());
  }
}

}  // namespace

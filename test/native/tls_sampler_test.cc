// TlsSampler: records behind a handshake, and other bytes, in segments of any size.
#include "../../native-bindings/src/stream/tcp/tls_sampler.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace wiretally;

namespace {

constexpr size_t kLongestRecord = 18'432;

// Random bytes of which none may be the type of a record.
std::string noise(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(0x20 + random() % 0xd0);
  return out;
}

std::string record(size_t size, uint32_t seed) {
  std::string header("\x17\x03\x03\0\0", 5);
  header[3] = static_cast<char>(size >> 8);
  header[4] = static_cast<char>(size & 0xff);
  return header + noise(size, seed);
}

struct Sample {
  TlsSampler form;
  uint32_t next = 0xfffff000;

  void send(const std::string& stream, size_t step, uint32_t cut = 0) {
    for (size_t at = 0; at < stream.size(); at += step) {
      const std::string piece = stream.substr(at, step);
      const auto* data = reinterpret_cast<const uint8_t*>(piece.data());
      const uint32_t extent = static_cast<uint32_t>(piece.size());
      const Segment segment{next, Span{data, extent - std::min(cut, extent)}, extent, 0};
      form.on_segment(0, segment);
      form.on_segment(0, segment);  // a copy
      next += extent;
    }
  }
};

TEST_CASE("records keep the form, wherever segments cut them") {
  for (size_t step = 1; step < 40; ++step) {
    Sample sample;
    sample.form.begin();
    sample.send(noise(kLongestRecord - step, 1), step);
    CHECK(sample.form.is_sampling());
    sample.send(record(100, 2), step);
    CHECK_FALSE(sample.form.is_sampling());
    CHECK_FALSE(sample.form.is_lost());
  }
}

TEST_CASE("more bytes than a record has, without the header of one, are of another protocol") {
  for (const size_t step : {size_t{1}, size_t{7}, size_t{536}, size_t{1448}, size_t{9000}, size_t{64'000}}) {
    Sample sample;
    sample.form.begin();
    sample.send(noise(kLongestRecord + 6, 3), step);
    CHECK(sample.form.is_lost());
    sample.form.begin();
    CHECK(sample.form.is_lost());
  }
}

TEST_CASE("a hole begins the count again, and the other side is no part of a sample") {
  Sample sample;
  sample.form.begin();
  for (unsigned i = 0; i < 8; ++i) {
    sample.send(noise(9000, i), 1000);
    sample.next += 100;
    const std::string other = noise(5000, i);
    const auto* data = reinterpret_cast<const uint8_t*>(other.data());
    sample.form.on_segment(1, Segment{5000 * i, Span{data, other.size()}, 5000, 0});
  }
  CHECK(sample.form.is_sampling());
}

TEST_CASE("bytes that the snaplen cut prove nothing") {
  Sample sample;
  sample.form.begin();
  sample.send(noise(60'000, 4), 1000, 900);
  CHECK_FALSE(sample.form.is_sampling());
  CHECK_FALSE(sample.form.is_lost());
}

TEST_CASE("each sample stands for itself until one is lost") {
  Sample sample;
  sample.form.begin();
  sample.send(record(2000, 5), 1448);
  CHECK_FALSE(sample.form.is_sampling());
  sample.form.begin();
  sample.send(noise(40'000, 6), 1448);
  CHECK(sample.form.is_lost());
}

}  // namespace

// zstd data unpack the same however they are cut, end where a frame ends, and a system without libzstd is known.
#include "../../native-bindings/src/io/libzstd.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "bytes.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

// A frame with a checksum, a skippable one, and a frame without a checksum.
const Bytes kStored = bytes::hex(
    "28b52ffd642002bd0300b4036c696e652030206f66206120636170747572652031323334353630313233343536303132"
    "33343536303132333435363031323334353630313233342820e0e7b22497b044924b5822c9252c91e412964872094b24"
    "b9842522b98425925cc212492e61892497b044924b5822c9252c91e4783277a53ba2a5d7f2502a4d1803000000aabbcc"
    "28b52ffd00586100007365636f6e64206672616d65");
constexpr size_t kFirstFrame = 133;
constexpr size_t kSkippable = 11;

std::string expected() {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "line " + std::to_string(i % 7) + " of a capture ";
  return text + "second frame";
}

struct Unpacked {
  std::string text;
  std::string error;
  bool may_end = false;
};

// Every piece in a separate allocation, so that sanitizers detect a read beyond it.
Unpacked unpack(const Bytes& stored, size_t piece, size_t room) {
  Unpacked result;
  ZstdReader reader(*LibZstd::installed());
  for (size_t at = 0; at < stored.size(); at += piece) {
    Bytes in(stored.begin() + static_cast<ptrdiff_t>(at),
             stored.begin() + static_cast<ptrdiff_t>(std::min(at + piece, stored.size())));
    size_t read = 0;
    for (bool is_full = true; is_full;) {
      Bytes out(room);
      const ZstdReader::Progress progress = reader.read(in.data() + read, in.size() - read, out.data(), room);
      CHECK(read + progress.read <= in.size());
      CHECK(progress.written <= room);
      read += progress.read;
      result.text.append(out.begin(), out.begin() + static_cast<ptrdiff_t>(progress.written));
      if (progress.error != nullptr) {
        result.error = progress.error;
        return result;
      }
      is_full = progress.written == room;
    }
    CHECK_EQ(read, in.size());
  }
  result.may_end = reader.is_between_frames();
  return result;
}

const bool kIsMissing = LibZstd::installed() == nullptr;

TEST_CASE("a system without libzstd is known") {
  static constexpr const char* kNowhere[] = {"libnowhere-at-all.so.9", nullptr};
  CHECK(LibZstd::load(kNowhere) == nullptr);
}

TEST_CASE("zstd data unpack the same however they are cut" * doctest::skip(kIsMissing)) {
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{64}, kStored.size()}) {
    for (const size_t room : {size_t{1}, size_t{13}, size_t{4096}}) {
      const Unpacked whole = unpack(kStored, piece, room);
      CHECK(whole.text == expected());
      CHECK(whole.error.empty());
      CHECK(whole.may_end);
    }
  }
}

TEST_CASE("every prefix of zstd data may end where a frame ends, and nowhere else" * doctest::skip(kIsMissing)) {
  for (size_t size = 1; size < kStored.size(); ++size) {
    const Unpacked part = unpack(Bytes(kStored.begin(), kStored.begin() + static_cast<ptrdiff_t>(size)), size, 64);
    CHECK(part.error.empty());
    CHECK(expected().compare(0, part.text.size(), part.text) == 0);
    CHECK_EQ(part.may_end, size == kFirstFrame || size == kFirstFrame + kSkippable);
  }
}

TEST_CASE("every wrong byte of zstd data is survived" * doctest::skip(kIsMissing)) {
  size_t detected = 0;
  for (size_t at = 0; at < kStored.size(); ++at) {
    Bytes damaged = kStored;
    damaged[at] ^= 0x55;
    if (!unpack(damaged, 50, 64).error.empty()) ++detected;
  }
  CHECK(detected > kFirstFrame / 2);  // detected by the checksum only
}

}  // namespace

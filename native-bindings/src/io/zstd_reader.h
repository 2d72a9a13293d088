// ZstdReader: streaming decompression with libzstd, wherever its calls come from.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

// zstd.h has the same; their layout is part of libzstd's ABI.
struct ZstdStream;
struct ZstdIn {
  const void* bytes;
  size_t size;
  size_t at;
};
struct ZstdOut {
  void* bytes;
  size_t size;
  size_t at;
};

// The calls of libzstd that decompress a stream.
struct ZstdCalls {
  ZstdStream* (*create)() = nullptr;
  size_t (*init)(ZstdStream*) = nullptr;
  size_t (*free)(ZstdStream*) = nullptr;
  size_t (*decompress)(ZstdStream*, ZstdOut*, ZstdIn*) = nullptr;
  unsigned (*is_error)(size_t) = nullptr;
  const char* (*error_name)(size_t) = nullptr;
};

// Decompresses zstd (RFC 8878): consecutive frames, including skippable ones. libzstd refuses frames that need a
// window above 128 MiB.
class ZstdReader {
 public:
  struct Progress {
    size_t read = 0;
    size_t written = 0;
    const char* error = nullptr;  // error message of libzstd; decompression cannot continue
  };

  // `calls` must outlive the reader.
  explicit ZstdReader(const ZstdCalls& calls);
  ~ZstdReader();
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  // Decompresses until `in` is used up or `out` is full. Not thread-safe.
  Progress read(const uint8_t* in, size_t in_size, uint8_t* out, size_t out_size);
  // False inside of a frame: the stored bytes must not end here.
  bool is_between_frames() const { return is_between_; }

 private:
  const ZstdCalls& calls_;
  ZstdStream* stream_;
  bool is_between_ = true;
};

}  // namespace wiretally

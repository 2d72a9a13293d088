// Unpacker: streaming decompression in a page, with zlib and libzstd linked into the module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wiretally {

class Unpacker {
 public:
  struct Progress {
    size_t read = 0;
    size_t written = 0;
    const char* error = nullptr;  // message of the library; decompression cannot continue
  };

  virtual ~Unpacker() = default;
  // Decompresses until `in` is used up, `out` is full or the data end.
  virtual Progress read(const uint8_t* in, size_t in_size, uint8_t* out, size_t out_size) = 0;
  // False inside of a gzip member or zstd frame: the stored bytes must not end here.
  virtual bool may_end() const = 0;
};

// `compression`: "gzip" (RFC 1952, consecutive members) or "zstd".
std::unique_ptr<Unpacker> create_unpacker(const std::string& compression);

}  // namespace wiretally

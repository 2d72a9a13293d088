// Unpacker: GzipUnpacker over zlib, ZstdUnpacker over ZstdReader.
#include "unpacker.h"

// Stored bytes are const.
#define ZLIB_CONST
#include <zlib.h>

#include "../src/io/zstd_reader.h"

extern "C" {
// zstd.h declares the same, with the structures of zstd_reader.h.
wiretally::ZstdStream* ZSTD_createDStream();
size_t ZSTD_initDStream(wiretally::ZstdStream*);
size_t ZSTD_freeDStream(wiretally::ZstdStream*);
size_t ZSTD_decompressStream(wiretally::ZstdStream*, wiretally::ZstdOut*, wiretally::ZstdIn*);
unsigned ZSTD_isError(size_t);
const char* ZSTD_getErrorName(size_t);
}

namespace wiretally {
namespace {

constexpr ZstdCalls kLinkedZstd = {ZSTD_createDStream,    ZSTD_initDStream, ZSTD_freeDStream,
                                   ZSTD_decompressStream, ZSTD_isError,     ZSTD_getErrorName};

class ZstdUnpacker final : public Unpacker {
 public:
  Progress read(const uint8_t* in, size_t in_size, uint8_t* out, size_t out_size) override {
    const ZstdReader::Progress progress = reader_.read(in, in_size, out, out_size);
    return {progress.read, progress.written, progress.error};
  }
  bool may_end() const override { return reader_.is_between_frames(); }

 private:
  ZstdReader reader_{kLinkedZstd};
};

// Node's zlib.createGunzip treats the bytes after a member in this way: a zero byte ends the data (padding of tapes),
// and the rest stays unread; anything else is the next member.
class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() { has_memory_ = inflateInit2(&stream_, kWindowBits + kGzipOnly) == Z_OK; }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Progress read(const uint8_t* in, size_t in_size, uint8_t* out, size_t out_size) override {
    if (!has_memory_) return {0, 0, "no memory to unpack with"};
    stream_.next_in = in;
    stream_.avail_in = static_cast<uInt>(in_size);
    stream_.next_out = out;
    stream_.avail_out = static_cast<uInt>(out_size);
    Progress progress;
    for (bool has_moved = true; has_moved && stream_.avail_out != 0 && progress.error == nullptr;) {
      if (is_between_members_ && !start_member()) break;
      const uInt in_before = stream_.avail_in;
      const uInt out_before = stream_.avail_out;
      progress.error = inflate_more();
      has_moved = stream_.avail_in != in_before || stream_.avail_out != out_before;
    }
    progress.read = in_size - stream_.avail_in;
    progress.written = out_size - stream_.avail_out;
    return progress;
  }
  bool may_end() const override { return is_between_members_; }

 private:
  static constexpr int kWindowBits = 15;
  static constexpr int kGzipOnly = 16;

  // False when no member follows in these bytes.
  bool start_member() {
    is_padded_ = is_padded_ || (stream_.avail_in != 0 && *stream_.next_in == 0);
    if (is_padded_ || stream_.avail_in == 0) return false;
    inflateReset(&stream_);
    is_between_members_ = false;
    return true;
  }
  const char* inflate_more() {
    const int result = inflate(&stream_, Z_NO_FLUSH);
    is_between_members_ = result == Z_STREAM_END;
    if (result == Z_STREAM_END || result == Z_OK || result == Z_BUF_ERROR) return nullptr;
    return stream_.msg != nullptr ? stream_.msg : "no memory to unpack with";
  }

  z_stream stream_{};
  bool has_memory_ = false;
  bool is_between_members_ = false;
  bool is_padded_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> create_unpacker(const std::string& compression) {
  if (compression == "gzip") return std::make_unique<GzipUnpacker>();
  return std::make_unique<ZstdUnpacker>();
}

}  // namespace wiretally

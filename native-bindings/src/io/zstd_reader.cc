#include "zstd_reader.h"

namespace wiretally {

ZstdReader::ZstdReader(const ZstdCalls& calls) : calls_(calls), stream_(calls.create()) {
  if (stream_ != nullptr) calls_.init(stream_);
}

ZstdReader::~ZstdReader() {
  if (stream_ != nullptr) calls_.free(stream_);
}

ZstdReader::Progress ZstdReader::read(const uint8_t* in, size_t in_size, uint8_t* out, size_t out_size) {
  Progress progress;
  if (stream_ == nullptr) {
    progress.error = "no memory to unpack with";
    return progress;
  }
  ZstdIn from{in, in_size, 0};
  ZstdOut to{out, out_size, 0};
  for (;;) {
    const size_t read_before = from.at;
    const size_t written_before = to.at;
    const size_t result = calls_.decompress(stream_, &to, &from);
    if (calls_.is_error(result) != 0) {
      progress.error = calls_.error_name(result);
      break;
    }
    const bool has_moved = from.at != read_before || to.at != written_before;
    if (has_moved) is_between_ = result == 0;
    if (!has_moved || to.at == to.size) break;
  }
  progress.read = from.at;
  progress.written = to.at;
  return progress;
}

}  // namespace wiretally

// LibZstd: found at run time; ZstdReader: its streaming interface.
#include "libzstd.h"

#include "dynamic_library.h"

namespace wiretally {
namespace {

// Linux and the BSDs, then macOS.
constexpr const char* kNames[] = {"libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", nullptr};

}  // namespace

const LibZstd* LibZstd::installed() {
  static const std::unique_ptr<LibZstd> kLibrary = load(kNames);
  return kLibrary.get();
}

std::unique_ptr<LibZstd> LibZstd::load(const char* const* names) {
  for (; *names != nullptr; ++names) {
    void* library = ::dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    std::unique_ptr<LibZstd> found(new LibZstd(library));
    if (found->find_calls()) return found;
  }
  return nullptr;
}

LibZstd::~LibZstd() { ::dlclose(library_); }

bool LibZstd::find_calls() {
  return find_call(library_, "ZSTD_createDStream", &create) && find_call(library_, "ZSTD_initDStream", &init) &&
         find_call(library_, "ZSTD_freeDStream", &free) && find_call(library_, "ZSTD_decompressStream", &decompress) &&
         find_call(library_, "ZSTD_isError", &is_error) && find_call(library_, "ZSTD_getErrorName", &error_name) &&
         find_call(library_, "ZSTD_versionString", &version);
}

ZstdReader::ZstdReader(const LibZstd& library) : library_(library), stream_(library.create()) {
  if (stream_ != nullptr) library_.init(stream_);
}

ZstdReader::~ZstdReader() {
  if (stream_ != nullptr) library_.free(stream_);
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
    const size_t result = library_.decompress(stream_, &to, &from);
    if (library_.is_error(result) != 0) {
      progress.error = library_.error_name(result);
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

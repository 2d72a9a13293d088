// LibZstd: loads libzstd at run time.
#include "libzstd.h"

#include "dynamic_library.h"

namespace wiretally {
namespace {

// Linux and the BSDs, then macOS.
constexpr const char* kZstdNames[] = {"libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", nullptr};

}  // namespace

const LibZstd* LibZstd::installed() {
  static const std::unique_ptr<LibZstd> kLibrary = load(kZstdNames);
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

}  // namespace wiretally

// LibZstd: the few calls of libzstd that unpack a stream, found at run time so that nothing needs it to be installed.
#pragma once

#include <memory>

#include "zstd_reader.h"

namespace wiretally {

class LibZstd : public ZstdCalls {
 public:
  // The library of this process, null when none is installed. Loaded once.
  static const LibZstd* installed();
  // Loads the first of `names` (null-terminated) that exists and exports all functions.
  static std::unique_ptr<LibZstd> load(const char* const* names);
  ~LibZstd();
  LibZstd(const LibZstd&) = delete;
  LibZstd& operator=(const LibZstd&) = delete;

  const char* (*version)() = nullptr;

 private:
  explicit LibZstd(void* library) : library_(library) {}
  bool find_calls();

  void* library_;
};

}  // namespace wiretally

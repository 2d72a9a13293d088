// FingerprintCache: JA3 and JA4 of hellos that were seen before. A program sends the same lists in each of
// its hellos, GREASE and the name aside; comparing them costs a tenth of hashing them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "client_hello.h"

namespace wiretally {

class FingerprintCache {
 public:
  FingerprintCache();
  ~FingerprintCache();
  FingerprintCache(const FingerprintCache&) = delete;
  FingerprintCache& operator=(const FingerprintCache&) = delete;

  // The same as fingerprint() without the JA3 text.
  void find(const ClientHello& hello, Fingerprint* out);

 private:
  struct Entry;
  std::unique_ptr<Entry[]> entries_;  // made for the first hello
};

}  // namespace wiretally

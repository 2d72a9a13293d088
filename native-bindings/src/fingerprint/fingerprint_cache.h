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

  // The same as fingerprint(); hellos that are found here share one object. `ja3_text` may be null; else it is valid until the
  // next call.
  std::shared_ptr<const Fingerprint> find(const ClientHello& hello, Span* ja3_text = nullptr);

 private:
  struct Entry;
  std::shared_ptr<const Fingerprint> hash(const ClientHello& hello, Span* ja3_text);

  std::unique_ptr<Entry[]> entries_;  // made for the first hello
  std::unique_ptr<char[]> text_;      // Text of the last hello that was hashed, made at its first use.
};

}  // namespace wiretally

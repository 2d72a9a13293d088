// KnownTexts: what JavaScript answered about texts of log cells that come again in each row: addresses and words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

enum class TextKind : uint8_t { kAddress = 1, kTransport = 2, kService = 3, kKind = 4, kRowClass = 5 };

// `flags`: summed_rows.h has them by kind.
struct KnownText {
  uint32_t flags = 0;
  int32_t host = -1;            // number of the host in HostSumColumns; -1: not asked for
  uint32_t hash = 0;            // Hash of the address in that of a connection; for IPv4 the number.
  uint32_t canonical_hash = 0;  // FNV-1a of the address in its canonical form
};

class KnownTexts {
 public:
  // Longer texts are not kept.
  static constexpr size_t kMaxLength = 255;

  // Null for a text that is not known. Valid until the next call of `set`.
  const KnownText* find(TextKind kind, Span text) const;

  // Replaces what was known of the text. Forgets all texts before there are more than kMaxTexts.
  void set(TextKind kind, Span text, const KnownText& known);

  void clear();

 private:
  // Addresses of IPv6 of a large network's day; 4 MB.
  static constexpr size_t kMaxTexts = 65'536;
  static constexpr size_t kFirstPlaces = 64;

  struct Entry {
    uint64_t hash = 0;   // 0: free
    uint32_t start = 0;  // Position in bytes_.
    uint32_t length = 0;
    KnownText known;
  };

  static uint64_t hash_of(TextKind kind, Span text);
  // The entry of the text, or the free one where it belongs.
  size_t place_of(uint64_t hash, Span text) const;
  void grow();

  std::vector<Entry> entries_;  // a power of two, at most half of them taken
  std::vector<uint8_t> bytes_;
  size_t count_ = 0;
};

// The same of addresses of IPv4 by their numbers, each of which has one text. `hash` is the number, and `flags` is never 0.
class KnownIp4 {
 public:
  const KnownText* find(uint32_t number) const;
  void set(const KnownText& known);
  void clear();

 private:
  // Addresses of a large network's day; 8 MB.
  static constexpr size_t kMaxAddresses = 262'144;
  static constexpr size_t kFirstPlaces = 1024;

  size_t place_of(uint32_t number) const;

  std::vector<KnownText> entries_;  // a power of two, at most half of them taken
  size_t count_ = 0;
};

// The address of IPv4 that is written without leading zeros; false for other texts.
bool parse_ip4(Span text, uint32_t* number);

}  // namespace wiretally

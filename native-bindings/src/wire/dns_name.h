// Domain names as they stand in messages: labels and compression pointers (RFC 1035 §3.1, §4.1.4).
#pragma once

#include <cstdint>

#include "cursor.h"

namespace wiretally {

constexpr size_t kMaxDnsName = 255;  // RFC 1035 §2.3.4, length bytes and root included

// A name in lower case with dots between labels, without the dot of the root. Bytes that are not printable, and dots
// and backslashes inside a label, stand as \DDD (RFC 1035 §5.1).
struct DnsName {
  uint16_t length = 0;
  char text[4 * kMaxDnsName];  // a byte takes four characters at most

  bool equals(const char* other, size_t other_length) const {
    return length == other_length && std::memcmp(text, other, length) == 0;
  }
  bool equals(const DnsName& other) const { return equals(other.text, other.length); }
};

// Reads the name at `offset`. Pointers must point backwards, so that they end. `end` (may be null) receives the offset
// behind the name where it stands. False when it is malformed.
bool read_dns_name(Span message, size_t offset, DnsName* name, size_t* end);

// The same without the text: the offset behind the name, 0 when it is malformed. Does not follow pointers.
size_t skip_dns_name(Span message, size_t offset);

}  // namespace wiretally

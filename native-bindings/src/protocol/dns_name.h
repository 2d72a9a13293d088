// Domain names in messages: labels and compression pointers (RFC 1035 §3.1, §4.1.4).
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

constexpr size_t kMaxDnsName = 255;  // RFC 1035 §2.3.4, length bytes and root included
// Maximum pointers in one name. Each label of a compressed name may end in one; messages of real servers have three or
// four, and resolvers stop at ten or more. Without a limit one name could lead through the whole message.
constexpr unsigned kMaxDnsPointers = 32;

// A name in lower case with dots between labels, without the trailing dot. Bytes that are not printable, and dots
// and backslashes inside a label, are written as \DDD (RFC 1035 §5.1).
struct DnsName {
  uint16_t length = 0;
  char text[4 * kMaxDnsName];  // a byte takes four characters at most

  bool equals(const char* other, size_t other_length) const {
    return length == other_length && std::memcmp(text, other, length) == 0;
  }
  bool equals(const DnsName& other) const { return equals(other.text, other.length); }
};

// Reads the name at `offset`. Pointers must point backwards, so that they terminate, and their number is limited. `end`
// (may be null) receives the offset behind the name. Returns false if the name is malformed.
bool read_dns_name(Span message, size_t offset, DnsName* name, size_t* end);

// Reads names from one message, limited to the characters that its bytes can represent: a record of two pointers may name
// five hundred, repeatedly. Returns false beyond the limit; earlier names remain valid.
class DnsNameReader {
 public:
  explicit DnsNameReader(Span message) : message_(message), left_(kLeast + kPerByte * message.size) {}

  bool read(size_t offset, DnsName* name, size_t* end) {
    if (!read_dns_name(message_, offset, name, end) || name->length > left_) return false;
    left_ -= name->length;
    return true;
  }

 private:
  static constexpr size_t kPerByte = 6;   // answers of real servers are below three
  static constexpr size_t kLeast = 4096;  // independent of the size of the message: a few of the longest names

  Span message_;
  size_t left_;
};

// Returns the offset behind a name without reading its text; 0 if the name is malformed. Does not follow pointers.
size_t skip_dns_name(Span message, size_t offset);

}  // namespace wiretally

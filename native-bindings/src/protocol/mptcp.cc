#include "mptcp.h"

#include "../crypto/digest.h"
#include "tcp_options.h"

namespace wiretally {
namespace {

constexpr size_t kFlagsAt = 13;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kTcpAck = 0x10;

constexpr uint8_t kMultipath = 30;
constexpr uint8_t kCapable = 0;
constexpr uint8_t kJoin = 1;
constexpr size_t kKeyBytes = 8;

// The token is the first 32 bits of the hash of a key (RFC 8684 §3.2, RFC 6824 §3.2).
template <typename Digest>
uint32_t token_of(Span key) {
  uint8_t hash[Digest::kBytes];
  Digest digest;
  digest.add(key.data, key.size);
  digest.finish(hash);
  return Cursor(hash, sizeof hash).be32();
}

// Reads the bytes after kind and length (§3.1 and §3.2).
MultipathOption read_option(Span body, bool is_answer) {
  Cursor cursor(body);
  const uint8_t head = cursor.u8();
  const uint8_t subtype = head >> 4;
  cursor.skip(1);  // flags, or the number of an address
  if (subtype == kJoin && !is_answer) {
    const uint32_t token = cursor.be32();
    cursor.skip(4);  // a random number
    if (cursor.ok()) return {token, true};
  }
  if (subtype == kCapable && is_answer) {
    const Span key = cursor.take(kKeyBytes);
    if (cursor.ok()) return {(head & 0x0f) == 0 ? token_of<Sha1>(key) : token_of<Sha256>(key), false};
  }
  return {};
}

}  // namespace

MultipathOption read_multipath(Span segment) {
  const uint8_t flags = segment.size <= kFlagsAt ? uint8_t{0} : segment.data[kFlagsAt];
  if ((flags & kSyn) == 0) return {};
  return read_option(find_tcp_option(segment, kMultipath), (flags & kTcpAck) != 0);
}

}  // namespace wiretally

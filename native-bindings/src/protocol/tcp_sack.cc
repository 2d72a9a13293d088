#include "tcp_sack.h"

namespace wiretally {
namespace {

constexpr size_t kTcpHeader = 20;
constexpr uint8_t kEndOfOptions = 0;
constexpr uint8_t kNoOperation = 1;
constexpr uint8_t kSack = 5;

}  // namespace

SackBlock read_sack(Span segment) {
  if (segment.size < kTcpHeader) return {};
  const size_t header = 4u * (segment.data[12] >> 4);
  if (header <= kTcpHeader || header > segment.size) return {};
  Cursor options(segment.data + kTcpHeader, header - kTcpHeader);
  while (!options.empty()) {
    const uint8_t kind = options.u8();
    if (kind == kEndOfOptions) break;
    if (kind == kNoOperation) continue;
    const uint8_t length = options.u8();
    if (length < 2) break;
    Cursor body(options.take(length - 2u));
    if (!options.ok()) break;
    if (kind != kSack) continue;
    const uint32_t begin = body.be32();
    const uint32_t end = body.be32();
    return body.ok() ? SackBlock{begin, end, true} : SackBlock{};
  }
  return {};
}

}  // namespace wiretally

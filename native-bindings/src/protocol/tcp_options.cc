#include "tcp_options.h"

namespace wiretally {
namespace {

constexpr size_t kTcpHeader = 20;
constexpr uint8_t kEndOfOptions = 0;
constexpr uint8_t kNoOperation = 1;

}  // namespace

Span find_tcp_option(Span segment, uint8_t kind) {
  if (segment.size < kTcpHeader) return {};
  const size_t header = 4u * (segment.data[12] >> 4);
  if (header <= kTcpHeader || header > segment.size) return {};
  Cursor options(segment.data + kTcpHeader, header - kTcpHeader);
  while (!options.empty()) {
    const uint8_t found = options.u8();
    if (found == kEndOfOptions) break;
    if (found == kNoOperation) continue;
    const uint8_t length = options.u8();
    if (length < 2) break;
    const Span body = options.take(length - 2u);
    if (!options.ok()) break;
    if (found == kind) return body;
  }
  return {};
}

}  // namespace wiretally

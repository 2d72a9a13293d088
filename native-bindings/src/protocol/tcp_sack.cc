#include "tcp_sack.h"

#include "tcp_options.h"

namespace wiretally {

SackBlock read_sack(Span segment) {
  constexpr uint8_t kSack = 5;
  Cursor body(find_tcp_option(segment, kSack));
  const uint32_t begin = body.be32();
  const uint32_t end = body.be32();
  return body.ok() ? SackBlock{begin, end, true} : SackBlock{};
}

}  // namespace wiretally

#include "icmp_quote.h"

#include <cstring>

namespace wiretally {
namespace {

constexpr uint8_t kUnreachable4 = 3;
constexpr uint8_t kUnreachable6 = 1;
// The packet used up its hops, as in a loop of routes.
constexpr uint8_t kExceeded4 = 11;
constexpr uint8_t kExceeded6 = 3;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

bool read_quoted_ip4(Cursor* cursor, Endpoints* ends) {
  const uint8_t first = cursor->u8();
  const size_t header = size_t{first & 15u} * 4;
  if ((first >> 4) != 4 || header < 20) return false;
  cursor->skip(8);
  ends->protocol = cursor->u8();
  cursor->skip(2);
  const Span source = cursor->take(4);
  const Span destination = cursor->take(4);
  cursor->skip(header - 20);
  if (!cursor->ok()) return false;
  std::memcpy(ends->source, source.data, 4);
  std::memcpy(ends->destination, destination.data, 4);
  ends->ip_version = 4;
  return true;
}

bool read_quoted_ip6(Cursor* cursor, Endpoints* ends) {
  if ((cursor->u8() >> 4) != 6) return false;
  cursor->skip(5);
  ends->protocol = cursor->u8();
  cursor->skip(1);
  const Span source = cursor->take(16);
  const Span destination = cursor->take(16);
  if (!cursor->ok()) return false;
  std::memcpy(ends->source, source.data, 16);
  std::memcpy(ends->destination, destination.data, 16);
  ends->ip_version = 6;
  return true;
}

}  // namespace

bool read_icmp_quote(Span body, uint8_t ip_version, IcmpQuote* quote) {
  *quote = IcmpQuote{};
  Cursor cursor(body);
  quote->type = cursor.u8();
  quote->code = cursor.u8();
  cursor.skip(6);
  const bool is_error = ip_version == 4 ? quote->type == kUnreachable4 || quote->type == kExceeded4
                                        : quote->type == kUnreachable6 || quote->type == kExceeded6;
  if (!cursor.ok() || !is_error) return false;
  const bool has_header = ip_version == 4 ? read_quoted_ip4(&cursor, &quote->ends)
                                          : read_quoted_ip6(&cursor, &quote->ends);
  if (!has_header || (quote->ends.protocol != kTcp && quote->ends.protocol != kUdp)) return false;
  quote->ends.source_port = cursor.be16();
  quote->ends.destination_port = cursor.be16();
  if (!cursor.ok()) return false;
  quote->sequence = quote->ends.protocol == kTcp ? cursor.be32() : 0;
  return true;
}

}  // namespace wiretally

// One DNS message.
#include <cstdlib>

#include "../../native-bindings/src/protocol/dns.h"
#include "../../native-bindings/src/protocol/dns_need.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  static DnsMessage message;
  parse_dns(Span{data, size}, &message);
  if (message.query.length > sizeof(message.query.text) || message.cnames_length > kMaxDnsCnameBytes) std::abort();
  if (message.a_count > kMaxDnsAddresses || message.aaaa_count > kMaxDnsAddresses) std::abort();
  if (message.ech_ttl_seconds > kMaxDnsTtl || message.min_ttl_seconds > kMaxDnsTtl) std::abort();
  if (!message.carries_ech && message.ech_ttl_seconds != 0) std::abort();
  if (message.a_count + message.aaaa_count == 0 && message.min_ttl_seconds != 0) std::abort();
  const DnsNeed need = need_of(message, Span{data, size});
  if (need.name_bytes > sizeof(message.query.text) || need.text_bytes > size) std::abort();
  return 0;
}

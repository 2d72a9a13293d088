// PPP in GRE as PPTP sends it: version 1 of the header (RFC 2637 §4.1), with payload length and call id in place of the
// key, and an acknowledgement number. For version 0 walk_gre continues with PPP directly.
#include "../walk.h"

namespace wiretally {
namespace {

constexpr uint16_t kKey = 0x2000;
constexpr uint16_t kSequence = 0x1000;
constexpr uint16_t kAcknowledgement = 0x0080;
constexpr uint16_t kPppInGre = 0x880b;

}  // namespace

// A message without a sequence number has no payload: it only acknowledges.
Layer walk_pptp(Walk* walk) {
  if (!walk->has(4)) return walk->lacks(4, Malformed::kTunnelShort);
  const uint16_t flags = walk->view<4>().be16<0>();
  if (walk->view<4>().be16<2>() != kPppInGre) return Layer::kNoPort;
  if ((flags & kKey) == 0) return walk->malformed(Malformed::kTunnelHeader);
  const size_t header = 8u + ((flags & kSequence) != 0 ? 4u : 0u) + ((flags & kAcknowledgement) != 0 ? 4u : 0u);
  if (!walk->has(header)) return walk->lacks(header, Malformed::kTunnelShort);
  const size_t length = walk->view<8>().be16<4>();
  if ((flags & kSequence) == 0) return Layer::kNoPort;
  if (!walk->enter(Encapsulation::kPptp)) return Layer::kMalformed;
  walk->skip(header);
  walk->limit(length);
  return Layer::kPpp;
}

}  // namespace wiretally

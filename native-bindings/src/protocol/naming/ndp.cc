#include "ndp.h"

namespace wiretally {

namespace {

constexpr uint8_t kRouterSolicitation = 133, kRouterAdvertisement = 134, kNeighbourSolicitation = 135,
                  kNeighbourAdvertisement = 136;
constexpr uint8_t kSourceLinkLayer = 1, kTargetLinkLayer = 2;

// Returns the bytes between the ICMPv6 header of four and the options (RFC 4861 §4.1 to §4.4); 0 for other messages.
size_t fixed_bytes(uint8_t type) {
  switch (type) {
    case kRouterSolicitation: return 4;
    case kRouterAdvertisement: return 12;
    case kNeighbourSolicitation:
    case kNeighbourAdvertisement: return 20;
    default: return 0;
  }
}

}  // namespace

bool parse_ndp(Span icmp6, const uint8_t* source, HostObservations* out) {
  out->count = 0;
  Cursor cursor(icmp6);
  const uint8_t type = cursor.u8();
  cursor.skip(3);  // code, checksum
  const size_t fixed = fixed_bytes(type);
  if (!cursor.ok()) return false;
  if (fixed == 0) return true;
  const bool is_advertisement = type == kNeighbourAdvertisement;
  const Span body = cursor.take(fixed);
  if (!cursor.ok()) return false;
  const Span address = is_advertisement ? Span{body.data + 4, 16} : Span{source, 16};
  const uint8_t wanted = is_advertisement ? kTargetLinkLayer : kSourceLinkLayer;
  Span mac;
  while (!cursor.empty()) {
    const uint8_t option = cursor.u8();
    const uint8_t units = cursor.u8();  // Length in units of eight bytes, including this header.
    if (units == 0) return false;       // RFC 4861 §4.6: must be discarded
    const Span value = cursor.take(size_t{8} * units - 2);
    if (!cursor.ok()) return false;
    if (option == wanted && units == 1) mac = value;
  }
  if (mac.size != 6 || !is_usable_mac(mac) || is_zero(address)) return true;
  HostObservation& observation = add_observation(out, ObservationSource::kNdp);
  set_mac(&observation, mac);
  set_address(&observation, address);
  return true;
}

}  // namespace wiretally

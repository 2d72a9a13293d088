#include "arp.h"

namespace wiretally {

namespace {

constexpr uint16_t kArpEthernet = 1;
constexpr uint16_t kProtocolIp4 = 0x0800;

}  // namespace

bool parse_arp(Span body, HostObservations* out) {
  out->count = 0;
  Cursor cursor(body);
  const uint16_t hardware = cursor.be16();
  const uint16_t protocol = cursor.be16();
  const uint8_t hardware_bytes = cursor.u8();
  const uint8_t protocol_bytes = cursor.u8();
  cursor.skip(2);  // operation: requests and replies both name their sender
  if (!cursor.ok()) return false;
  if (hardware != kArpEthernet || protocol != kProtocolIp4) return true;
  if (hardware_bytes != 6 || protocol_bytes != 4) return false;
  const Span mac = cursor.take(6);
  const Span address = cursor.take(4);
  cursor.skip(10);  // the target
  if (!cursor.ok()) return false;
  if (!is_usable_mac(mac) || is_zero(address)) return true;
  HostObservation& observation = add_observation(out, ObservationSource::kArp);
  set_mac(&observation, mac);
  set_address(&observation, address);
  return true;
}

}  // namespace wiretally

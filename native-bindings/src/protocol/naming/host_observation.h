// HostObservation: an address, a MAC and a name that one message of a naming protocol links.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "../../base/cursor.h"
#include "../../base/event.h"

namespace wiretally {

struct HostObservation {
  ObservationSource source = ObservationSource::kArp;
  uint8_t ip_version = 0;    // 0: no address is known
  uint8_t address[16] = {};  // IPv4 in the first four bytes
  bool has_mac = false;
  uint8_t mac[6] = {};
  bool is_relayed = false;     // a relay agent forwarded the message of the client
  uint32_t lease_seconds = 0;  // DHCP, 0 when absent
  uint16_t name_length = 0;    // lower case; 0: no name is known
  char name[256] = {};
};

// HostObservations of one message. An mDNS answer may name several hosts; further ones are dropped.
constexpr size_t kMaxObservations = 16;
struct HostObservations {
  size_t count = 0;
  HostObservation list[kMaxObservations];
};

// Appends an empty observation; above the limit the last one is used again.
inline HostObservation& add_observation(HostObservations* out, ObservationSource source) {
  if (out->count < kMaxObservations) ++out->count;
  HostObservation& observation = out->list[out->count - 1];
  observation = HostObservation{};
  observation.source = source;
  return observation;
}

inline bool is_zero(Span bytes) {
  return std::all_of(bytes.data, bytes.data + bytes.size, [](uint8_t b) { return b == 0; });
}

// Accepts six bytes of one interface: neither zeros nor a group address.
inline bool is_usable_mac(Span mac) { return mac.size == 6 && (mac.data[0] & 1) == 0 && !is_zero(mac); }

inline void set_mac(HostObservation* observation, Span mac) {
  if (!is_usable_mac(mac)) return;
  observation->has_mac = true;
  std::memcpy(observation->mac, mac.data, 6);
}

// Accepts four or sixteen bytes.
inline void set_address(HostObservation* observation, Span address) {
  if (is_zero(address) || (address.size != 4 && address.size != 16)) return;
  observation->ip_version = address.size == 4 ? 4 : 6;
  std::memset(observation->address, 0, sizeof(observation->address));
  std::memcpy(observation->address, address.data, address.size);
}

// Accepts the characters of host names, in lower case; names with control characters or blanks are rejected. Names end at a
// zero byte, which some clients include.
inline void set_name(HostObservation* observation, Span name) {
  size_t size = 0;
  while (size < name.size && name.data[size] != 0) ++size;
  if (size > sizeof(observation->name) - 1) return;
  for (size_t i = 0; i < size; ++i) {
    const uint8_t c = name.data[i];
    if (c <= ' ' || c == 0x7f) return;
    observation->name[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  observation->name_length = static_cast<uint16_t>(size);
}

}  // namespace wiretally

// Sighting: an address, a MAC and a name that one message of a naming protocol says belong together.
#pragma once

#include <cstdint>
#include <cstring>

#include "../event.h"
#include "cursor.h"

namespace wiretally {

struct Sighting {
  SightingSource source = SightingSource::kArp;
  uint8_t ip_version = 0;      // 0: no address is known
  uint8_t address[16] = {};    // IPv4 in the first four bytes
  bool has_mac = false;
  uint8_t mac[6] = {};
  uint32_t lease_seconds = 0;  // DHCP, 0 when not said
  uint16_t name_length = 0;    // lower case; 0: no name is known
  char name[256] = {};
};

// Sightings of one message. An mDNS answer may name several hosts; what is above the ceiling is left out.
constexpr size_t kMaxSightings = 16;
struct Sightings {
  size_t count = 0;
  Sighting list[kMaxSightings];
};

}  // namespace wiretally

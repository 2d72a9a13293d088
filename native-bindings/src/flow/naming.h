// Records of the naming protocols: DNS messages, and sightings that join an address, a MAC and a name.
#pragma once

#include <cstdint>

#include "../wire/dns.h"
#include "../wire/packet.h"
#include "../wire/sighting.h"
#include "interest.h"
#include "tracker.h"

namespace wiretally {

// `vlan`: innermost tag of the packet, 0 without one.
void emit_sighting(const Sighting& sighting, int64_t ts_ns, uint16_t vlan, EventSink* sink);
void emit_sightings(const Sightings& sightings, int64_t ts_ns, uint16_t vlan, EventSink* sink);

// Whether a DNS message leaves native code: answers when all are wanted, else questions and answers in which a name of
// interest occurs, as the name asked or in the chain of canonical names.
bool dns_matters(const DnsMessage& message, TrackerOptions::Dns wanted, const InterestSet* interest);

void emit_dns(const DnsMessage& message, const Packet& packet, EventSink* sink);

}  // namespace wiretally

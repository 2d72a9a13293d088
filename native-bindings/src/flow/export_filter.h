// Export filter: selects slices of flows that leave native code as records; the others are added to the totals of their
// host. It decides like is_unwatched of collector/tracked_flow.h, except for slices that are partly unobserved: if they
// are otherwise irrelevant, their kinds are summed here.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "../base/cursor.h"
#include "../base/event.h"
#include "../base/watchlist.h"
#include "../packet/network_list.h"
#include "../packet/packet.h"
#include "dns_addresses.h"

namespace wiretally {

// Created once when a decoder is opened, and shared by its workers.
struct ExportFilter {
  NetworkList local;                           // totals are of its hosts
  NetworkList noted;                           // flows to servers in here are exported
  std::shared_ptr<const Watchlist> watchlist;  // ciphers of runtimes
  std::shared_ptr<const Watchlist> names;      // names whose flows are exported
  std::shared_ptr<DnsAddresses> answered = std::make_shared<DnsAddresses>();
  // Addresses in any DNS answer, whose names were therefore looked up.
  std::shared_ptr<DnsAddresses> named = std::make_shared<DnsAddresses>();
  // Addresses in answers for gateways of Wi-Fi calling.
  std::shared_ptr<DnsAddresses> calling = std::make_shared<DnsAddresses>();

  // True for a tunnel of a local host to the outside: the host writes the headers in it, and nothing in it stays
  // inside.
  bool leaves_in_tunnel(const Endpoints& outer) const {
    return outer.ip_version != 0 && local.touches(outer) &&
           !local.is_internal(outer.source, outer.destination, outer.ip_version);
  }
  // True for a packet in such a tunnel without one of the tunnel's own addresses: a router forwards it, or the host
  // assigned another address.
  bool has_other_host(const Packet& packet) const {
    if (packet.tunnel_depth == 0 || !leaves_in_tunnel(packet.outer)) return false;
    const Endpoints& outer = packet.outer;
    const uint8_t* host = local.contains(outer.source, outer.ip_version) ? outer.source : outer.destination;
    const auto is_host = [&](const uint8_t* address) { return std::memcmp(address, host, sizeof outer.source) == 0; };
    return outer.ip_version != packet.ends.ip_version ||
           (!is_host(packet.ends.source) && !is_host(packet.ends.destination));
  }
};

// Returns the blind spots of a slice that is not exported: NotVisibleKinds, like find_unseen_parts of collector/unseen.h.
uint16_t not_visible_kinds(const FlowRecord& record);

// `record`: filled by the tracker and the flow table; `sni`: its first tail. `now_ns`: time of the packet that ends the
// slice, or the latest possible time at the end of the input. `traffic_class`: class of the slice; hidden ones are
// exported.
bool must_export(const ExportFilter& rules, const FlowRecord& record, TrafficClass traffic_class, Span sni,
                 int64_t now_ns);

// LookFlags bits that depend on addresses.
uint8_t look_of_ends(const ExportFilter& rules, const FlowRecord& record, Span sni);

}  // namespace wiretally

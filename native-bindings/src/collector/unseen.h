// Finds the kinds of unobserved traffic in one slice of a flow. flow/export_filter.cc makes the same decision for
// slices that are not exported as records.
#pragma once

#include "batch.h"
#include "flow.h"
#include "host.h"
#include "names.h"

namespace wiretally {

// Maximum time until a hello: a few round trips after the first packet; with STARTTLS, after the following packets.
constexpr int64_t kGreetingUs = 10 * kSecondUs;

// True for datagrams through a SOCKS proxy: each may have another target, and the record has one.
bool relays_datagrams(const Flow& flow);

// True for ports of DNS, DHCP, NTP, mDNS and similar, which transport no model calls.
bool is_host_discovery_port(uint16_t port);

// True for the first slice of a TCP flow with one direction only. It contains the handshake; a later one may be silent
// in one direction.
bool is_one_way(const Flow& flow);
// True for a slice with packets in one direction. It is hidden if the flow has been so from its first slice on.
bool may_see_half(const Flow& flow);
// True if the flow had no time to send its hello before its first window ended.
bool may_still_greet(const Flow& flow);
// True if its name is that of a relay, which hides the real one.
bool hides_name(const Flow& flow, const Names& names);

// Returns the reason why a slice of class kHidden is hidden.
Unseen hidden_kind_of(const Flow& flow, const Names& names);

// Returns the kind for one of the NotVisibleKinds of event.h, by its number; `hint`: hint of the flows.
Unseen counted_kind(unsigned number, AppHint hint);

struct UnseenPart {
  Unseen kind;
  uint64_t bytes;
};

// Finds the kinds of the slice, at most kMaxParts. kRelay and kCloud need more than one slice. Returns their number.
constexpr size_t kMaxUnseenParts = 9;
size_t unseen_parts_of(const Flow& flow, const Names& names, UnseenPart parts[kMaxUnseenParts]);

// True if one of the parts includes all bytes of the slice.
bool has_whole_part(const Flow& flow, const Names& names);

// True if nothing of it is unobserved, whatever else its record contains.
bool is_plainly_seen(const Flow& flow, const Names& names);

}  // namespace wiretally

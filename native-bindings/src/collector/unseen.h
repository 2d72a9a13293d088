// Kinds of unobserved traffic that one slice of a flow shows. The totals of hosts decide the same in
// flow/export_filter.cc, of slices that do not leave as records.
#pragma once

#include "batch.h"
#include "flow.h"
#include "host.h"
#include "names.h"

namespace wiretally {

// Hellos arrive within a few round trips of the first packet; with STARTTLS, of the following packets.
constexpr int64_t kGreetingUs = 10 * kSecondUs;

// DNS, DHCP, NTP, mDNS and the like carry no model calls.
bool is_host_discovery_port(uint16_t port);

// The first slice of TCP flows that went one way: it holds the handshake, and a later one may well be silent one way.
bool is_one_way(const Flow& flow);
// A slice with packets one way only; it is dark when the flow has been so from its first slice on.
bool may_see_half(const Flow& flow);
// It had no time yet to send its hello when its first window ended.
bool may_still_greet(const Flow& flow);
// Its name is that of a relay which hides the real one.
bool hides_name(const Flow& flow, const Names& names);

// Why a slice whose class is kHidden is hidden.
Unseen hidden_kind_of(const Flow& flow, const Names& names);

// The kind of one of the NotVisibleKinds of event.h, by its number; `hint`: of the flows.
Unseen counted_kind(unsigned number, AppHint hint);

struct UnseenPart {
  Unseen kind;
  uint64_t bytes;
};

// Kinds that the slice shows, at most kMaxParts; kRelay and kCloud need more than one slice. Returns their number.
constexpr size_t kMaxUnseenParts = 9;
size_t unseen_parts_of(const Flow& flow, const Names& names, UnseenPart parts[kMaxUnseenParts]);

// One of the parts stands for all bytes of the slice.
bool has_whole_part(const Flow& flow, const Names& names);

// Nothing of it is unobserved, whatever else its record contains.
bool is_plainly_seen(const Flow& flow, const Names& names);

}  // namespace wiretally

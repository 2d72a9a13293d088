// Finds the kinds of unobserved traffic in one slice of a flow. flow/export_filter.cc makes the same decision for
// slices that are not exported as records.
#pragma once

#include "batch.h"
#include "flow.h"
#include "host.h"
#include "names.h"

namespace wiretally {

// Maximum time from the first packet to the hello: a few round trips; with STARTTLS, also the packets before TLS.
constexpr int64_t kMaxHelloDelayUs = 10 * kSecondUs;

// True for datagrams through a SOCKS proxy: each may have another target, and the record has one.
bool relays_datagrams(const Flow& flow);

// True for ports of DNS, DHCP, NTP, mDNS and similar, which carry no model requests.
bool is_host_discovery_port(uint16_t port);

// True for the first slice of a TCP flow with one direction only. It contains the handshake; a later one may be silent
// in one direction.
bool is_one_way(const Flow& flow);
// True for a slice with packets in one direction only. Its flow is one-way if this is true for all earlier slices too.
bool may_be_one_way(const Flow& flow);
// True if the flow had no time to send its hello before its first window ended.
bool may_send_hello_later(const Flow& flow);
// True if the name of the flow is that of a relay, which hides the name of the real server.
bool hides_name(const Flow& flow, const Names& names);

// Returns the reason why a slice of class kHidden is hidden.
Unseen find_hidden_kind(const Flow& flow, const Names& names);

// Converts a NotVisibleKinds number of event.h. `hint`: application hint of the counted flows.
Unseen counted_kind(unsigned number, AppHint hint);

struct UnseenPart {
  Unseen kind;
  uint64_t bytes;
};

// Finds the kinds of unobserved traffic in the slice and returns their number. kRelay and kCloud need more than one
// slice, so they are not among them.
constexpr size_t kMaxUnseenParts = 9;
size_t find_unseen_parts(const Flow& flow, const Names& names, UnseenPart parts[kMaxUnseenParts]);

// True if one of the parts includes all bytes of the slice.
bool has_whole_part(const Flow& flow, const Names& names);

// True if no byte of the slice is unobserved.
bool is_fully_observed(const Flow& flow, const Names& names);

}  // namespace wiretally

// TrackedFlow: a flow that may match: its name, and its slices and exchanges until the name is known.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "dns_map.h"
#include "duplicate_flows.h"
#include "names.h"
#include "row.h"
#include "unseen.h"

namespace wiretally {

struct TrackedFlow;
using TrackedPtr = std::shared_ptr<TrackedFlow>;

struct TrackedFlow : CountedFlow {
  uint64_t flow_id = 0;
  // The newest slice, whose flags and names contain everything known about the flow so far.
  FlowPtr latest;
  IdentityPtr identity;  // null: not known
  // True for names that are not in the catalogue.
  bool is_relay = false;
  bool is_copy_reported = false;
  // The flow has ended, so that no more slices follow.
  bool is_over = false;
  // Relation of the hello to equal hellos of other flows; absent until requested.
  std::optional<SameHello> same_hello;
  std::vector<FlowPtr> slices;
  std::vector<Exchange> exchanges;
  // Positions in the queues of the collector that contain it.
  std::optional<std::list<TrackedPtr>::iterator> ready;
  std::optional<std::list<TrackedPtr>::iterator> closed;
};

// Sources of names.
struct NameSources {
  Names* names;
  const DnsMap* dns;
};

// True if the flow has a name or may get one; false: it matches nothing.
bool may_matter(const Flow& flow, const NameSources& sources);
// True if it may still send a hello. Its later slices repeat everything that is known.
bool is_unknown_yet(const Flow& flow, const NameSources& sources);
// True if only totals can include it.
bool is_unwatched(const Flow& flow, const NameSources& sources);

// These functions return null if the flow has no such name. This one finds the catalogued name in the flow itself,
// which needs no other record and is final.
IdentityPtr own_identity(const Flow& flow, Names* names);
// Finds the listed name in a hello that contradicts the first one. It is not visible which of the two is a decoy.
IdentityPtr other_identity(const Flow& flow, Names* names);
// Finds the name from DNS answers or the owner of the address, for a flow without a name.
IdentityPtr address_identity(const Flow& flow, const NameSources& sources);
// Returns the server that the client asked a proxy for by its address; absent if it asked by name, or if there is no proxy.
std::optional<Address> proxied_address(const Flow& flow);
// Finds the name of a flow from an AI tool to an unlisted destination.
IdentityPtr relay_identity(const Flow& flow, const std::vector<Exchange>& exchanges, Names* names);
// True for a request with its context and an answer like that of a model.
bool is_relayed_call(const Exchange& exchange);
// Returns the name in the flow, listed or not; never null.
IdentityPtr unlisted_identity(const Flow& flow);

bool is_ai_runtime(const Flow& flow, Names* names);

}  // namespace wiretally

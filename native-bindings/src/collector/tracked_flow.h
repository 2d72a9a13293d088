// TrackedFlow: a flow that may matter: its name, and its slices and exchanges until the name is known.
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
  // The newest slice: its flags and names contain all that is known of the flow so far.
  FlowPtr latest;
  IdentityPtr identity;  // null: not known
  // True for names that are not in the catalogue.
  bool is_relay = false;
  bool is_copy_reported = false;
  // The flow has ended: no more slices follow.
  bool is_over = false;
  // Relation of the hello to equal hellos of other flows; none until requested.
  std::optional<SameHello> same_hello;
  std::vector<FlowPtr> slices;
  std::vector<Exchange> exchanges;
  // Places in the queues of the collector, where it is in them.
  std::optional<std::list<TrackedPtr>::iterator> ready;
  std::optional<std::list<TrackedPtr>::iterator> closed;
};

// Names of flows come from these.
struct NameSources {
  Names* names;
  const DnsMap* dns;
};

// The flow has a name or may get one; false: it matches nothing.
bool may_matter(const Flow& flow, const NameSources& sources);
// It may still send a hello, and its later slices repeat all that is known.
bool is_unknown_yet(const Flow& flow, const NameSources& sources);
// Nothing but totals can come of it.
bool is_unwatched(const Flow& flow, const NameSources& sources);

// Each is null where the flow has no such name.
// The catalogued name in the flow itself. Needs no other record, and is final.
IdentityPtr own_identity(const Flow& flow, Names* names);
// The listed name in a hello that contradicts the first one: one of the two is a decoy, which cannot be seen.
IdentityPtr other_identity(const Flow& flow, Names* names);
// Name from DNS answers or the owner of the address, for a flow without a name.
IdentityPtr address_identity(const Flow& flow, const NameSources& sources);
// Name of a flow to an unlisted destination of an AI tool.
IdentityPtr relay_identity(const Flow& flow, const std::vector<Exchange>& exchanges, Names* names);
// A request with its context and an answer, as of a model.
bool is_relayed_call(const Exchange& exchange);
// Name in the flow, listed or not; never null.
IdentityPtr unlisted_identity(const Flow& flow);

bool is_ai_runtime(const Flow& flow, Names* names);

}  // namespace wiretally

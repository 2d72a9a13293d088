// Tracker: payload analysis of flows. It reassembles ClientHellos (TCP, QUIC, DTLS), follows proxies and
// upgrades to the hello after them, splits watched flows into exchanges, and reads DNS, DHCP and the other naming
// protocols. The flow table owns counters and lifetime; the tracker owns bounded pools of payload state and never
// allocates per packet. One Tracker per worker; nothing is shared.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/counters.h"
#include "../base/event.h"
#include "../base/event_sink.h"
#include "../base/flow_shards.h"
#include "../packet/network_list.h"
#include "../packet/packet.h"

namespace wiretally {

// Names, ciphers and product tokens that make a flow matter; compiled once at open, shared read-only by workers.
class Watchlist;

struct TrackerOptions {
  bool emit_hellos = false;
  uint32_t first_hellos = 0;  // maximum number of hellos to watched names that are emitted without emit_hellos
  bool emit_exchanges = false;
  bool emit_observations = false;
  bool emit_services = false;
  bool emit_outcomes = false;
  bool checks_form = false;  // for the account of traffic: flows keep the form of their protocol
  enum class Dns : uint8_t { kNone, kWatchlist, kAll } dns = Dns::kNone;
  // Limits of the whole analysis, of which each shard has its part.
  uint32_t max_tracked = 65536;               // flows with payload state
  size_t assembly_bytes = 24u * 1024 * 1024;  // payload kept until a hello is whole
  FlowShards shards;
  // Networks whose hosts no message may name; null: none.
  std::shared_ptr<const NetworkList> exclusion;
};

// A TrackId is the handle of the payload state of one flow; 0 is none.
using TrackId = uint32_t;

struct TrackResult {
  TrackId id = 0;                            // state to pass with the flow's next packet
  bool done = false;                         // no further packet of this flow is needed until a new SYN
  bool hello_sender_is_source = false;       // a hello was completed: its sender is this packet's source: the client
  bool hello_sender_is_destination = false;  // the same of a segment of the other side that had to wait for this one
  bool hello_found = false;
  bool payload_only = false;  // packets with neither payload nor SYN, FIN or RST are not needed until further notice
  bool contradicted = false;  // kFlowContradicted, also of a flow of which nothing else is kept
  bool restart = false;       // (QUIC) the packet opened a new connection on the same 5-tuple
};

struct TrackerStats {
  uint64_t hellos_complete = 0;
  uint64_t hellos_incomplete = 0;
  uint64_t assemblies_evicted = 0;
};

class Tracker {
 public:
  Tracker(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, Counters* counters);
  ~Tracker();
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // Processes one packet of a flow that is not done. `from_client` is the belief of the flow table; `flow_id` is for
  // records. Called in packet order per flow, also for TCP packets without payload while `id` is not 0 (FIN, RST, SYN,
  // ACK matter to exchanges and to where a hello begins). Cheap when there is nothing to do: the usual answer for a
  // flow that is neither TLS nor watched is done = true after its first payload packets.
  // `first_sequence`: number of the client's first payload byte when its SYN was seen, else null; read while `id` is 0.
  // Without it the first payload of a TCP flow is stored for a while, as an earlier piece may follow.
  TrackResult on_packet(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                        const uint32_t* first_sequence = nullptr);

  // Prefetches the state of a flow, in three steps some tens of nanoseconds apart, before on_packet.
  void prefetch_flow(TrackId id) const;
  void prefetch_state(TrackId id) const;
  void prefetch_pieces(TrackId id) const;
  // Prefetches the stored hello for describe, after prefetch_flow.
  void prefetch_hello(TrackId id) const;

  // Returns the server name of the flow's hello, or the host of its proxy's target; empty without one. It is valid
  // until the next call.
  Span name_of(TrackId id, bool* is_proxied) const;

  // Returns the ID of a flow whose client closed or reset it after bytes of which none were captured; 0 if there are no
  // such bytes, or implausibly many.
  static TrackId id_of_missing(uint32_t bytes);
  // Returns the number of those bytes; 0 for another ID.
  static uint32_t missing_of(TrackId id);

  // True if more is known of a flow than a guess from its first bytes.
  bool knows(TrackId id) const;

  // True for QUIC whose hello was read, and nothing that follows an answer.
  bool is_quic_silent(TrackId id) const;

  // Ends the flow: pending bytes will not be completed. Call it before the last slice is described, because bytes may
  // turn out to be lost. Returns true if some are in no slice yet.
  bool conclude(TrackId id, uint64_t flow_id);

  // Describes a slice that is about to be emitted: adds hello, names, proxy, hints and lost bytes to `record` and
  // returns the tails in the order of FlowRecord (views valid until the next call). `id` may be 0.
  void describe(TrackId id, FlowRecord* record, Span (&tails)[kFlowTails]);

  // Emits the current exchange of the flow if it was answered and has been silent since `silent_ns`.
  void settle_exchange(TrackId id, uint64_t flow_id, int64_t silent_ns);

  // Releases an ended flow: an open exchange is emitted, an incomplete hello is counted, and the state is freed.
  void release(TrackId id, uint64_t flow_id);

  const TrackerStats& stats() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace wiretally

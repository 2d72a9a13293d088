// HelloStore parses, fingerprints and emits ClientHellos of handshake messages, and retains them for the records of
// their flows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../base/event_sink.h"
#include "../base/watchlist.h"
#include "../fingerprint/client_hello.h"
#include "../fingerprint/fingerprint_cache.h"
#include "../io/slot_pool.h"
#include "../packet/packet.h"
#include "flow_facts.h"
#include "tracker.h"

namespace wiretally {

class HelloStore {
 public:
  HelloStore(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, TrackerStats* stats);
  HelloStore(const HelloStore&) = delete;
  HelloStore& operator=(const HelloStore&) = delete;

  // Reads one message; returns null if it is not a ClientHello. The result is valid until the next call.
  const ClientHello* read(Span message, HelloProtocol protocol);

  // Counts, stores and emits a hello that was read from `message`; the first hello of a flow describes the flow.
  void add(const ClientHello& hello, Span message, FlowFacts* flow, uint64_t flow_id, uint32_t segments, bool is_retry,
           const Packet& packet);

  // Adds a second hello that cannot belong to the same connection: its name is stored with that of the first one.
  static void note_other(const ClientHello& hello, FlowFacts* flow);

  // Ends the flow.
  void give_back(FlowFacts* flow);

 private:
  // The maximum bytes of stored hellos in all shards. A hello beyond the share of its shard keeps its fingerprint and
  // loses its name in FlowRecords.
  static constexpr size_t kMaxMemory = 64u << 20;

  // Nearly all hellos with their texts fit into this memory. It uses huge pages, because 300 000 hellos would otherwise
  // cost 6 000 page faults.
  union alignas(KeptHello) Slot {
    uint8_t bytes[128];
    Slot* next_free;
  };

  KeptHello* keep(const ClientHello& hello, uint8_t shard);
  // Null if the system refuses the memory.
  void* take_memory(size_t bytes);
  void give_back_memory(void* memory, size_t bytes);

  const bool emits_hellos_;
  uint32_t first_hellos_left_;
  const Watchlist* const watchlist_;
  EventSink* const sink_;
  TrackerStats* const stats_;
  const FlowShards of_worker_;
  std::vector<size_t> memory_;  // Bytes of each shard.
  std::unique_ptr<ClientHello> parsed_;
  FingerprintCache prints_;
  SlotPool<Slot> slots_;
  Slot* free_ = nullptr;
};

// Returns 64 bits of a ClientHello.random, the same in every worker and run; never 0.
uint64_t random_hash(const uint8_t (&random)[32]);
// Returns the same value for a whole handshake message.
uint64_t message_hash(Span message);
uint32_t text_hash(Span text);

}  // namespace wiretally

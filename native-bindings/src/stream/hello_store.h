// HelloStore: parses, fingerprints and emits ClientHellos of handshake messages, and retains them for the records of their
// flows.
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

  // Reads one message; null when it is no ClientHello. Valid until the next call.
  const ClientHello* read(Span message, HelloProtocol protocol);

  // Counts, keeps and emits a hello, read from `message`; the first of a flow describes it.
  void add(const ClientHello& hello, Span message, FlowFacts* flow, uint64_t flow_id, uint32_t segments, bool is_retry,
           const Packet& packet);

  // A second hello of a flow that cannot belong to the same connection: its name is stored with the first one's.
  static void note_other(const ClientHello& hello, FlowFacts* flow);

  // The flow is over.
  void give_back(FlowFacts* flow);

 private:
  // Bytes of stored hellos in all shards; beyond its part of it a hello keeps its fingerprint and loses its name in
  // FlowRecords.
  static constexpr size_t kMaxMemory = 64u << 20;

  // Memory of a hello with its texts, which nearly all fit into: in huge pages, where 300 000 of them alone would cost
  // 6 000 page faults.
  union alignas(KeptHello) Slot {
    uint8_t bytes[128];
    Slot* next_free;
  };

  KeptHello* keep(const ClientHello& hello, uint8_t shard);
  // Null when the system refuses it.
  void* take_memory(size_t bytes);
  void give_back_memory(void* memory, size_t bytes);

  const bool emits_hellos_;
  uint32_t first_hellos_left_;
  const Watchlist* const watchlist_;
  EventSink* const sink_;
  TrackerStats* const stats_;
  const FlowShards of_worker_;
  std::vector<size_t> memory_;  // by shard
  std::unique_ptr<ClientHello> parsed_;
  FingerprintCache prints_;
  SlotPool<Slot> slots_;
  Slot* free_ = nullptr;
};

// 64 bits of a ClientHello.random, the same in every worker and run; never 0.
uint64_t random_hash(const uint8_t (&random)[32]);
// The same of a whole handshake message.
uint64_t message_hash(Span message);
uint32_t text_hash(Span text);

}  // namespace wiretally

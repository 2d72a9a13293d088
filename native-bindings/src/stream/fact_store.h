// FactStore has the slots that a TrackId references. There are never more slots than flows in the table.
#pragma once

#include "../io/slot_pool.h"
#include "flow_facts.h"
#include "hello_store.h"
#include "tracker.h"

namespace wiretally {

class FactStore {
 public:
  explicit FactStore(HelloStore* hellos) : hellos_(hellos) {}
  ~FactStore() {
    for (TrackId id = 1; id <= used(); ++id) hellos_->give_back(&slot(id));
  }
  FactStore(const FactStore&) = delete;
  FactStore& operator=(const FactStore&) = delete;

  // A flow that has only a hint needs no slot, because the ID contains the hint.
  static TrackId id_of_hint(AppHint hint) { return kHintBit | static_cast<TrackId>(hint); }
  static bool is_hint(TrackId id) { return (id & kHintBit) != 0; }
  static uint8_t hint_of(TrackId id) { return static_cast<uint8_t>(id & ~kHintBit); }

  // A flow without captured payload needs no slot either: its ID contains the bytes that the client sent, by the
  // sequence number at its end.
  static TrackId id_of_missing(uint32_t bytes) { return kMissingBit | bytes; }
  static uint32_t missing_of(TrackId id) {
    return (id & (kHintBit | kMissingBit)) == kMissingBit ? id & ~kMissingBit : 0;
  }

  // Returns the slot of an ID, in use or not; null if the ID has none.
  FlowFacts* slot_of(TrackId id) { return id == 0 || id > used() ? nullptr : &slot(id); }
  // Returns the slot of an ID if it is in use.
  FlowFacts* find(TrackId id) {
    FlowFacts* flow = slot_of(id);
    return flow != nullptr && flow->is_used ? flow : nullptr;
  }

  FlowFacts* take(TrackId* id);
  void give_back(TrackId id);

 private:
  static constexpr TrackId kHintBit = 1u << 31, kMissingBit = 1u << 30;

  TrackId used() const { return static_cast<TrackId>(slots_.size()); }
  FlowFacts& slot(TrackId id) { return slots_[id - 1]; }

  HelloStore* const hellos_;
  SlotPool<FlowFacts> slots_;  // slots that were ever in use; tracks refer to them
  TrackId free_ = 0;
};

}  // namespace wiretally

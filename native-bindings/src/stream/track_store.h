// TrackStore: memory of payload state: tracks by age in a fixed array, payload that waits in a fixed pool. Whoever is
// oldest gives up first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "fact_store.h"
#include "hello_assembly.h"
#include "segment.h"
#include "stream_pool.h"
#include "track.h"
#include "tracker.h"

namespace wiretally {

class TrackStore {
 public:
  // `on_evict` is told of a track that is about to be given up for another one.
  TrackStore(const TrackerOptions& options, TrackerStats* stats, FactStore* facts,
             std::function<void(Track*)> on_evict);
  ~TrackStore();
  TrackStore(const TrackStore&) = delete;
  TrackStore& operator=(const TrackStore&) = delete;

  Track* of(const FlowFacts& flow) { return flow.track == 0 ? nullptr : at(flow.track); }
  Track* take(TrackId* id, uint64_t flow_id);  // makes facts too when *id is 0
  void give_back(Track* track);                // the facts stay
  // When the flow is done, its payload state goes; what it taught stays, and a hint alone needs no slot.
  void settle(Track* track, TrackResult* result);

  // Cuts the flow into exchanges from now on; such flows give up last.
  ExchangeCutter* follow(Track* track, ExchangeUnit unit, bool offers_http2);

  // Payload that waits, by side. False when there is no room for it.
  // Keeps bytes of a hello: as they came first, or as they came again. False without room.
  bool copy_hello(Track* track, bool is_other, const Segment& segment);
  void drop_hello_copy(Track* track);
  bool hold_piece(Track* track, unsigned side, const Segment& segment, bool joins);
  bool hold_ahead(Track* track, unsigned side, const Segment& segment, uint32_t acknowledgement);
  void clear_pieces(Track* track, unsigned side) { pool_.clear(&track->sides[side].pieces_); }
  void drop_pieces(Track* track, unsigned side, uint32_t before) {
    pool_.drop_before(&track->sides[side].pieces_, before);
  }
  void drop_ahead(Track* track, unsigned side, uint32_t before) {
    pool_.drop_before(&track->sides[side].ahead_, before);
  }
  void unhold_when_empty(Track* track);  // no payload of it waits
  // The chunks that wait first; only when there are some.
  const StreamChunk& first_piece(const StreamSide& side) const { return pool_.chunk(side.pieces_.head); }
  const StreamChunk& first_ahead(const StreamSide& side) const { return pool_.chunk(side.ahead_.head); }
  const StreamPool& pool() const { return pool_; }

  // QUIC and DTLS handshakes: how many there are, and their memory, which may make the oldest give up, this one too.
  void hold_datagrams(Track* track) { hold(track, HoldList::kDatagram); }
  void weigh_datagrams(Track* track);

  // Asks for the memory of a track, and for that of its payload.
  void prefetch(const FlowFacts& flow) const;
  void prefetch_pieces(const FlowFacts& flow) const;

 private:
  // QUIC and DTLS handshakes kept at once.
  static constexpr size_t kMaxDatagramHolds = 8192;
  using HoldList = TrackPlace::HoldList;
  using Links = TrackPlace::Links;

  struct ListHead {
    uint32_t first = 0;
    uint32_t last = 0;
    size_t count = 0;
  };
  Track* at(uint32_t index) { return reinterpret_cast<Track*>(memory_.get()) + index; }
  const Track* at(uint32_t index) const { return reinterpret_cast<const Track*>(memory_.get()) + index; }
  uint32_t index_of(const Track& track) const { return static_cast<uint32_t>(&track - at(0)); }
  void link(ListHead* head, uint32_t index, Links TrackPlace::*links);
  void unlink(ListHead* head, uint32_t index, Links TrackPlace::*links);

  ListHead& list(HoldList hold_list) { return holds_[static_cast<size_t>(hold_list)]; }
  void hold(Track* track, HoldList hold_list);
  void unhold(Track* track);
  void evict_hold(HoldList hold_list);
  void make_chunks(const Track& track, size_t count);
  void drop_payload(Track* track);

  TrackerStats* const stats_;
  FactStore* const facts_;
  const std::function<void(Track*)> on_evict_;
  const size_t max_datagram_bytes_;
  const size_t capacity_;
  size_t used_ = 1;  // slot 0 means "none"
  uint32_t free_head_ = 0;
  std::unique_ptr<std::byte[]> memory_;  // Tracks, constructed when first used
  ListHead watched_;                     // tracks in use, oldest first
  ListHead followed_;                    // those that are cut into exchanges
  ListHead holds_[3];
  size_t datagram_memory_ = 0;
  StreamPool pool_;
};

}  // namespace wiretally

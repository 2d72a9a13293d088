// TrackStore: memory of payload state: tracks by age in a fixed array, pending payload in a fixed pool. Each shard of flows
// has its part of both, and evicts its oldest track first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "fact_store.h"
#include "hello_assembly.h"
#include "segment.h"
#include "stream_pool.h"
#include "track.h"
#include "tracker.h"

namespace wiretally {

class TrackStore {
 public:
  // `on_evict` is called for a track before its eviction.
  TrackStore(const TrackerOptions& options, TrackerStats* stats, FactStore* facts,
             std::function<void(Track*)> on_evict);
  ~TrackStore();
  TrackStore(const TrackStore&) = delete;
  TrackStore& operator=(const TrackStore&) = delete;

  Track* of(const FlowFacts& flow) { return flow.track == 0 ? nullptr : at(flow.track); }
  Track* take(TrackId* id, uint64_t flow_id);  // creates facts too if *id is 0
  void give_back(Track* track);                // the facts remain
  // When the flow is done, its payload state is freed; its facts remain, and a hint needs no slot.
  void settle(Track* track, TrackResult* result);

  // Divides the flow into exchanges from now on; such flows are evicted last.
  ExchangeCutter* follow(Track* track, ExchangeUnit unit, bool offers_http2);

  // Pending payload, by side. False when the pool is full.
  // Stores bytes of a hello: the first copy, or the retransmitted one. False when the pool is full.
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
  void unhold_when_empty(Track* track);  // call it if no payload of the track waits
  // Returns the chunks that wait first; valid only if there are some.
  const StreamChunk& first_piece(const StreamSide& side) const { return pool_.chunk(side.pieces_.head); }
  const StreamChunk& first_ahead(const StreamSide& side) const { return pool_.chunk(side.ahead_.head); }
  const StreamPool& pool() const { return pool_; }

  // QUIC and DTLS handshakes: their number and memory; a new one may evict the oldest, including this one.
  void hold_datagrams(Track* track) { hold(track, HoldList::kDatagram); }
  void weigh_datagrams(Track* track);

  // Prefetches the memory of a track, and of its payload.
  void prefetch(const FlowFacts& flow) const;
  void prefetch_pieces(const FlowFacts& flow) const;

 private:
  // The maximum number of QUIC and DTLS handshakes, in all shards.
  static constexpr size_t kMaxDatagramHolds = 8192;
  using HoldList = TrackPlace::HoldList;
  using Links = TrackPlace::Links;

  struct ListHead {
    uint32_t first = 0;
    uint32_t last = 0;
    size_t count = 0;
  };
  struct Shard {
    ListHead watched;   // tracks in use, oldest first
    ListHead followed;  // those that are cut into exchanges
    ListHead holds[3];
    size_t datagram_memory = 0;
  };
  Track* at(uint32_t index) { return reinterpret_cast<Track*>(memory_.get()) + index; }
  const Track* at(uint32_t index) const { return reinterpret_cast<const Track*>(memory_.get()) + index; }
  uint32_t index_of(const Track& track) const { return static_cast<uint32_t>(&track - at(0)); }
  void link(ListHead* head, uint32_t index, Links TrackPlace::*links);
  void unlink(ListHead* head, uint32_t index, Links TrackPlace::*links);

  Shard& shard_of(const Track& track) { return shards_[track.place.shard_]; }
  static ListHead& list(Shard* shard, HoldList hold_list) { return shard->holds[static_cast<size_t>(hold_list)]; }
  void hold(Track* track, HoldList hold_list);
  void unhold(Track* track);
  void evict_hold(Shard* shard, HoldList hold_list);
  void make_chunks(const Track& track, size_t count);
  void drop_payload(Track* track);

  const bool checks_form_;
  TrackerStats* const stats_;
  FactStore* const facts_;
  const std::function<void(Track*)> on_evict_;
  const FlowShards of_worker_;
  // Limits of a shard.
  const size_t max_datagrams_;
  const size_t max_datagram_bytes_;
  const size_t max_tracks_;
  size_t used_ = 1;  // slot 0 means "none"
  uint32_t free_head_ = 0;
  MappedArray<std::byte> memory_;  // Tracks, constructed when first used
  std::vector<Shard> shards_;
  StreamPool pool_;
};

}  // namespace wiretally

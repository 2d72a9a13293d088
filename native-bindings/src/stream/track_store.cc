// TrackStore: lists of tracks, and eviction.
#include "track_store.h"

#include <algorithm>
#include <new>

namespace wiretally {

namespace {

// A segment takes a chunk for each of its parts, and one more if stored bytes split a piece.
size_t chunks_for(const Segment& segment) { return segment.data.size / StreamChunk::kBytes + 2; }

// Chunks that one direction may hold: a hello of the largest size, in segments of any size.
constexpr size_t kMaxPieceChunks = 192;

// Maximum memory of one side that waits for the other: 93 kB. Answers start small; more bytes have waited in
// vain.
constexpr size_t kMaxAheadChunks = 192;

}  // namespace

TrackStore::TrackStore(const TrackerOptions& options, TrackerStats* stats, FactStore* facts,
                       std::function<void(Track*)> on_evict)
    : checks_form_(options.checks_form),
      stats_(stats),
      facts_(facts),
      on_evict_(std::move(on_evict)),
      of_worker_(options.shards),
      max_datagrams_(of_worker_.part_of(kMaxDatagramHolds)),
      max_datagram_bytes_(of_worker_.part_of(options.assembly_bytes)),
      max_tracks_(std::max<size_t>(of_worker_.part_of(options.max_tracked), 16)),
      memory_(map_array<std::byte>((max_tracks_ * of_worker_.count + 1) * sizeof(Track))),
      shards_(of_worker_.count),
      pool_(max_datagram_bytes_, of_worker_.count) {}

TrackStore::~TrackStore() {
  for (uint32_t index = 1; index < used_; ++index) at(index)->~Track();
}

void TrackStore::link(ListHead* head, uint32_t index, Links TrackPlace::*links) {
  Links& own = at(index)->place.*links;
  own.previous = head->last;
  own.next = 0;
  (head->last == 0 ? head->first : (at(head->last)->place.*links).next) = index;
  head->last = index;
  ++head->count;
}

void TrackStore::unlink(ListHead* head, uint32_t index, Links TrackPlace::*links) {
  const Links own = at(index)->place.*links;
  (own.previous == 0 ? head->first : (at(own.previous)->place.*links).next) = own.next;
  (own.next == 0 ? head->last : (at(own.next)->place.*links).previous) = own.previous;
  --head->count;
}

Track* TrackStore::take(TrackId* id, uint64_t flow_id) {
  const uint32_t place = of_worker_.place_of(shard_of_number(flow_id));
  Shard& shard = shards_[place];
  if (shard.watched.count + shard.followed.count == max_tracks_) {
    // Flows that are divided into exchanges are of interest and live long, so they are evicted last.
    Track* victim = at(shard.watched.first != 0 ? shard.watched.first : shard.followed.first);
    on_evict_(victim);
    if (victim->place.hold_list_ == HoldList::kStream) ++stats_->assemblies_evicted;
    give_back(victim);
  }
  uint32_t index = free_head_;
  if (index != 0) {
    free_head_ = at(index)->place.in_pool_.next;
  } else {
    index = static_cast<uint32_t>(used_++);
    new (at(index)) Track();
  }
  Track* track = at(index);
  track->place.in_pool_ = Links{};
  track->place.shard_ = static_cast<uint8_t>(place);
  track->facts = *id == 0 ? facts_->take(id) : facts_->find(*id);
  track->facts->track = index;
  track->id = *id;
  track->flow_id = flow_id;
  link(&shard.watched, index, &TrackPlace::in_pool_);
  return track;
}

void TrackStore::give_back(Track* track) {
  drop_payload(track);
  const uint32_t index = index_of(*track);
  Shard& shard = shard_of(*track);
  unlink(track->cutter ? &shard.followed : &shard.watched, index, &TrackPlace::in_pool_);
  if (track->facts->talk) track->facts->talk->stop();
  track->facts->track = 0;
  track->~Track();
  new (track) Track();
  track->place.in_pool_.next = free_head_;
  free_head_ = index;
}

void TrackStore::settle(Track* track, TrackResult* result) {
  const FlowFacts& flow = *track->facts;
  if (track->phase != Phase::kDone || (flow.talk && flow.talk->is_reading())) return;
  give_back(track);
  result->done = true;
  if (flow.text && flow.text->is_reading()) result->done = false;
  // The first sample of its form is not complete.
  if (checks_form_ && (flow.flags & kFlowServerHello) != 0 && !flow.form.is_lost()) result->done = false;
  if (flow.hello != nullptr || flow.texts || flow.talk || flow.text || flow.proxy_kind != ProxyKind::kNone) return;
  const AppHint hint = flow.hint;
  facts_->give_back(result->id);
  result->id = hint == AppHint::kUnknown ? 0 : FactStore::id_of_hint(hint);
}

ExchangeCutter* TrackStore::follow(Track* track, ExchangeUnit unit, bool offers_http2) {
  const uint32_t index = index_of(*track);
  if (!track->cutter) {
    Shard& shard = shard_of(*track);
    unlink(&shard.watched, index, &TrackPlace::in_pool_);
    track->cutter = std::make_unique<ExchangeCutter>();
    link(&shard.followed, index, &TrackPlace::in_pool_);
  }
  track->cutter->begin(unit, offers_http2);
  return track->cutter.get();
}

void TrackStore::hold(Track* track, HoldList hold_list) {
  if (track->place.hold_list_ == hold_list) return;
  unhold(track);
  Shard& shard = shard_of(*track);
  if (hold_list == HoldList::kDatagram && list(&shard, hold_list).count >= max_datagrams_) {
    evict_hold(&shard, hold_list);
  }
  track->place.hold_list_ = hold_list;
  link(&list(&shard, hold_list), index_of(*track), &TrackPlace::in_hold_);
}

void TrackStore::unhold(Track* track) {
  if (track->place.hold_list_ == HoldList::kNone) return;
  unlink(&list(&shard_of(*track), track->place.hold_list_), index_of(*track), &TrackPlace::in_hold_);
  track->place.hold_list_ = HoldList::kNone;
}

void TrackStore::unhold_when_empty(Track* track) {
  if (track->place.hold_list_ != HoldList::kStream) return;
  for (const StreamSide& side : track->sides) {
    if (side.has_pieces() || side.has_ahead()) return;
  }
  if (track->hello_copy.first_.head != 0) return;
  unhold(track);
}

// Drops its pieces, items and handshakes.
void TrackStore::drop_payload(Track* track) {
  unhold(track);
  if (track->has_hello_item || track->datagrams.has_partial_hello()) ++stats_->hellos_incomplete;
  Shard& shard = shard_of(*track);
  for (StreamSide& side : track->sides) {
    pool_.clear(&side.pieces_);
    pool_.clear(&side.ahead_);
    side.end_item();
  }
  pool_.clear(&track->hello_copy.first_);
  pool_.clear(&track->hello_copy.other_);
  track->hello_copy = HelloCopy{};
  track->has_hello_item = false;
  shard.datagram_memory -= track->place.datagram_bytes_;
  track->place.datagram_bytes_ = 0;
  track->datagrams.drop();
}

void TrackStore::evict_hold(Shard* shard, HoldList hold_list) {
  const uint32_t index = list(shard, hold_list).first;
  if (index == 0) return;
  if (hold_list == HoldList::kStream) ++stats_->assemblies_evicted;
  drop_payload(at(index));
}

void TrackStore::weigh_datagrams(Track* track) {
  const size_t bytes = track->datagrams.memory_bytes();
  Shard& shard = shard_of(*track);
  shard.datagram_memory += bytes - track->place.datagram_bytes_;
  track->place.datagram_bytes_ = static_cast<uint32_t>(bytes);
  while (shard.datagram_memory > max_datagram_bytes_ && list(&shard, HoldList::kDatagram).count > 0) {
    ++stats_->assemblies_evicted;
    evict_hold(&shard, HoldList::kDatagram);
  }
}

// Evicts chunks of older tracks until there are enough; chunks of the track itself are not evicted.
void TrackStore::make_chunks(const Track& track, size_t count) {
  Shard& shard = shard_of(track);
  while (pool_.free_chunks(track.place.shard_) < count && list(&shard, HoldList::kStream).first != index_of(track)) {
    evict_hold(&shard, HoldList::kStream);
  }
}

bool TrackStore::copy_hello(Track* track, bool is_other, const Segment& segment) {
  StreamPieces& pieces = is_other ? track->hello_copy.other_ : track->hello_copy.first_;
  if (pieces.chunks + chunks_for(segment) > kMaxPieceChunks) return false;
  hold(track, HoldList::kStream);
  make_chunks(*track, chunks_for(segment));
  return pool_.add(&pieces, segment.seq, segment.data, segment.extent, segment.ts_ns, true, track->place.shard_);
}

void TrackStore::drop_hello_copy(Track* track) {
  pool_.clear(&track->hello_copy.first_);
  pool_.clear(&track->hello_copy.other_);
  track->hello_copy = HelloCopy{};
  unhold_when_empty(track);
}

bool TrackStore::hold_piece(Track* track, unsigned side_index, const Segment& segment, bool joins) {
  StreamSide& side = track->sides[side_index];
  if (side.pieces_.chunks + chunks_for(segment) > kMaxPieceChunks) return false;
  hold(track, HoldList::kStream);
  make_chunks(*track, chunks_for(segment));
  // After the ServerHello, different bytes hide nothing more.
  bool differs = false;
  const bool is_compared = track->phase == Phase::kWatch || !track->tls.has_server_hello();
  const bool is_held = pool_.add(&side.pieces_, segment.seq, segment.data, segment.extent, segment.ts_ns, joins,
                                 track->place.shard_, 0, is_compared ? &differs : nullptr);
  if (differs) track->facts->flags |= kFlowContradicted;
  return is_held;
}

bool TrackStore::hold_ahead(Track* track, unsigned side_index, const Segment& segment, uint32_t acknowledgement) {
  StreamSide& side = track->sides[side_index];
  if (segment.data.size > kMaxHelloStream || side.ahead_.chunks + chunks_for(segment) > kMaxAheadChunks) return false;
  hold(track, HoldList::kStream);
  make_chunks(*track, chunks_for(segment));
  return pool_.add(&side.ahead_, segment.seq, segment.data, segment.extent, segment.ts_ns, false, track->place.shard_,
                   acknowledgement);
}

void TrackStore::prefetch(const FlowFacts& flow) const {
  const char* track = reinterpret_cast<const char*>(at(flow.track));
  for (size_t offset = 0; offset < sizeof(Track); offset += 64) __builtin_prefetch(track + offset, 1);
  __builtin_prefetch(track + sizeof(Track) - 1, 1);  // tracks are not aligned to cache lines
}

void TrackStore::prefetch_pieces(const FlowFacts& flow) const {
  for (const StreamSide& side : at(flow.track)->sides) {
    if (!side.has_pieces()) continue;
    __builtin_prefetch(&pool_.chunk(side.pieces_.head));
    __builtin_prefetch(&pool_.chunk(side.pieces_.tail), 1);
  }
}

}  // namespace wiretally

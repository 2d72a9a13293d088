// Memory of a Tracker: flows by age in a fixed array, payload in a fixed pool.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tracker_state.h"

namespace wiretally {

namespace {

// A chunk for each part of a segment, and one more where a piece is split by what is there already.
size_t chunks_for(const Segment& segment) { return segment.data.size / StreamChunk::kBytes + 2; }

// Chunks that one direction may hold: a hello of the largest size, in segments of any size.
constexpr size_t kMaxChunksPerSide = 192;

}  // namespace

Tracker::State::State(const TrackerOptions& tracker_options, const InterestSet* interest_set, EventSink* event_sink,
                      Counters* packet_counters)
    : options(tracker_options),
      interest(interest_set),
      sink(event_sink),
      counters(packet_counters),
      capacity(std::clamp<size_t>(tracker_options.max_tracked, 16, 1u << 22) + 1),
      memory(std::make_unique_for_overwrite<std::byte[]>(capacity * sizeof(Track))),
      pool(tracker_options.assembly_bytes),
      gathered(std::make_unique_for_overwrite<uint8_t[]>(kMaxHelloStream)),
      replayed(std::make_unique_for_overwrite<uint8_t[]>(kMaxHelloStream)),
      joined(std::make_unique_for_overwrite<uint8_t[]>(kMaxHelloBytes)),
      ja3_text(std::make_unique_for_overwrite<char[]>(kMaxJa3Text)),
      parsed(std::make_unique<ClientHello>()),
      dns(std::make_unique<DnsMessage>()) {}

Tracker::State::~State() {
  for (FlowFacts& flow : facts) std::free(flow.hello);
  for (uint32_t index = 1; index < used; ++index) at(index)->~Track();
}

void Tracker::State::link(ListHead* head, uint32_t index, Links Track::*links) {
  Links& own = at(index)->*links;
  own.previous = head->last;
  own.next = 0;
  (head->last == 0 ? head->first : (at(head->last)->*links).next) = index;
  head->last = index;
  ++head->count;
}

void Tracker::State::unlink(ListHead* head, uint32_t index, Links Track::*links) {
  const Links own = at(index)->*links;
  (own.previous == 0 ? head->first : (at(own.previous)->*links).next) = own.next;
  (own.next == 0 ? head->last : (at(own.next)->*links).previous) = own.previous;
  --head->count;
}

FlowFacts* Tracker::State::facts_of(TrackId id) {
  if (id == 0 || is_hint(id) || id > facts.size()) return nullptr;
  FlowFacts* flow = &facts[id - 1];
  return flow->is_used ? flow : nullptr;
}

FlowFacts* Tracker::State::take_facts(TrackId* id) {
  if (free_facts != 0) {
    *id = free_facts;
    free_facts = facts[*id - 1].track;
  } else {
    facts.emplace_back();
    *id = static_cast<TrackId>(facts.size());
  }
  FlowFacts* flow = &facts[*id - 1];
  *flow = FlowFacts{};
  flow->is_used = true;
  return flow;
}

void Tracker::State::give_back_facts(TrackId id) {
  FlowFacts* flow = facts_of(id);
  if (flow == nullptr) return;
  if (flow->track != 0) give_back(at(flow->track));
  if (flow->hello != nullptr) {
    hello_memory -= flow->hello->size();
    std::free(flow->hello);
  }
  *flow = FlowFacts{};
  flow->track = free_facts;
  free_facts = id;
}

Track* Tracker::State::take(TrackId* id, uint64_t flow_id) {
  if (free_head == 0 && used == capacity) {
    // Flows that are being cut into exchanges matter, and live long: they go last.
    Track* victim = at(watched.first != 0 ? watched.first : followed.first);
    finish_cutter(victim);
    if (victim->hold_list == HoldList::kStream) ++stats.assemblies_evicted;
    give_back(victim);
  }
  uint32_t index = free_head;
  if (index != 0) {
    free_head = at(index)->in_pool.next;
  } else {
    index = static_cast<uint32_t>(used++);
    new (at(index)) Track();
  }
  Track* track = at(index);
  track->in_pool = Links{};
  track->facts = *id == 0 ? take_facts(id) : facts_of(*id);
  track->facts->track = index;
  track->id = *id;
  track->flow_id = flow_id;
  link(&watched, index, &Track::in_pool);
  return track;
}

void Tracker::State::give_back(Track* track) {
  drop_payload(track);
  const uint32_t index = index_of(*track);
  unlink(track->cutter ? &followed : &watched, index, &Track::in_pool);
  track->facts->track = 0;
  track->~Track();
  new (track) Track();
  track->in_pool.next = free_head;
  free_head = index;
}

ExchangeCutter* Tracker::State::follow(Track* track, ExchangeUnit unit, bool offers_http2) {
  const uint32_t index = index_of(*track);
  if (!track->cutter) {
    unlink(&watched, index, &Track::in_pool);
    track->cutter = std::make_unique<ExchangeCutter>();
    link(&followed, index, &Track::in_pool);
  }
  track->cutter->begin(unit, offers_http2);
  return track->cutter.get();
}

// Waiting segments are taken as they are, then the exchange under way ends.
void Tracker::State::finish_cutter(Track* track) {
  if (!track->cutter) return;
  flush_waiting(track);
  track->cutter->finish(sink);
}

void Tracker::State::hold(Track* track, HoldList list) {
  if (track->hold_list == list) return;
  unhold(track);
  ListHead& head = holds[static_cast<size_t>(list)];
  if (list == HoldList::kDatagram && head.count >= kMaxDatagramHolds) evict_hold(list);
  track->hold_list = list;
  link(&head, index_of(*track), &Track::in_hold);
}

void Tracker::State::unhold(Track* track) {
  if (track->hold_list == HoldList::kNone) return;
  unlink(&holds[static_cast<size_t>(track->hold_list)], index_of(*track), &Track::in_hold);
  track->hold_list = HoldList::kNone;
}

void Tracker::State::unhold_when_empty(Track* track) {
  if (track->hold_list != HoldList::kStream) return;
  for (const Side& side : track->sides) {
    if (side.pieces.head != 0 || side.ahead.head != 0) return;
  }
  unhold(track);
}

void Tracker::State::drop_payload(Track* track) {
  unhold(track);
  const bool had_partial = track->strong_item || (track->quic && track->quic->has_partial_hello()) ||
                           (track->dtls && track->dtls->has_partial_hello());
  if (had_partial) ++stats.hellos_incomplete;
  for (Side& side : track->sides) {
    pool.clear(&side.pieces);
    pool.clear(&side.ahead);
    side.item = Beginning::kNone;
  }
  track->strong_item = false;
  datagram_memory -= track->datagram_bytes;
  track->datagram_bytes = 0;
  track->quic.reset();
  track->dtls.reset();
}

void Tracker::State::evict_hold(HoldList list) {
  const uint32_t index = holds[static_cast<size_t>(list)].first;
  if (index == 0) return;
  if (list == HoldList::kStream) ++stats.assemblies_evicted;
  drop_payload(at(index));
}

void Tracker::State::weigh_datagrams(Track* track) {
  const size_t bytes = track->quic ? track->quic->memory_bytes() : track->dtls ? track->dtls->memory_bytes() : 0;
  datagram_memory += bytes - track->datagram_bytes;
  track->datagram_bytes = static_cast<uint32_t>(bytes);
  while (datagram_memory > options.assembly_bytes && holds[static_cast<size_t>(HoldList::kDatagram)].count > 0) {
    ++stats.assemblies_evicted;
    evict_hold(HoldList::kDatagram);
  }
}

bool Tracker::State::hold_piece(Track* track, unsigned side_index, const Segment& segment, bool joins) {
  Side& side = track->sides[side_index];
  if (side.pieces.chunks + chunks_for(segment) > kMaxChunksPerSide) return false;
  hold(track, HoldList::kStream);
  ListHead& head = holds[static_cast<size_t>(HoldList::kStream)];
  while (pool.free_chunks() < chunks_for(segment) && head.first != index_of(*track)) evict_hold(HoldList::kStream);
  return pool.add(&side.pieces, segment.seq, segment.data, segment.extent, segment.ts_ns, joins);
}

KeptHello* Tracker::State::keep_hello(const ClientHello& hello) {
  // Longer names and lists are in the HelloRecord; no resolver takes a name above 255 bytes (RFC 1035 §2.3.4).
  constexpr size_t kMaxKeptText = 1024;
  size_t sni = hello.sni.size <= kMaxKeptText ? hello.sni.size : 0;
  // The dot of the root, which RFC 6066 §3 forbids and some clients send all the same: one name, one spelling.
  if (sni > 1 && hello.sni.data[sni - 1] == '.') --sni;
  size_t alpn = hello.alpn.size <= kMaxKeptText ? hello.alpn.size : 0;
  if (hello_memory + sizeof(KeptHello) + sni + alpn > kMaxHelloMemory) sni = alpn = 0;
  void* block = std::malloc(sizeof(KeptHello) + sni + alpn);
  if (block == nullptr) return nullptr;
  KeptHello* kept = new (block) KeptHello{};
  kept->sni_length = static_cast<uint16_t>(sni);
  kept->alpn_length = static_cast<uint16_t>(alpn);
  uint8_t* texts = reinterpret_cast<uint8_t*>(kept + 1);
  for (size_t i = 0; i < sni; ++i) {
    const uint8_t c = hello.sni.data[i];
    texts[i] = c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c + ('a' - 'A')) : c;
  }
  if (alpn > 0) memcpy(texts + sni, hello.alpn.data, alpn);
  hello_memory += kept->size();
  return kept;
}

}  // namespace wiretally

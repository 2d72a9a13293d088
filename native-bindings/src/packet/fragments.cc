// FragmentTable reassembles IP datagrams from their fragments. The number of datagrams, their bytes and their lifetime
// are limited.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <utility>

#include "checksum.h"
#include "decode.h"
#include "fragment_store.h"
#include "walk.h"

namespace wiretally {
namespace {

// Linux discards incomplete datagrams after the same time (sysctl net.ipv4.ipfrag_time).
constexpr int64_t kLifetimeNs = 30'000'000'000;
constexpr uint32_t kNoEntry = UINT32_MAX;
// A reassembled datagram may contain a fragment of another datagram, for example in a tunnel.
constexpr unsigned kMaxNested = 4;

// The reassembly key has the fields of RFC 791 §3.2 and RFC 8200 §4.5, and the path of the fragment, because a router
// between two VLANs shows each fragment twice.
struct Key {
  uint8_t source[16];
  uint8_t destination[16];
  uint32_t id;
  uint16_t vlan;
  uint8_t ip_version;
  uint8_t protocol;  // IPv4 only; the IPv6 key does not include it
  uint8_t depth;
  uint8_t zero[3];
};
static_assert(sizeof(Key) == 44);

Key build_key(const Walk& walk) {
  const Packet& packet = *walk.packet;
  Key key{};
  std::memcpy(key.source, packet.ends.source, sizeof key.source);
  std::memcpy(key.destination, packet.ends.destination, sizeof key.destination);
  key.id = walk.fragment.id;
  key.vlan = packet.vlan_count == 0 ? uint16_t{0} : packet.vlans[packet.vlan_count - 1];
  key.ip_version = walk.fragment.ip_version;
  key.protocol = key.ip_version == 4 ? walk.fragment.protocol : uint8_t{0};
  key.depth = packet.tunnel_depth;
  return key;
}

uint64_t hash_key(const Key& key, uint64_t seed) {
  uint64_t hash = seed;
  for (size_t at = 0; at < sizeof key; at += 4) {
    uint32_t word;
    std::memcpy(&word, reinterpret_cast<const uint8_t*>(&key) + at, sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

struct Datagram {
  Key key;
  Endpoints outer;  // See DroppedFragments.
  ChunkList chunks;
  int64_t first_ns;
  uint64_t wire_bytes;
  uint32_t total;  // 0 until the last fragment arrives
  uint32_t frames;
  uint32_t chain;  // next entry in the bucket, or in the list of free entries
  uint32_t older;  // order of arrival of the first fragment
  uint32_t newer;
  uint8_t protocol;  // next header in the fragment with offset 0
  bool is_refused;   // after an invalid overlap or without memory: later fragments are dropped too
};

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

struct Assembly {
  Assembly(size_t datagrams, size_t bytes) : store(bytes), entries(datagrams), buckets(datagrams, kNoEntry) {
    for (uint32_t n = 0; n < entries.size(); ++n) {
      entries[n].chain = free;
      free = n;
    }
  }

  FragmentStore store;
  std::vector<Datagram> entries;
  std::vector<uint32_t> buckets;
  uint32_t free = kNoEntry;
  uint32_t oldest = kNoEntry;
  uint32_t newest = kNoEntry;
  uint64_t seed = random_seed();
  // Frames that left the table without a complete datagram, until the next call.
  std::vector<DroppedFragments> dropped;
  // A datagram inside a datagram is read from one buffer while the other one is written.
  std::array<std::array<uint8_t, kMaxDatagramBytes + 1>, 2> buffers;
  unsigned next_buffer = 0;

  uint32_t& find_bucket(const Key& key) { return buckets[hash_key(key, seed) % buckets.size()]; }

  void record_dropped(const Datagram& datagram) {
    DroppedFragments dropped_fragments{};
    std::memcpy(dropped_fragments.ends.source, datagram.key.source, sizeof dropped_fragments.ends.source);
    std::memcpy(dropped_fragments.ends.destination, datagram.key.destination,
                sizeof dropped_fragments.ends.destination);
    dropped_fragments.ends.ip_version = datagram.key.ip_version;
    dropped_fragments.outer = datagram.outer;
    dropped_fragments.frames = datagram.frames;
    dropped_fragments.wire_bytes = datagram.wire_bytes;
    dropped.push_back(dropped_fragments);
  }

  // Records a fragment that is not stored. Returns false: no datagram is complete.
  bool drop_fragment(const Walk& walk) {
    const Packet& packet = *walk.packet;
    dropped.push_back({packet.ends, outer_ends(packet), packet.frames, packet.wire_bytes});
    return false;
  }

  void remove(uint32_t number) {
    Datagram& datagram = entries[number];
    store.release(&datagram.chunks);
    uint32_t* link = &find_bucket(datagram.key);
    while (*link != number) link = &entries[*link].chain;
    *link = datagram.chain;
    (datagram.older == kNoEntry ? oldest : entries[datagram.older].newer) = datagram.newer;
    (datagram.newer == kNoEntry ? newest : entries[datagram.newer].older) = datagram.older;
    datagram.chain = free;
    free = number;
  }

  // Packets may be out of order, so the difference counts in both directions.
  static bool is_expired(const Datagram& datagram, int64_t now_ns) {
    return now_ns - datagram.first_ns > kLifetimeNs || datagram.first_ns - now_ns > kLifetimeNs;
  }

  void expire(int64_t now_ns, Counters* counters) {
    while (oldest != kNoEntry && is_expired(entries[oldest], now_ns)) {
      evict(oldest, Malformed::kFragmentTimeout, counters);
    }
  }

  // A refused datagram was counted when it was refused.
  void evict(uint32_t number, Malformed reason, Counters* counters) {
    const Datagram& datagram = entries[number];
    if (!datagram.is_refused) counters->count(reason);
    record_dropped(datagram);
    remove(number);
  }

  // Allocates the bytes of the fragment at the current position of the walk, and a datagram if its key is new; evicts
  // the oldest ones.
  uint32_t find_or_add(const Walk& walk, Counters* counters) {
    const Key key = build_key(walk);
    const int64_t now_ns = walk.packet->ts_ns;
    expire(now_ns, counters);
    while (oldest != kNoEntry && !store.has_room(walk.captured)) {
      evict(oldest, Malformed::kFragmentTableFull, counters);
    }
    for (uint32_t number = find_bucket(key); number != kNoEntry; number = entries[number].chain) {
      if (std::memcmp(&entries[number].key, &key, sizeof key) != 0) continue;
      if (!is_expired(entries[number], now_ns)) return number;
      evict(number, Malformed::kFragmentTimeout, counters);
      break;
    }
    if (free == kNoEntry) evict(oldest, Malformed::kFragmentTableFull, counters);
    const uint32_t number = free;
    free = entries[number].chain;
    uint32_t& bucket = find_bucket(key);
    entries[number] = Datagram{key, outer_ends(*walk.packet), {}, now_ns, 0, 0, 0, bucket, newest, kNoEntry, 0, false};
    bucket = number;
    (newest == kNoEntry ? oldest : entries[newest].newer) = number;
    newest = number;
    return number;
  }

  void refuse(Datagram* datagram, Malformed reason, Counters* counters) {
    counters->count(reason);
    store.release(&datagram->chunks);
    datagram->is_refused = true;
  }

  // Adds the fragment. Returns true if the datagram is complete; the walk then continues at its first byte.
  bool add_fragment(Walk* walk, Counters* counters);
  void continue_at_datagram(Walk* walk, uint32_t number, Counters* counters);
};

bool Assembly::add_fragment(Walk* walk, Counters* counters) {
  const FragmentHeader& fragment = walk->fragment;
  if (fragment.ip_version == 4 && !has_right_ip_checksum(*walk->packet)) {
    counters->count(Malformed::kIp4Checksum);
    return drop_fragment(*walk);
  }
  const size_t end = fragment.offset + walk->wire;
  if (end > kMaxDatagramBytes) {
    counters->count(Malformed::kFragmentBeyondEnd);
    return drop_fragment(*walk);
  }
  if (walk->wire == 0 || (fragment.more && walk->wire % 8 != 0)) {
    counters->count(Malformed::kFragmentLength);
    return drop_fragment(*walk);
  }
  const uint32_t number = find_or_add(*walk, counters);
  Datagram& datagram = entries[number];
  if (datagram.is_refused) return drop_fragment(*walk);
  if (datagram.total != 0 && (end > datagram.total || (!fragment.more && end != datagram.total))) {
    counters->count(Malformed::kFragmentBeyondEnd);
    return drop_fragment(*walk);
  }
  const FragmentBytes bytes{walk->at, walk->captured, walk->wire, fragment.offset};
  const Stored stored = store.put(&datagram.chunks, bytes, fragment.ip_version == 6);
  if (stored != Stored::kStored) {
    const bool is_full = stored == Stored::kFull;
    refuse(&datagram, is_full ? Malformed::kFragmentTableFull : Malformed::kFragmentOverlap, counters);
    return drop_fragment(*walk);
  }
  if (!fragment.more) datagram.total = static_cast<uint32_t>(end);
  if (fragment.offset == 0) datagram.protocol = fragment.protocol;
  datagram.wire_bytes += walk->packet->wire_bytes;
  datagram.frames += walk->packet->frames;
  if (datagram.total == 0 || !store.covers(datagram.chunks, datagram.total)) return false;
  continue_at_datagram(walk, number, counters);
  return true;
}

void Assembly::continue_at_datagram(Walk* walk, uint32_t number, Counters* counters) {
  Datagram& datagram = entries[number];
  uint8_t* to = buffers[next_buffer].data();
  next_buffer ^= 1;
  bool has_conflict = false;
  walk->at = to;
  walk->wire = datagram.total;
  walk->captured = store.assemble(datagram.chunks, datagram.total, to, &has_conflict);
  if (has_conflict) counters->count(Malformed::kFragmentOverlap);
  Packet* packet = walk->packet;
  packet->wire_bytes = static_cast<uint32_t>(std::min<uint64_t>(datagram.wire_bytes, UINT32_MAX));
  packet->frames = static_cast<uint16_t>(std::min<uint32_t>(datagram.frames, UINT16_MAX));
  packet->reassembled = true;
  packet->has_other_bytes = has_conflict;
  if (walk->has_carrier) {  // The carrier has the frames of all fragments.
    walk->carrier.wire_bytes = packet->wire_bytes;
    walk->carrier.frames = packet->frames;
  }
  walk->next_protocol = datagram.protocol;
  remove(number);
}

}  // namespace

// Most captures have no fragments, so memory is allocated with the first one.
struct FragmentTable::State {
  size_t max_datagrams;
  size_t max_bytes;
  std::unique_ptr<Assembly> assembly;
};

FragmentTable::FragmentTable(size_t max_datagrams, size_t max_bytes)
    : state_(new State{max_datagrams == 0 ? 1 : max_datagrams, max_bytes, nullptr}) {}

FragmentTable::~FragmentTable() = default;

std::vector<DroppedFragments> FragmentTable::take_dropped() {
  return state_->assembly ? std::exchange(state_->assembly->dropped, {}) : std::vector<DroppedFragments>();
}

void FragmentTable::drop_all() {
  if (!state_->assembly) return;
  Assembly& assembly = *state_->assembly;
  while (assembly.oldest != kNoEntry) {
    const Datagram& rest = assembly.entries[assembly.oldest];
    assembly.record_dropped(rest);
    assembly.remove(assembly.oldest);
  }
}

DecodeResult FragmentTable::add(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters) {
  if (!state_->assembly) {
    state_->assembly = std::make_unique<Assembly>(state_->max_datagrams, state_->max_bytes);
  }
  // decode_frame already counted the headers before the fragment.
  Counters seen_before;
  Walk walk;
  Layer layer = walk_to_end(begin_walk(frame, packet, other, &seen_before, &walk), &walk);
  walk.counters = counters;
  for (unsigned n = 0; n < kMaxNested && layer == Layer::kFragment; ++n) {
    if (!state_->assembly->add_fragment(&walk, counters)) return DecodeResult::kFragment;
    const bool is_ip6 = walk.fragment.ip_version == 6;
    other->ip_protocol = walk.next_protocol;
    other->body = Span{walk.at, walk.captured};
    layer = is_ip6 ? Layer::kIp6Chain : next_layer(Space::kIpProtocol, walk.next_protocol);
    layer = walk_to_end(layer, &walk);
  }
  if (layer == Layer::kFragment) layer = walk.malformed(Malformed::kTunnelDepth);
  return conclude(layer, walk);
}

}  // namespace wiretally

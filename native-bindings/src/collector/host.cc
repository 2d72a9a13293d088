// Host: adds the traffic of a host, and decides which hosts a window stores.
#include "host.h"

#include <algorithm>
#include <tuple>

#include "texts.h"

namespace wiretally {

namespace {

// Maximum host names and VLANs of one host in one window. Real hosts have one to three.
constexpr size_t kMaxHostNames = 16;
constexpr size_t kMaxHostVlans = 16;
// Maximum distinct claims about one host in one window. Further ones are dropped.
constexpr size_t kMaxSaid = 64;
// MAX_MACS of src/model/ceilings.ts.
constexpr size_t kMaxHostMacs = 4;

// True for lists that are numbers: those of hosts in logs without names. Names of destinations are few, and not packed.
bool has_parts_alone(const HostLists& lists) {
  return lists.frames.empty() && lists.vlans.empty() && lists.claims.empty() && lists.names.empty() &&
         lists.ech_configs.empty() &&
         std::all_of(lists.hidden.destinations.begin(), lists.hidden.destinations.end(),
                     [](const HiddenTo& part) { return part.name.empty(); });
}

MacProof proof_of(ObservationSource source) {
  switch (source) {
    case ObservationSource::kDhcp:
    case ObservationSource::kDhcp6: return MacProof::kDhcp;
    case ObservationSource::kArp: return MacProof::kArp;
    case ObservationSource::kNdp: return MacProof::kNdp;
    default: return MacProof::kNone;
  }
}

}  // namespace

void Host::add(const Flow& flow) {
  add(SeenOfHost{flow.client_mac, flow.has(kFlowFirstSlice) ? 1U : 0U, flow.packets(), flow.bytes_up, flow.bytes_down,
                 flow.first_us, flow.last_us, flow.vlans.data(), flow.vlans.size()});
  if (flow.packets_up > 0) marks.add(flow.client_ttl, static_cast<uint8_t>(flow.marks), 1);
}

void Host::add(const SeenOfHost& seen) {
  if (is_one_mac && seen.mac != mac) list_frames();
  packets += seen.packets;
  flows += seen.flows;
  bytes_up += seen.bytes_up;
  bytes_down += seen.bytes_down;
  first_us = std::min(first_us, seen.first_us);
  last_us = std::max(last_us, seen.last_us);
  if (seen.mac != 0 && !is_one_mac) {
    offer_mac(seen.mac, MacProof::kFrame);
    add_frames(seen);
  }
  for (size_t i = 0; i < seen.vlan_count; ++i) {
    add_smallest_number(&own_lists().vlans, seen.vlans[i], kMaxHostVlans);
  }
}

// The smaller of two with equal proof wins, so that the order has no effect.
void Host::offer_mac(Mac offered, MacProof from) {
  if (from < mac_from || (from == mac_from && mac <= offered)) return;
  mac = offered;
  mac_from = from;
}

void Host::list_frames() {
  if (!is_one_mac) return;
  is_one_mac = false;
  if (mac != 0) own_lists().frames.push_back({mac, first_us, last_us, bytes_down > 0});
}

void Host::add_frames(const SeenOfHost& seen) {
  const MacFrames added{seen.mac, seen.first_us, seen.last_us, seen.bytes_down > 0};
  if (lists == nullptr || lists->frames.empty()) {
    is_one_mac = mac_from == MacProof::kFrame && mac == seen.mac && first_us == seen.first_us &&
                 last_us == seen.last_us && (bytes_down > 0) == added.is_answered;
    if (!is_one_mac) own_lists().frames.push_back(added);
    return;
  }
  std::vector<MacFrames>& frames = lists->frames;
  const auto at = std::lower_bound(frames.begin(), frames.end(), added,
                                   [](const MacFrames& a, const MacFrames& b) { return a.mac < b.mac; });
  if (at != frames.end() && at->mac == added.mac) {
    at->is_answered = at->is_answered || added.is_answered;
    at->first_us = std::min(at->first_us, added.first_us);
    at->last_us = std::max(at->last_us, added.last_us);
    return;
  }
  frames.insert(at, added);
  if (frames.size() > kMaxHostMacs) frames.pop_back();
}

void Host::add(const Observation& observation) {
  list_frames();
  const MacProof proof = proof_of(observation.source);
  // A DHCP server reports leases of others. ARP and neighbor discovery for others are proxy answers.
  if (observation.mac != 0 && proof != MacProof::kNone && (observation.is_by_owner || proof == MacProof::kDhcp)) {
    offer_mac(observation.mac, proof);
  }
  HostLists& own = own_lists();
  const Claim claim{observation.name, observation.mac, observation.source, observation.is_by_owner};
  if (own.claims.size() < kMaxSaid && std::find(own.claims.begin(), own.claims.end(), claim) == own.claims.end()) {
    own.claims.push_back(claim);
  }
  first_us = std::min(first_us, observation.ts_us);
  last_us = std::max(last_us, observation.ts_us);
  if (!observation.name.empty()) add_smallest_text(&own.names, observation.name, kMaxHostNames);
}

void add_part(std::vector<UnseenSums>* list, const UnseenSums& part) {
  for (UnseenSums& existing : *list) {
    if (existing.kind != part.kind || existing.hint != part.hint) continue;
    existing.flows += part.flows;
    existing.bytes += part.bytes;
    existing.first_us = std::min(existing.first_us, part.first_us);
    existing.last_us = std::max(existing.last_us, part.last_us);
    return;
  }
  list->push_back(part);
}

void HiddenParts::add(const HiddenTo& part) {
  const auto key_of = [](const HiddenTo& of) {
    return std::make_tuple(of.kind, of.to.ip_version, of.to.words[0], of.to.words[1], of.name);
  };
  const auto at = std::lower_bound(destinations.begin(), destinations.end(), part,
                                   [&](const HiddenTo& a, const HiddenTo& b) { return key_of(a) < key_of(b); });
  if (at != destinations.end() && key_of(*at) == key_of(part)) {
    at->bytes += part.bytes;
    return;
  }
  destinations.insert(at, part);
  if (destinations.size() > kMaxDestinations) destinations.pop_back();
}

void HiddenParts::add(const HiddenParts& other) {
  for (const UnseenSums& part : other.sums) add_part(&sums, part);
  for (const HiddenTo& part : other.destinations) add(part);
}

void HiddenParts::add(const Accounted& accounted) {
  add_part(&sums, accounted.part);
  if (accounted.to == nullptr) return;
  add(HiddenTo{accounted.part.kind, *accounted.to, accounted.name, accounted.part.bytes});
}

void Host::add(const Accounted& accounted) {
  account.add(accounted.traffic_class, accounted.part.bytes);
  if (accounted.is_hidden()) own_lists().hidden.add(accounted);
}

void Host::hide(const Address& to, UnseenSums part) {
  uint64_t& looked_into = account.bytes[static_cast<size_t>(TrafficClass::kLookedInto)];
  part.bytes = std::min(part.bytes, looked_into);
  if (part.bytes == 0) return;
  looked_into -= part.bytes;
  add(Accounted{TrafficClass::kHidden, part, &to, {}});
  add(part);
}

void Host::add(const UnseenSums& part) { add_part(&own_lists().unseen, part); }

void Host::add(const HelloSums& sums) {
  hellos.hellos += sums.hellos;
  hellos.ech += sums.ech;
  hellos.hidden += sums.hidden;
}

void Host::add_ech_config(const std::string& outer_name, uint8_t id) {
  std::vector<EchConfig>& ech_configs = own_lists().ech_configs;
  const auto at = std::find_if(ech_configs.begin(), ech_configs.end(), [&](const EchConfig& existing) {
    return existing.outer_name != outer_name ? outer_name < existing.outer_name : id <= existing.id;
  });
  if (at != ech_configs.end() && at->outer_name == outer_name && at->id == id) {
    ++at->hellos;
  } else {
    ech_configs.insert(at, EchConfig{outer_name, id, 1});
  }
}

Host* HostPool::take() {
  Host* host = free_;
  if (host != nullptr) {
    free_ = host->next;
    host->next = nullptr;
  } else {
    host = &slots_.add();
    host->block = static_cast<uint32_t>(slots_.last_block());
    used_.resize(slots_.blocks());
  }
  ++used_[host->block];
  return host;
}

void HostPool::give_back(Host* host) {
  const uint32_t block = host->block;
  --used_[block];
  *host = Host();
  host->block = block;
  if (is_winding_up_) {
    // Windows that were packed take their hosts after all: one after the other, in the same pages.
    if (used_[block] == 0 && block + 1 == slots_.blocks()) {
      slots_.rewind();
    } else {
      release_unused(block);
    }
    return;
  }
  host->next = free_;
  free_ = host;
}

void HostPool::wind_up() {
  is_winding_up_ = true;
  free_ = nullptr;
  for (uint32_t block = 0; block < used_.size(); ++block) release_unused(block);
}

void HostPool::release_unused(uint32_t block) {
  if (used_[block] == 0) slots_.release(block);
}

void PackedHosts::put(uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes_.push_back(static_cast<uint8_t>(number | 0x80));
  bytes_.push_back(static_cast<uint8_t>(number));
}

uint64_t PackedHosts::next() {
  uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const uint8_t byte = bytes_[at_++];
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

// Almost all times are in the window. The lowest bit marks times before it.
void PackedHosts::put_time(int64_t us, int64_t start_us) {
  const int64_t since = us - start_us;
  put(since < 0 ? (static_cast<uint64_t>(~since) << 1 | 1) : static_cast<uint64_t>(since) << 1);
}

int64_t PackedHosts::next_time(int64_t start_us) {
  const uint64_t number = next();
  const auto since = static_cast<int64_t>(number >> 1);
  return start_us + ((number & 1) != 0 ? ~since : since);
}

void PackedHosts::put_parts(const std::vector<UnseenSums>& parts, int64_t start_us) {
  put(parts.size());
  for (const UnseenSums& part : parts) {
    put(static_cast<unsigned>(part.kind));
    put(static_cast<unsigned>(part.hint));
    put(part.flows);
    put(part.bytes);
    put_time(part.first_us, start_us);
    put_time(part.last_us, start_us);
  }
}

std::vector<UnseenSums> PackedHosts::next_parts(int64_t start_us) {
  std::vector<UnseenSums> parts(static_cast<size_t>(next()));
  for (UnseenSums& part : parts) {
    part.kind = static_cast<Unseen>(next());
    part.hint = static_cast<AppHint>(next());
    part.flows = next();
    part.bytes = next();
    part.first_us = next_time(start_us);
    part.last_us = next_time(start_us);
  }
  return parts;
}

void PackedHosts::put_destinations(const std::vector<HiddenTo>& destinations) {
  put(destinations.size());
  for (const HiddenTo& part : destinations) {
    put(static_cast<unsigned>(part.kind) << 3 | part.to.ip_version);
    put(part.to.words[0]);
    if (part.to.ip_version != 4) put(part.to.words[1]);
    put(part.bytes);
  }
}

std::vector<HiddenTo> PackedHosts::next_destinations() {
  std::vector<HiddenTo> destinations(static_cast<size_t>(next()));
  for (HiddenTo& part : destinations) {
    const uint64_t bits = next();
    part.kind = static_cast<Unseen>(bits >> 3);
    part.to.ip_version = static_cast<uint8_t>(bits & 7);
    part.to.words[0] = next();
    if (part.to.ip_version != 4) part.to.words[1] = next();
    part.bytes = next();
  }
  return destinations;
}

void PackedHosts::add(Host* host, int64_t start_us) {
  const HostMarks& marks = host->marks;
  TtlCount ttl{};
  size_t ttls = 0;
  marks.ttls.each([&](const TtlCount& one) {
    ttl = one;
    ++ttls;
  });
  const bool has_parts = host->lists != nullptr && has_parts_alone(*host->lists);
  const bool has_lists = (host->lists != nullptr && !has_parts) || ttls > 1 ||
                         marks.whole_windows + marks.cut_windows != 0;
  put(host->address.ip_version | (has_lists ? 8U : 0U) | (host->is_one_mac ? 16U : 0U) |
      static_cast<unsigned>(host->mac_from) << 5 | (has_parts ? 256U : 0U));
  put(host->rank);
  put(host->address.words[0]);
  if (host->address.ip_version != 4) put(host->address.words[1]);
  for (const uint64_t number : {host->mac, host->flows, host->packets, host->bytes_up, host->bytes_down,
                                host->hellos.hellos, host->hellos.ech, host->hellos.hidden, host->unlisted_requests}) {
    put(number);
  }
  put_time(host->first_us, start_us);
  put_time(host->last_us, start_us);
  for (const uint64_t bytes : host->account.bytes) put(bytes);
  if (has_parts) {
    put_parts(host->lists->unseen, start_us);
    put_parts(host->lists->hidden.sums, start_us);
    put_destinations(host->lists->hidden.destinations);
    host->lists.reset();
  }
  if (has_lists) {
    lists_.push_back({std::move(host->marks), std::move(host->lists)});
  } else {
    put(marks.seen);
    put(ttl.ttl);
    if (ttl.ttl != 0) put(ttl.flows);
    if (ttl.ttl != 0) put(ttl.windows);
  }
  ++count_;
}

template <typename Begin>
void PackedHosts::take_all(int64_t start_us, Begin begin) {
  size_t lists = 0;
  for (size_t left = count_; left > 0; --left) {
    const uint64_t bits = next();
    const auto rank = static_cast<Rank>(next());
    Address address;
    address.ip_version = static_cast<uint8_t>(bits & 7);
    address.words[0] = next();
    if (address.ip_version != 4) address.words[1] = next();
    Host* host = begin(address, rank);
    host->is_one_mac = (bits & 16) != 0;
    host->mac_from = static_cast<MacProof>(bits >> 5 & 7);
    for (uint64_t* number : {&host->mac, &host->flows, &host->packets, &host->bytes_up, &host->bytes_down,
                             &host->hellos.hellos, &host->hellos.ech, &host->hellos.hidden, &host->unlisted_requests}) {
      *number = next();
    }
    host->first_us = next_time(start_us);
    host->last_us = next_time(start_us);
    for (uint64_t& bytes : host->account.bytes) bytes = next();
    if ((bits & 256) != 0) {
      host->lists = std::make_unique<HostLists>();
      host->lists->unseen = next_parts(start_us);
      host->lists->hidden.sums = next_parts(start_us);
      host->lists->hidden.destinations = next_destinations();
    }
    if ((bits & 8) != 0) {
      host->marks = std::move(lists_[lists].marks);
      if ((bits & 256) == 0) host->lists = std::move(lists_[lists].lists);
      ++lists;
      continue;
    }
    host->marks.seen = static_cast<uint8_t>(next());
    TtlCount ttl{};
    ttl.ttl = static_cast<uint8_t>(next());
    if (ttl.ttl == 0) continue;
    ttl.flows = next();
    ttl.windows = static_cast<uint32_t>(next());
    host->marks.ttls.add(ttl);
  }
}

HostRanks::~HostRanks() {
  for (const Queue& queue : ranks_) {
    for (Host* host = queue.oldest; host != nullptr;) {
      Host* newer = host->newer;
      pool_->give_back(host);
      host = newer;
    }
  }
}

void HostRanks::link(Host* host, Rank rank) {
  Queue& queue = ranks_[rank];
  host->rank = rank;
  host->older = queue.newest;
  host->newer = nullptr;
  (queue.newest == nullptr ? queue.oldest : queue.newest->newer) = host;
  queue.newest = host;
  ++queue.size;
}

void HostRanks::unlink(Host* host) {
  Queue& queue = ranks_[host->rank];
  (host->older == nullptr ? queue.oldest : host->older->newer) = host->newer;
  (host->newer == nullptr ? queue.newest : host->newer->older) = host->older;
  --queue.size;
}

void HostRanks::pack(int64_t start_us) {
  if (size_ == 0) return;
  PackedHosts packed;
  for (Queue& queue : ranks_) {
    for (Host* host = queue.oldest; host != nullptr;) {
      Host* newer = host->newer;
      packed.add(host, start_us);
      pool_->give_back(host);
      host = newer;
    }
    queue = Queue();
  }
  packed.shrink();
  packed_ = std::move(packed);
  packed_from_us_ = start_us;
  buckets_ = {};
  size_ = 0;
}

void HostRanks::unpack() {
  PackedHosts packed = std::move(packed_);
  packed_ = PackedHosts();
  packed.take_all(packed_from_us_,
                  [&](const Address& address, Rank rank) { return add(address, packed_from_us_, rank); });
}

Host* HostRanks::find(const Address& address, Rank rank) {
  if (is_packed()) unpack();
  if (size_ == 0) return nullptr;
  Host* host = bucket_of(address);
  while (host != nullptr && !(host->address == address)) host = host->next;
  if (host != nullptr && host->rank < rank) {
    unlink(host);
    link(host, rank);
  }
  return host;
}

void HostRanks::grow() {
  buckets_.assign(buckets_.empty() ? 64 : 2 * buckets_.size(), nullptr);
  for (const Queue& queue : ranks_) {
    for (Host* host = queue.oldest; host != nullptr; host = host->newer) {
      Host*& bucket = bucket_of(host->address);
      host->next = bucket;
      bucket = host;
    }
  }
}

void HostRanks::evict(Host* host) {
  unlink(host);
  Host** at = &bucket_of(host->address);
  while (*at != host) at = &(*at)->next;
  *at = host->next;
  --size_;
  pool_->give_back(host);
}

HostRanks::Room HostRanks::make_room(Rank rank) {
  size_t sum = 0;
  bool is_full = false;
  for (size_t at = 0; at < ranks_.size(); ++at) {
    sum += ranks_[at].size;
    is_full = is_full || (at >= rank && sum >= kMaxHosts[at]);
  }
  if (!is_full) return Room::kFree;
  for (Rank lower = 0; lower < rank; ++lower) {
    Host* oldest = ranks_[lower].oldest;
    if (oldest == nullptr) continue;
    evict(oldest);
    return Room::kMade;
  }
  return Room::kNone;
}

Host* HostRanks::add(const Address& address, int64_t ts_us, Rank rank) {
  if (size_ == buckets_.size()) grow();
  Host* host = pool_->take();
  host->address = address;
  host->first_us = ts_us;
  host->last_us = ts_us;
  link(host, rank);
  Host*& bucket = bucket_of(address);
  host->next = bucket;
  bucket = host;
  ++size_;
  return host;
}

std::vector<const Host*> HostRanks::all() {
  if (is_packed()) unpack();
  std::vector<const Host*> all;
  all.reserve(size_);
  for (const Queue& queue : ranks_) {
    for (const Host* host = queue.oldest; host != nullptr; host = host->newer) all.push_back(host);
  }
  return all;
}

}  // namespace wiretally

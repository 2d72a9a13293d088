// Partition: processes packets into flows: lookup, creation, counting, end, expiry.
#include "partition.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "../packet/checksum.h"
#include "../protocol/mptcp.h"
#include "../protocol/tls.h"

namespace wiretally {

namespace {

constexpr uint8_t kTcpFin = 0x01;
constexpr uint8_t kTcpSyn = 0x02;
constexpr uint8_t kTcpRst = 0x04;
constexpr uint8_t kTcpAck = 0x10;

// Maximum bytes of one direction between samples, because a verdict tolerates this many hidden bytes.
constexpr uint32_t kSampleEach = 256 * 1024;

void set_state(HotFlow* flow, uint16_t bit, bool is_set) {
  flow->state = static_cast<uint16_t>(is_set ? flow->state | bit : flow->state & ~bit);
}

// Returns the priority of a flow in a full table: lowest if no more packets are possible, low if it was never answered,
// and medium if the answer was empty, because floods are not served. After the end of a flow, resets and
// retransmissions follow for some round trips.
unsigned worth_of(const HotFlow& flow, int64_t now_ns) {
  constexpr int64_t kLateNs = 5ll * 1'000'000'000;
  const int64_t silence_ns = now_ns - flow.last_ns;
  if (silence_ns > (is_closed(flow.state) ? kLateNs : idle_limit_ns(flow))) return 0;
  if ((flow.state & kServed) != 0) return 3;
  return (flow.state & kAnswered) != 0 ? 2 : 1;
}

// True if the tracker needs the packet.
bool is_shown(const HotFlow& flow, const Packet& packet) {
  if ((flow.state & kTrackDone) != 0) return false;
  if (packet.payload_bytes != 0) return true;
  if (flow.track_id == 0 || Tracker::missing_of(flow.track_id) != 0) return false;
  return (flow.state & kPayloadOnly) == 0 || (packet.tcp_flags & (kTcpFin | kTcpSyn | kTcpRst)) != 0;
}

// True if the flow may begin again. All but the first packets of a flow end here.
bool may_begin_again(const HotFlow& flow, const Packet& packet) {
  constexpr uint16_t kBegun = kTrackDone | kSequenceKnown;
  return (flow.state & kBegun) == kBegun && packet.payload_bytes != 0 && packet.ends.protocol == kProtocolTcp;
}

void copy_mac(uint8_t* to, const uint8_t* from) {
  if (from != nullptr) std::memcpy(to, from, 6);
}

}  // namespace

Partition::Partition(const PartitionOptions& options, const HashSecret& secret, const Watchlist* watchlist)
    : options_(options),
      secret_(secret),
      tracker_(options.tracker, watchlist, &writer_, &counters_),
      clock_(options.window_seconds),
      totals_(secret),
      quic_peers_(secret),
      watch_(options.export_filter.get(), options.shards.part_of(ConnectionWatch::kMaxConnections),
             options.shards.count),
      begun_(options.shards.count) {}

void Partition::drain() {
  for (size_t round = 0; round < kRounds; ++round) apply();
}

void Partition::apply() {
  seek_entries(&batch_before(1));
  seek_state(&batch_before(2));
  const Batch& third = batch_before(3);
  for (size_t i = 0; i < third.tracked_count; ++i) tracker_.prefetch_state(third.tracked[i]);
  const Batch& fourth = batch_before(4);
  for (size_t i = 0; i < fourth.tracked_count; ++i) tracker_.prefetch_pieces(fourth.tracked[i]);
  Batch& last = batch_before(5);
  for (size_t i = 0; i < last.count; ++i) apply_one(*last.packets[i], last.keys[i], last.hashes[i]);
  last.count = last.tracked_count = 0;
  ++batch_number_;
}

void Partition::seek_entries(Batch* batch) {
  for (size_t i = 0; i < batch->count; ++i) {
    batch->entries[i] = table_.guess(batch->hashes[i]);
    if (batch->entries[i] == FlowTable::kNone) continue;
    table_.prefetch_hot(batch->entries[i]);
    if (batch->keys[i].is_ip6()) table_.prefetch_cold(batch->entries[i]);
  }
}

void Partition::seek_state(Batch* batch) {
  for (size_t i = 0; i < batch->count; ++i) {
    if (batch->entries[i] == FlowTable::kNone) continue;
    const HotFlow& flow = table_.hot(batch->entries[i]);
    watch_.prefetch(flow.watch_id);
    if (!is_shown(flow, *batch->packets[i])) continue;
    table_.prefetch_cold(batch->entries[i]);
    tracker_.prefetch_flow(flow.track_id);
    batch->tracked[batch->tracked_count++] = flow.track_id;
  }
}

void Partition::apply_one(const Packet& packet, const FlowKey& key, uint64_t hash) {
  const bool from_high = key.source_is_high != 0;
  now_ns_ = packet.ts_ns;
  uint32_t index = table_.find(key, hash);
  // Packets that no host accepts are counted and have no effect: they neither start nor end a connection, nor name a
  // server.
  bool is_control = packet.ends.protocol == kProtocolTcp && (packet.tcp_flags & (kTcpFin | kTcpSyn | kTcpRst)) != 0;
  bool is_used = true;
  if (index != FlowTable::kNone) {
    if (is_control) is_control = is_used = is_accepted(index, packet, from_high);
    const FlowEnd reason = ended_before(index, packet, from_high, is_control);
    if (reason != FlowEnd::kOpen) {
      end_flow(index, reason);
      index = FlowTable::kNone;
    }
  }
  if (index == FlowTable::kNone) {
    index = begin_flow(packet, key, hash);
    if (is_control) is_accepted(index, packet, from_high);
  } else if (table_.hot(index).watch_id != 0) {
    end_failed_watch(index, packet.ts_ns);
  }
  const uint32_t window = clock_.number(packet.ts_ns);
  if (is_other_window(table_.hot(index), window, packet.ts_ns)) change_window(index, window, packet.ts_ns);
  if (packet.has_other_bytes) table_.cold(index).add_trust(kContradicted);
  if (is_control) note_tcp_flags(index, packet, from_high);
  if ((table_.hot(index).state & kReset) != 0 && is_used) note_reset(index, packet, from_high);
  if (is_used && may_begin_again(table_.hot(index), packet) && begins_again(index, packet, from_high)) {
    restart_tracking(index);
  }
  if (is_used && is_shown(table_.hot(index), packet)) {
    if (!is_control) is_used = is_accepted(index, packet, from_high);
    if (is_used) index = track(index, packet, key, hash);
  }
  if (table_.hot(index).watch_id != 0 && is_used) watch(index, packet, from_high);
  count(index, packet, from_high);
}

// True for a hello at the sequence number of other first bytes, which were a decoy that no server accepted. It is
// called only if may_begin_again, and for the first packets of a side, because it reads the payload.
bool Partition::begins_again(uint32_t index, const Packet& packet, bool from_high) {
  constexpr uint32_t kFirstPackets = 16;
  const HotFlow& flow = table_.hot(index);
  const bool from_client = from_high == ((flow.state & kClientIsHigh) != 0);
  if (!from_client || flow.packets[from_high ? 1 : 0] > kFirstPackets) return false;
  if (looks_like_client_hello_start(packet.payload) != Likeness::kYes || tracker_.knows(flow.track_id)) return false;
  return packet.sequence == table_.cold(index).syn_sequence + 1;
}

void Partition::restart_tracking(uint32_t index) {
  HotFlow& flow = table_.hot(index);
  flow.track_id = 0;
  set_state(&flow, kTrackDone, false);
  table_.cold(index).add_trust(kContradicted);
}

// True if a host would accept the packet. A wrong checksum is no evidence if all packets of a side have one: its
// network card fills them in after the capture point (checksum offload). After a correct one, a wrong one is a packet
// that no host accepts. The check reads every byte, and covers SYN, FIN and RST, and packets for the tracker: hellos,
// and tracked flows.
bool Partition::is_accepted(uint32_t index, const Packet& packet, bool from_high) {
  // Longer than an Ethernet frame: not yet divided into segments, or merged by receive offload.
  constexpr uint32_t kMergedBytes = 1600;
  ColdFlow& cold = table_.cold(index);
  // Middleboxes send resets in the name of a side.
  uint8_t& ttl = from_high ? cold.high_ttl : cold.low_ttl;
  const uint8_t own = ttl_of(packet);
  if (own != ttl && (ttl == 0 || (is_far(own) && !is_far(ttl))) && (packet.tcp_flags & kTcpRst) == 0) ttl = own;
  if (packet.wire_bytes > kMergedBytes) return true;
  const Checksum checksum = verify_checksum(packet);
  // Offload of either kind leaves a partial sum on some packets of a side: Linux fills in that of a reset immediately.
  // Contradictions of such a packet with others are detected elsewhere.
  if (checksum == Checksum::kUnknown || checksum == Checksum::kPartial) return true;
  const uint8_t right = from_high ? kRightSumHigh : kRightSumLow;
  const uint8_t wrong = from_high ? kWrongSumHigh : kWrongSumLow;
  const bool has_payload = packet.payload_bytes > 0;
  if (checksum == Checksum::kRight) {
    // The packet with the wrong one was used, and may be forged.
    if (has_payload && cold.has_trust(wrong)) cold.add_trust(kContradicted);
    cold.add_trust(right);
    return true;
  }
  if (!cold.has_trust(right)) {
    if (has_payload) cold.add_trust(wrong);
    return true;
  }
  const bool is_tcp = packet.ends.protocol == kProtocolTcp;
  counters_.count(!has_right_ip_checksum(packet) ? Malformed::kIp4Checksum
                  : is_tcp                       ? Malformed::kTcpChecksum
                                                 : Malformed::kUdpChecksum);
  return false;
}

FlowEnd Partition::ended_before(uint32_t index, const Packet& packet, bool from_high, bool is_control) {
  const HotFlow& flow = table_.hot(index);
  const int64_t silence_ns = packet.ts_ns - flow.last_ns;
  const bool is_syn = is_control && (packet.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
  if (silence_ns > kTcpClosedIdleNs && is_over_after(flow, silence_ns, is_syn)) {
    return own_end(flow.state, FlowEnd::kIdle);
  }
  if (!is_syn) return FlowEnd::kOpen;
  // RFC 9293 §3.10.7: a SYN with the flow's own initial sequence number is a retransmission; any other opens
  // a new connection on the same 5-tuple.
  if (is_closed(flow.state)) return own_end(flow.state, FlowEnd::kReused);
  const bool from_client = from_high == ((flow.state & kClientIsHigh) != 0);
  const bool is_same = from_client && (flow.state & kSequenceKnown) != 0 &&
                       table_.cold(index).syn_sequence == packet.sequence;
  return is_same ? FlowEnd::kOpen : FlowEnd::kReused;
}

uint32_t Partition::begin_flow(const Packet& packet, const FlowKey& key, uint64_t hash) {
  const uint32_t shard = options_.shards.place_of(shard_of(key));
  // Early expiry only frees entries: in a shard that is mostly empty, a flow ends with the next packet of its key or at the
  // end of the input, which depends on the packets only.
  if (table_.shard_size(shard) > table_.shard_capacity() / 4 * 3) sweep(shard, packet.ts_ns);
  if (table_.is_full(shard)) make_room(shard, packet.ts_ns);
  const uint32_t index = table_.insert(key, hash, shard);
  const bool from_high = key.source_is_high != 0;
  HotFlow& flow = table_.hot(index);
  ColdFlow& cold = table_.cold(index);
  flow.last_ns = cold.flow_first_ns = cold.slice_first_ns = packet.ts_ns;
  flow.set_window(clock_.number(packet.ts_ns));
  flow.state = from_high ? kClientIsHigh : 0;
  if (packet.ends.protocol == kProtocolTcp && (packet.tcp_flags & kTcpSyn) == 0) flow.state |= kMidFlow;
  cold.set_number(begun_[shard]++);
  cold.shard = static_cast<uint8_t>(shard);
  ++stats_.flows;
  cold.vlans |= pack_list(packet.vlans, packet.vlan_count, 12);
  cold.tunnels = pack_list(packet.tunnels, packet.tunnel_depth, 6);
  const ExportFilter* rules = options_.export_filter.get();
  if (rules != nullptr && rules->has_other_host(packet)) cold.tunnels |= ColdFlow::kOtherHost;
  cold.file_index = packet.file_index;
  copy_mac(from_high ? cold.high_mac : cold.low_mac, packet.source_mac);
  copy_mac(from_high ? cold.low_mac : cold.high_mac, packet.destination_mac);
  return index;
}

// Notes a reset. A host sends no payload after its own reset (RFC 9293 §3.10.7.4), so one of the two is forged. The
// same applies to a reset of a client with another MAC address than that of its SYN, or to that SYN.
void Partition::note_reset(uint32_t index, const Packet& packet, bool from_high) {
  const HotFlow& flow = table_.hot(index);
  ColdFlow& cold = table_.cold(index);
  const uint8_t own_reset = from_high ? kResetByHigh : kResetByLow;
  if (packet.payload_bytes > 0 && cold.has_trust(own_reset)) cold.add_trust(kContradicted);
  if ((packet.tcp_flags & kTcpRst) == 0) return;
  cold.add_trust(own_reset);
  const bool from_client = from_high == ((flow.state & kClientIsHigh) != 0);
  if (!from_client || (flow.state & kMidFlow) != 0 || packet.source_mac == nullptr) return;
  if (std::memcmp(packet.source_mac, from_high ? cold.high_mac : cold.low_mac, 6) != 0) cold.add_trust(kContradicted);
}

// The first one counts, because a later one belongs to another connection, or is forged.
void Partition::note_multipath(const Packet& packet, ColdFlow* cold) {
  if (cold->multipath_token != 0) return;
  const MultipathOption option = read_multipath(packet.segment);
  cold->multipath_token = option.token;
  if (option.is_join) cold->add_trust(kJoined);
}

void Partition::note_tcp_flags(uint32_t index, const Packet& packet, bool from_high) {
  HotFlow& flow = table_.hot(index);
  ColdFlow& cold = table_.cold(index);
  if ((packet.tcp_flags & kTcpFin) != 0) flow.state |= from_high ? kFinHigh : kFinLow;
  if ((packet.tcp_flags & kTcpRst) != 0) flow.state |= kReset;
  if ((packet.tcp_flags & kTcpSyn) == 0) {
    const bool is_of_client = from_high == ((flow.state & kClientIsHigh) != 0);
    const bool is_empty = flow.track_id == 0 && (flow.state & kTrackDone) == 0 && packet.payload_bytes == 0;
    if (is_of_client && is_empty && (flow.state & kSequenceKnown) != 0) {
      flow.track_id = Tracker::id_of_missing(packet.sequence - cold.syn_sequence - 1);
    }
    return;
  }
  const bool is_answer = (packet.tcp_flags & kTcpAck) != 0;
  const bool client_is_high = from_high != is_answer;
  if (!is_answer) flow.state |= kSynSeen;
  note_multipath(packet, &cold);
  if ((flow.state & kSequenceKnown) != 0 || (flow.state & kMidFlow) != 0) return;
  if (!is_answer && options_.tracker.emit_outcomes) {
    flow.watch_id = watch_.begin(packet, cold.shard) & HotFlow::kWatchBits;
  }
  flow.state |= kSequenceKnown | kKnownBySyn;
  set_state(&flow, kClientIsHigh, client_is_high);
  // A SYN-ACK acknowledges the client's initial sequence number plus one.
  cold.syn_sequence = is_answer ? packet.acknowledgement - 1 : packet.sequence;
}

uint32_t Partition::track(uint32_t index, const Packet& packet, const FlowKey& key, uint64_t hash) {
  const bool from_high = key.source_is_high != 0;
  const bool from_client = from_high == ((table_.hot(index).state & kClientIsHigh) != 0);
  const bool knows_start = (table_.hot(index).state & kSequenceKnown) != 0;
  const uint32_t first_sequence = table_.cold(index).syn_sequence + 1;
  // Payload after the end: reordered packets, or a forged end.
  const TrackId track_id = Tracker::missing_of(table_.hot(index).track_id) != 0 ? 0 : table_.hot(index).track_id;
  const TrackResult result = tracker_.on_packet(track_id, flow_id(index), packet, from_client,
                                                knows_start ? &first_sequence : nullptr);
  if (result.restart) {
    end_flow(index, FlowEnd::kReused);
    index = begin_flow(packet, key, hash);
  }
  if (result.contradicted) table_.cold(index).add_trust(kContradicted);
  HotFlow& flow = table_.hot(index);
  flow.track_id = result.id;
  if (result.done) flow.state |= kTrackDone;
  set_state(&flow, kPayloadOnly, result.payload_only);
  const bool knows_sender = result.hello_sender_is_source || result.hello_sender_is_destination;
  if (knows_sender && (flow.state & kKnownBySyn) == 0) {
    set_state(&flow, kClientIsHigh, from_high == result.hello_sender_is_source);
    flow.state |= kKnownByHello;
  }
  return index;
}

void Partition::watch(uint32_t index, const Packet& packet, bool from_high) {
  HotFlow& flow = table_.hot(index);
  const ConnectionWatch::Id id = flow.watch_id;
  const bool from_client = from_high == ((flow.state & kClientIsHigh) != 0);
  const ConnectionWatch::Step step = watch_.on_packet(id, packet, from_client);
  // The flow was completely probed, and is neither a hello nor a request to a proxy.
  const bool is_unknown = (flow.state & kTrackDone) != 0 && !tracker_.knows(flow.track_id);
  const bool is_nameless = is_unknown || step == ConnectionWatch::Step::kOtherProtocol;
  if (step == ConnectionWatch::Step::kNone && !is_nameless) return;
  WatchedName name;
  name.name = tracker_.name_of(flow.track_id, &name.is_proxied);
  if (is_nameless ? watch_.keeps_without_name(id) : watch_.keeps(id, name)) return;
  watch_.leave(id, name.is_proxied, &writer_);
  flow.watch_id = 0;
}

// Must run before anything of the packet is noted, and in a flush, so that the result does not depend on which comes
// first.
void Partition::end_failed_watch(uint32_t index, int64_t now_ns) {
  const ConnectionWatch::Id id = table_.hot(index).watch_id;
  if (id != 0 && watch_.has_failed(id, now_ns)) end_watch(index);
}

void Partition::end_watch(uint32_t index) {
  HotFlow& flow = table_.hot(index);
  if (flow.watch_id == 0) return;
  WatchedName name;
  name.name = tracker_.name_of(flow.track_id, &name.is_proxied);
  watch_.end(flow.watch_id, name, &writer_);
  flow.watch_id = 0;
}

void Partition::change_window(uint32_t index, uint32_t window, int64_t ts_ns) {
  emit_slice(index);
  HotFlow& flow = table_.hot(index);
  flow.set_window(window);
  flow.last_ns = ts_ns;
  table_.cold(index).slice_first_ns = ts_ns;
}

void Partition::sample_again(HotFlow* flow, const Packet& packet) {
  if (packet.ends.protocol != kProtocolTcp || !options_.tracker.checks_form || !tracker_.knows(flow->track_id)) return;
  set_state(flow, kTrackDone, false);
}

void Partition::count(uint32_t index, const Packet& packet, bool from_high) {
  HotFlow& flow = table_.hot(index);
  if (packet.ts_ns >= flow.last_ns) {
    flow.last_ns = packet.ts_ns;
  } else {
    ColdFlow& cold = table_.cold(index);
    cold.slice_first_ns = std::min(cold.slice_first_ns, packet.ts_ns);
    cold.flow_first_ns = std::min(cold.flow_first_ns, packet.ts_ns);
  }
  const unsigned side = from_high ? 1 : 0;
  if (from_high != ((flow.state & kClientIsHigh) != 0)) {
    flow.state |= packet.payload_bytes == 0 ? kAnswered : kAnswered | kServed;
  }
  flow.packets[side] += packet.frames;
  add48(&flow.bytes_low[side], &flow.bytes_high[side], packet.wire_bytes);
  add48(&flow.payload_low[side], &flow.payload_high[side], packet.payload_bytes);
  if (packet.cut_short) flow.state |= kCutShort;
  // Payload after a handshake is sampled again.
  if ((flow.payload_low[side] & (kSampleEach - 1)) < packet.payload_bytes) sample_again(&flow, packet);
}

void Partition::make_room(uint32_t shard, int64_t ts_ns) {
  // The longest idle of a few entries, not of all: a scan for the oldest would let a flood of new flows make
  // every packet expensive. Ended flows are evicted first, then unanswered and unserved ones.
  constexpr unsigned kNeighbourhood = 16;
  uint32_t victim = FlowTable::kNone;
  int64_t victim_ns = INT64_MAX;
  unsigned victim_worth = UINT_MAX;
  for (unsigned i = 0; i < kNeighbourhood; ++i) {
    const uint32_t index = table_.next_in_circle(shard);
    const HotFlow& flow = table_.hot(index);
    if (flow.kind == 0) continue;
    const unsigned worth = worth_of(flow, ts_ns);
    if (worth < victim_worth || (worth == victim_worth && flow.last_ns < victim_ns)) {
      victim = index;
      victim_ns = flow.last_ns;
      victim_worth = worth;
    }
  }
  const HotFlow& flow = table_.hot(victim);
  const bool victim_ended = is_closed(flow.state) || ts_ns - flow.last_ns > idle_limit_ns(flow);
  if (!victim_ended) ++stats_.evicted_flows;
  end_flow(victim, victim_ended ? own_end(flow.state, FlowEnd::kIdle) : FlowEnd::kEvicted);
}

void Partition::sweep(uint32_t shard, int64_t ts_ns) {
  constexpr unsigned kPerFlow = 8;
  for (unsigned i = 0; i < kPerFlow; ++i) {
    const uint32_t index = table_.next_in_circle(shard);
    const HotFlow& flow = table_.hot(index);
    if (flow.kind != 0 && ts_ns - flow.last_ns > idle_limit_ns(flow)) {
      end_flow(index, own_end(flow.state, FlowEnd::kIdle));
    }
  }
}

}  // namespace wiretally

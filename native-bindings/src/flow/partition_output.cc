// Partition: writes the slices and ends of its flows as records.
#include <algorithm>
#include <cstring>

#include "../packet/decode.h"
#include "partition.h"
#include "traffic_class.h"

namespace wiretally {

namespace {

// Joins encapsulation names by '/', from the outside in: at most eight names of at most 15 characters.
size_t join_tunnels(uint64_t tunnels, char* out, size_t size) {
  size_t length = 0;
  for (unsigned i = 0; i < packed_count(tunnels); ++i) {
    const char* name = encapsulation_name(static_cast<uint8_t>(packed_item(tunnels, i, 6)));
    const size_t name_length = std::strlen(name);
    if (length + 1 + name_length > size) break;
    if (i > 0) out[length++] = '/';
    std::memcpy(out + length, name, name_length);
    length += name_length;
  }
  return length;
}

uint16_t record_flags(const HotFlow& flow, FlowEnd end) {
  uint16_t flags = 0;
  if ((flow.state & kSliceEmitted) == 0) flags |= kFlowFirstSlice;
  if (end != FlowEnd::kOpen) flags |= kFlowLastSlice;
  if ((flow.state & kSynSeen) != 0) flags |= kFlowSynSeen;
  if ((flow.state & kMidFlow) != 0) flags |= kFlowMidFlow;
  if ((flow.state & kCutShort) != 0) flags |= kFlowCutShort;
  return flags;
}

ClientKnownBy client_known_by(uint16_t state) {
  if ((state & kKnownBySyn) != 0) return ClientKnownBy::kSyn;
  return (state & kKnownByHello) != 0 ? ClientKnownBy::kHello : ClientKnownBy::kFirstPacket;
}

// Copies the addresses of the endpoints of the key; IPv4 into the first four of zeroed bytes.
void copy_addresses(const FlowKey& key, uint8_t* low, uint8_t* high) {
  if (key.is_ip6()) {
    std::memcpy(low, key.words, 16);
    std::memcpy(high, key.words + 2, 16);
    return;
  }
  const uint32_t addresses[2] = {static_cast<uint32_t>(key.words[0]), static_cast<uint32_t>(key.words[0] >> 32)};
  std::memcpy(low, &addresses[0], 4);
  std::memcpy(high, &addresses[1], 4);
}

// Writes the counters of the slice as those of the client and the server.
void fill_counters(const HotFlow& flow, unsigned client, FlowRecord* record) {
  const unsigned server = 1 - client;
  record->packets_up = flow.packets[client];
  record->packets_down = flow.packets[server];
  record->bytes_up = get48(flow.bytes_low[client], flow.bytes_high[client]);
  record->bytes_down = get48(flow.bytes_low[server], flow.bytes_high[server]);
  record->payload_up = get48(flow.payload_low[client], flow.payload_high[client]);
  record->payload_down = get48(flow.payload_low[server], flow.payload_high[server]);
}

// Returns `right` if the payload of an endpoint had correct checksums only, `wrong` if it had wrong ones only, else 0.
unsigned sums_of(const ColdFlow& cold, bool is_high, uint64_t payload, unsigned right, unsigned wrong) {
  const bool has_right = cold.has_trust(is_high ? kRightSumHigh : kRightSumLow);
  const bool has_wrong = cold.has_trust(is_high ? kWrongSumHigh : kWrongSumLow);
  if (has_right == has_wrong) return 0;
  if (has_wrong) return wrong;
  return payload > 0 ? right : 0;
}

uint16_t marks_of(const FlowRecord& record, const ColdFlow& cold, bool client_is_high) {
  const bool is_udp = record.protocol != kProtocolTcp;
  unsigned marks = sums_of(cold, client_is_high, record.payload_up, is_udp ? kMarkRightUpUdp : kMarkRightUp,
                           kMarkWrongUp) |
                   sums_of(cold, !client_is_high, record.payload_down, is_udp ? kMarkRightDownUdp : kMarkRightDown,
                           kMarkWrongDown);
  if (is_far(cold.low_ttl) || is_far(cold.high_ttl)) marks |= kMarkFar;
  if (is_udp) return static_cast<uint16_t>(marks | kMarkUdp);
  const unsigned flags = record.header.flags;
  if ((flags & kFlowSynSeen) == 0) {
    if (record.ja4[0] != '\0')
      marks |= kMarkLate;
    else if ((flags & kFlowMidFlow) != 0)
      marks |= kMarkCut;
  } else if (record.payload_down > 0)
    marks |= kMarkWhole;
  return static_cast<uint16_t>(marks);
}

}  // namespace

uint64_t Partition::flow_id(uint32_t index) {
  // 52 bits, so that a JavaScript number holds it: the decoder, the shard, then the running number.
  const ColdFlow& cold = table_.cold(index);
  const uint64_t shard = uint64_t{options_.number} * kFlowShards + options_.shards.first + cold.shard;
  return shard << kFlowNumberBits | cold.get_number();
}

void Partition::fill_record(uint32_t index, FlowEnd end, FlowRecord* record) {
  const HotFlow& flow = table_.hot(index);
  const ColdFlow& cold = table_.cold(index);
  const unsigned client = (flow.state & kClientIsHigh) != 0 ? 1 : 0;
  const FlowKey key = table_.key_of(index);
  record->header.flags = record_flags(flow, end);
  record->flow_id = flow_id(index);
  record->flow_first_ns = cold.flow_first_ns;
  record->first_ns = cold.slice_first_ns;
  record->last_ns = flow.last_ns;
  fill_counters(flow, client, record);
  if (client == 0) {
    copy_addresses(key, record->client_address, record->server_address);
  } else {
    copy_addresses(key, record->server_address, record->client_address);
  }
  std::memcpy(record->client_mac, client == 0 ? cold.low_mac : cold.high_mac, 6);
  std::memcpy(record->server_mac, client == 0 ? cold.high_mac : cold.low_mac, 6);
  record->client_port = static_cast<uint16_t>(client == 0 ? key.ports : key.ports >> 16);
  record->server_port = static_cast<uint16_t>(client == 0 ? key.ports >> 16 : key.ports);
  record->file_index = cold.file_index;
  record->ip_version = static_cast<uint8_t>(key.kind >> 8);
  record->protocol = static_cast<uint8_t>(key.kind);
  if (cold.has_trust(kContradicted)) record->header.flags |= kFlowContradicted;
  if (cold.has_trust(kJoined)) record->header.flags |= kFlowJoined;
  record->multipath_token = cold.multipath_token;
  record->counted_kinds = cold.counted_kinds;
  record->client_ttl = client == 0 ? cold.low_ttl : cold.high_ttl;
  // If its packets have ended the flow, also a slice that is not the last has the reason.
  record->end_reason = static_cast<uint8_t>(own_end(flow.state, end));
  record->client_known_by = static_cast<uint8_t>(client_known_by(flow.state));
}

void Partition::build_slice(uint32_t index, FlowEnd end, Slice* slice) {
  const ColdFlow& cold = table_.cold(index);
  slice->record = FlowRecord{};
  fill_record(index, end, &slice->record);
  tracker_.describe(table_.hot(index).track_id, &slice->record, slice->tails);
  if (end != FlowEnd::kOpen) slice->record.lost_up += Tracker::missing_of(table_.hot(index).track_id);
  slice->record.marks = marks_of(slice->record, cold, (table_.hot(index).state & kClientIsHigh) != 0);
  slice->record.tunnel_length = static_cast<uint16_t>(join_tunnels(cold.tunnels, slice->tunnel, sizeof slice->tunnel));
  slice->tails[3] = {reinterpret_cast<const uint8_t*>(slice->tunnel), slice->record.tunnel_length};
  for (unsigned i = 0; i < packed_count(cold.vlans); ++i) {
    slice->vlans[i] = static_cast<uint16_t>(packed_item(cold.vlans, i, 12));
  }
  if (options_.export_filter != nullptr) {
    slice->record.look |= look_of_ends(*options_.export_filter, slice->record, slice->tails[0]);
    if ((cold.tunnels & ColdFlow::kOtherHost) != 0) slice->record.look |= kLookOtherHost;
  }
  slice->record.vlan_length = static_cast<uint16_t>(packed_count(cold.vlans) * sizeof(uint16_t));
  slice->tails[4] = {reinterpret_cast<const uint8_t*>(slice->vlans), slice->record.vlan_length};
}

void Partition::emit(uint32_t index, const Slice& slice) {
  HotFlow& flow = table_.hot(index);
  if (options_.export_filter != nullptr && (flow.state & kCrossed) == 0) {
    const TrafficClass traffic_class = class_of(slice.record, slice.tails[0]);
    if (!must_export(*options_.export_filter, slice.record, traffic_class, slice.tails[0], now_ns_)) {
      ColdFlow& cold = table_.cold(index);
      const SliceKinds kinds{not_visible_kinds(slice.record), traffic_class};
      const uint32_t window = clock_.number(slice.record.first_ns);
      totals_.add(slice.record, cold.get_vlans(), window, kinds, &writer_);
      if (traffic_class == TrafficClass::kLookedInto) quic_peers_.add(slice.record, window, &writer_);
      cold.counted_kinds = static_cast<uint8_t>(cold.counted_kinds | kinds.not_visible);
      return;
    }
    flow.state |= kCrossed;
  }
  const FlowRecord& record = slice.record;
  writer_.emit(RecordType::kFlow, record.header.flags, &record, sizeof record, slice.tails, kFlowTails);
}

void Partition::flush_sums() {
  totals_.flush(&writer_);
  quic_peers_.flush(&writer_);
}

void Partition::emit_slice(uint32_t index) {
  HotFlow& flow = table_.hot(index);
  if (flow.packets[0] == 0 && flow.packets[1] == 0) return;
  if (options_.emit_flows) {
    Slice slice;
    build_slice(index, FlowEnd::kOpen, &slice);
    emit(index, slice);
  }
  flow.state |= kSliceEmitted;
  for (unsigned side = 0; side < 2; ++side) {
    flow.packets[side] = flow.bytes_low[side] = flow.payload_low[side] = 0;
    flow.bytes_high[side] = flow.payload_high[side] = 0;
  }
}

void Partition::end_flow(uint32_t index, FlowEnd reason) {
  const uint64_t hash = hash_key(table_.key_of(index), secret_);
  emit_end(index, reason);
  table_.erase(index, hash);
}

void Partition::emit_end(uint32_t index, FlowEnd reason) {
  end_watch(index);
  const HotFlow& flow = table_.hot(index);
  const bool has_packets = flow.packets[0] != 0 || flow.packets[1] != 0;
  const uint64_t id = flow_id(index);
  const TrackId track_id = flow.track_id;
  // Readers must know that no other slice of the flow follows, so an empty one is emitted.
  const bool needs_end = (flow.state & kSliceEmitted) != 0 &&
                         (options_.export_filter == nullptr || (flow.state & kCrossed) != 0);
  const bool has_missing_bytes = track_id != 0 && tracker_.conclude(track_id, id);
  if (!options_.emit_flows || (!has_packets && !needs_end && !has_missing_bytes)) {
    if (track_id != 0) tracker_.release(track_id, id);
    return;
  }
  Slice slice;
  build_slice(index, reason, &slice);
  const bool may_be_answered = (flow.state & kAnswered) != 0 || reason == FlowEnd::kEvicted;
  if (track_id != 0 && !may_be_answered && tracker_.is_quic_silent(track_id)) emit_quic_silence(slice);
  if (track_id != 0) {
    // The exchange that the release closes must be emitted before the last slice of the flow, so that a reader of the
    // last slice has the whole flow. The tails' views end with the release, so their bytes are copied.
    keep_tails(&slice);
    tracker_.release(track_id, id);
  }
  emit(index, slice);
}

// A client repeats its hello after a second at most (RFC 9002 §6.2.2).
void Partition::emit_quic_silence(const Slice& slice) {
  constexpr int64_t kRepeatNs = 1'000'000'000;
  const FlowRecord& flow = slice.record;
  const Span& name = slice.tails[0];
  const ExportFilter* const rules = options_.export_filter.get();
  const bool is_wanted = options_.tracker.emit_outcomes && flow.proxy_kind == 0 && name.size != 0 &&
                         (rules == nullptr || rules->names->has_name(name));
  if (!is_wanted || flow.last_ns - flow.hello_ns < kRepeatNs) return;
  OutcomeRecord record{};
  record.kind = static_cast<uint8_t>(OutcomeKind::kQuicSilent);
  record.ts_ns = flow.hello_ns;
  record.last_ns = flow.last_ns;
  record.delay_us = static_cast<uint32_t>(std::min<int64_t>((flow.last_ns - flow.hello_ns) / 1000, UINT32_MAX));
  record.value = static_cast<uint32_t>(std::min<uint64_t>(flow.packets_up, UINT32_MAX));
  std::memcpy(record.client_address, flow.client_address, sizeof record.client_address);
  std::memcpy(record.server_address, flow.server_address, sizeof record.server_address);
  record.client_port = flow.client_port;
  record.server_port = flow.server_port;
  record.ip_version = flow.ip_version;
  record.name_length = static_cast<uint16_t>(name.size);
  writer_.emit(RecordType::kOutcome, 0, &record, sizeof record, &name, 1);
}

void Partition::keep_tails(Slice* slice) {
  size_t bytes = 0;
  for (const Span& tail : slice->tails) bytes += tail.size;
  if (tails_.size() < bytes) tails_.resize(bytes);
  size_t at = 0;
  for (Span& tail : slice->tails) {
    if (tail.size != 0) std::memcpy(tails_.data() + at, tail.data, tail.size);
    tail.data = tails_.data() + at;
    at += tail.size;
  }
}

void Partition::order_last_flows() {
  for (uint32_t index = 0; (index = table_.next_live(index)) != FlowTable::kNone; ++index) {
    last_flows_.push_back(index);
  }
  if (!gives_whole_flows()) return;
  // Entries are reused after the end of flows, so their numbers are not in order of time. The reader orders flows that
  // begin in one microsecond.
  std::sort(last_flows_.begin(), last_flows_.end(),
            [this](uint32_t a, uint32_t b) { return table_.cold(a).flow_first_ns < table_.cold(b).flow_first_ns; });
}

bool Partition::finish() {
  constexpr uint32_t kFactsAhead = 16;  // flows whose payload state is prefetched before they are emitted
  constexpr uint32_t kHelloAhead = 8;   // flows whose hello, to which the payload state points, is prefetched then
  if (now_ns_ != INT64_MAX) order_last_flows();
  now_ns_ = INT64_MAX;
  const uint32_t end = static_cast<uint32_t>(last_flows_.size());
  for (; finish_at_ < end && writer_.has_room(); ++finish_at_) {
    const uint32_t* ahead = last_flows_.data() + finish_at_;
    if (finish_at_ + kFactsAhead < end) tracker_.prefetch_flow(table_.hot(ahead[kFactsAhead]).track_id);
    if (finish_at_ + kHelloAhead < end) tracker_.prefetch_hello(table_.hot(ahead[kHelloAhead]).track_id);
    const uint32_t index = last_flows_[finish_at_];
    if (!table_.is_live(index)) continue;  // a flush has ended it meanwhile
    emit_end(index, own_end(table_.hot(index).state, FlowEnd::kEndOfInput));
    table_.abandon(index);
  }
  if (gives_whole_flows()) {
    const int64_t next_ns = finish_at_ < end ? table_.cold(last_flows_[finish_at_]).flow_first_ns : INT64_MAX;
    finish_clock_ns_ = kEndOfInputNs + std::min(next_ns, kEndOfInputNs - 1);
  }
  if (finish_at_ < end) return false;
  flush_sums();
  return true;
}

bool Partition::flush_before(int64_t before_ns) {
  now_ns_ = std::max(now_ns_, before_ns);
  while ((flush_at_ = table_.next_live(flush_at_)) != FlowTable::kNone && writer_.has_room()) {
    const uint32_t index = flush_at_++;
    HotFlow& flow = table_.hot(index);
    if (is_over_after(flow, before_ns - flow.last_ns, false)) {
      end_flow(index, own_end(flow.state, FlowEnd::kIdle));
    } else if (flow.last_ns < before_ns) {
      if (options_.settle_ns > 0 && flow.track_id != 0)
        tracker_.settle_exchange(flow.track_id, flow_id(index), before_ns - options_.settle_ns);
      emit_slice(index);
      flow.set_window(~flow.window);  // a late packet of the same window begins a new slice
      end_failed_watch(index, before_ns);
    }
  }
  if (flush_at_ != FlowTable::kNone) return false;
  flush_at_ = 0;
  flush_sums();
  return true;
}

}  // namespace wiretally

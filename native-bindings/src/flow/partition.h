// Partition: the flows of one worker, in one or more shards. It owns a flow table and a tracker, and receives every packet
// of its flows in capture order; it shares no state, and its limits are those of its shards, so its results are
// independent of the number of partitions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../base/counters.h"
#include "../base/event.h"
#include "../base/event_writer.h"
#include "../packet/packet.h"
#include "../stream/tracker.h"
#include "connection_watch.h"
#include "export_filter.h"
#include "host_totals.h"
#include "key.h"
#include "quic_peer_sums.h"
#include "table.h"
#include "window_clock.h"

namespace wiretally {

struct PartitionOptions {
  uint32_t number = 0;  // part of flow numbers only, which are never printed
  FlowShards shards;
  uint32_t flows = 262144;  // Flows of all shards of the analysis.
  uint32_t window_seconds = 0;
  // A flush emits answered exchanges that have been silent for this time; 0: none.
  int64_t settle_ns = 0;
  bool emit_flows = true;
  std::shared_ptr<const ExportFilter> export_filter;  // null: every slice is exported
  TrackerOptions tracker;
};

struct PartitionStats {
  uint64_t flows = 0;          // flows begun
  uint64_t evicted_flows = 0;  // given up before their end because the table was full
};

class Partition {
 public:
  // Packets that go through the rounds of apply() together.
  static constexpr size_t kBatch = 16;
  // Batches in flight: a packet is counted after this many further batches, or by drain().
  static constexpr size_t kRounds = 6;

  Partition(const PartitionOptions& options, const HashSecret& secret, const Watchlist* watchlist);

  // False when the system refuses the memory of the table.
  bool open() {
    return table_.open(static_cast<uint32_t>(options_.shards.part_of(options_.flows)), options_.shards.count);
  }

  // Adds a packet to the current batch, in capture order, at most kBatch of them. It must remain valid for kRounds calls of
  // apply(), or until drain(). `hash`: of its key, by hash_of.
  void put(const Packet& packet, const FlowKey& key, uint64_t hash) {
    Batch& batch = batch_before(0);
    if (batch.count == kBatch) return;
    batch.packets[batch.count] = &packet;
    batch.keys[batch.count] = key;
    batch.hashes[batch.count++] = hash;
    table_.prefetch_slot(hash);
  }
  void put(const Packet& packet) {
    const FlowKey key = make_key(packet.ends);
    put(packet, key, hash_of(key));
  }
  // Memory latency is the cost of a packet, so each batch passes through rounds, one per call: prefetch the
  // slot of the table, for the entry that it names, for the flow's payload state, for what that points to,
  // and only then count. Each round finds what the one before asked for. Measured on 100 000 flows: half the
  // cost of doing all at once.
  void apply();
  uint64_t hash_of(const FlowKey& key) const { return hash_key(key, secret_); }
  // Counts all packets that are on their way.
  void drain();

  // Emits the remaining flows while the writer has space. True when none is left. Whole flows, without
  // windows, are emitted in the order of their first packets.
  bool finish();
  // Clock of a batch, with `packets_ns` the latest packet time: once finish() emits whole flows, kEndOfInputNs
  // and the earliest first packet of the remaining ones. So a reader that merges batches of several partitions
  // by clock gets all flows in order, and buffers few of them.
  int64_t clock_ns(int64_t packets_ns) const { return finish_clock_ns_ == 0 ? packets_ns : finish_clock_ns_; }

  // Emits the slices of windows that end at or before `before_ns`, and the flows that have ended by then, while
  // the writer has space. True when all are out; call again with the same time until then.
  bool flush_before(int64_t before_ns);

  EventWriter& writer() { return writer_; }
  Counters& counters() { return counters_; }
  const PartitionStats& stats() const { return stats_; }
  const TrackerStats& tracker_stats() const { return tracker_.stats(); }
  uint64_t unwatched() const { return watch_.unwatched(); }
  uint32_t size() const { return table_.size(); }
  // Entries of the flow table that a flush goes through.
  uint32_t entries() const { return table_.high_water(); }

 private:
  struct Batch {
    size_t count = 0;
    size_t tracked_count = 0;
    const Packet* packets[kBatch];
    FlowKey keys[kBatch];
    uint64_t hashes[kBatch];
    uint32_t entries[kBatch];  // Entries at which the flows are likely to be.
    TrackId tracked[kBatch];   // payload state that is likely to be needed
  };
  // The batch of `rounds` calls ago.
  Batch& batch_before(size_t rounds) { return batches_[(batch_number_ - rounds) % kRounds]; }
  void seek_entries(Batch* batch);
  void seek_state(Batch* batch);
  void apply_one(const Packet& packet, const FlowKey& key, uint64_t hash);
  uint32_t begin_flow(const Packet& packet, const FlowKey& key, uint64_t hash);
  // Returns the reason why the packet cannot belong to the flow; kOpen if it can.
  FlowEnd ended_before(uint32_t index, const Packet& packet, bool from_high, bool is_control);
  // True if a host would accept the packet, by its checksums.
  bool is_accepted(uint32_t index, const Packet& packet, bool from_high);
  bool begins_again(uint32_t index, const Packet& packet, bool from_high);
  void restart_tracking(uint32_t index);
  void note_reset(uint32_t index, const Packet& packet, bool from_high);
  void note_multipath(const Packet& packet, ColdFlow* cold);
  void note_tcp_flags(uint32_t index, const Packet& packet, bool from_high);
  uint32_t track(uint32_t index, const Packet& packet, const FlowKey& key, uint64_t hash);
  void watch(uint32_t index, const Packet& packet, bool from_high);
  void end_watch(uint32_t index);
  void end_failed_watch(uint32_t index, int64_t now_ns);
  bool is_other_window(const HotFlow& flow, uint32_t window, int64_t ts_ns) const {
    return (window & HotFlow::kWindowBits) != flow.window || clock_.is_apart(ts_ns, flow.last_ns);
  }
  void change_window(uint32_t index, uint32_t window, int64_t ts_ns);
  void sample_again(HotFlow* flow, const Packet& packet);
  void count(uint32_t index, const Packet& packet, bool from_high);

  // One record before it is emitted, with the memory of its tails.
  struct Slice {
    FlowRecord record;
    Span tails[kFlowTails];
    char tunnel[128];
    uint16_t vlans[kMaxVlans];
  };
  void fill_record(uint32_t index, FlowEnd end, FlowRecord* record);
  void build_slice(uint32_t index, FlowEnd end, Slice* slice);
  void emit_quic_silence(const Slice& slice);
  void keep_tails(Slice* slice);
  void emit(uint32_t index, const Slice& slice);
  void flush_sums();
  void emit_slice(uint32_t index);
  void emit_end(uint32_t index, FlowEnd reason);
  void end_flow(uint32_t index, FlowEnd reason);
  void make_room(uint32_t shard, int64_t ts_ns);
  // Chooses what finish walks, and in which order.
  void order_last_flows();
  bool gives_whole_flows() const { return options_.window_seconds == 0 && options_.emit_flows; }
  void sweep(uint32_t shard, int64_t ts_ns);
  uint64_t flow_id(uint32_t index);

  PartitionOptions options_;
  HashSecret secret_;
  EventWriter writer_;
  Counters counters_;
  PartitionStats stats_;
  Tracker tracker_;
  FlowTable table_;
  WindowClock clock_;
  HostTotals totals_;
  QuicPeerSums quic_peers_;
  ConnectionWatch watch_;
  std::vector<uint64_t> begun_;  // flows begun in each shard
  int64_t now_ns_ = 0;           // time of the current packet
  Batch batches_[kRounds];
  size_t batch_number_ = kRounds;
  // Positions of both. Separate, since a flush may be requested while the last flows are emitted.
  uint32_t flush_at_ = 0;   // Position in the table.
  uint32_t finish_at_ = 0;  // Position in last_flows_.
  int64_t finish_clock_ns_ = 0;
  std::vector<uint32_t> last_flows_;  // Flows that finish walks.
  std::vector<uint8_t> tails_;        // tails of a last slice, kept over the tracker's release
};

}  // namespace wiretally

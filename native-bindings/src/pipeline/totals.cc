// Totals writes the sums and the layout of the CountersRecord.
#include "totals.h"

#include <algorithm>

namespace wiretally {

namespace {

// MalformedCount has the layout of the tail.
struct MalformedCount {
  uint32_t number;
  uint32_t reserved;
  uint64_t count;
};
static_assert(sizeof(MalformedCount) == 16);

}  // namespace

void emit_counters(const Inputs* inputs, const StageCounters& stage, Partition* partition, EventSink* sink) {
  Counters sum = stage.wire;
  sum.add(partition->counters());
  CountersRecord record{};
  if (inputs != nullptr) {
    record.packets = inputs->packets() + stage.gro_frames;
    record.wire_bytes = inputs->wire_bytes() + stage.gro_header_bytes;
  }
  record.flows = partition->stats().flows;
  record.hellos_complete = partition->tracker_stats().hellos_complete;
  record.hellos_incomplete = partition->tracker_stats().hellos_incomplete;
  record.snaplen_cut = sum.snaplen_cut;
  record.evicted_flows = partition->stats().evicted_flows;
  record.undecoded = sum.undecoded;
  record.fragments = sum.fragments;
  record.unwatched = static_cast<uint32_t>(std::min<uint64_t>(partition->unwatched(), UINT32_MAX));
  record.excluded = stage.excluded;
  record.filtered = stage.filtered;
  MalformedCount list[static_cast<size_t>(Malformed::kCount)] = {};
  for (size_t i = 0; i < sum.malformed.size(); ++i) {
    if (sum.malformed[i] == 0) continue;
    list[record.malformed_count++] = {static_cast<uint32_t>(i), 0, sum.malformed[i]};
  }
  const Span tail = {reinterpret_cast<const uint8_t*>(list), record.malformed_count * sizeof(MalformedCount)};
  sink->emit(RecordType::kCounters, 0, &record, sizeof record, &tail, 1);
}

}  // namespace wiretally

// EarlySlices: a table of sets.
#include "early_slices.h"

#include <algorithm>

#include "unseen.h"

namespace wiretally {

namespace {

// Slots per hash: more slots let the newest slices find a free one in a fuller table.
constexpr size_t kWays = 8;

// First slot of a flow; flow numbers are dense except for the decoder in the upper bits.
size_t set_of(uint64_t flow_id) {
  const uint32_t mixed = (static_cast<uint32_t>(flow_id) ^ static_cast<uint32_t>(flow_id >> 32)) * 0x9e37'79b1U;
  return size_t{mixed / static_cast<uint32_t>((uint64_t{1} << 32) / (EarlySlices::kMaxSlices / kWays))} * kWays;
}

}  // namespace

bool EarlySlices::is_worth_keeping(const Flow& slice) const {
  const int64_t next_window_us = (slice.first_us / window_us_ + 1) * window_us_;
  return next_window_us < slice.flow_first_us + kGreetingUs;
}

void EarlySlices::add(const Flow& slice) {
  if (slices_.empty()) slices_.resize(kMaxSlices);
  Slice* const set = &slices_[set_of(slice.id)];
  Slice* place = set;
  for (Slice* at = set; at != set + kWays; ++at) {
    if (at->flow_id == 0) {
      place = at;
      break;
    }
    if (at->flow_first_us < place->flow_first_us) place = at;
  }
  if (place->flow_id != 0) {
    ++overflow;
    if (place->flow_first_us > slice.flow_first_us) return;
  }
  earliest_us_ = std::min(earliest_us_, slice.flow_first_us);
  *place = {slice.id,         slice.flow_first_us, slice.first_us,   slice.last_us,
            slice.bytes_up,   slice.bytes_down,    slice.payload_up, slice.payload_down,
            slice.packets_up, slice.packets_down,  slice.lost_up,    slice.lost_down};
}

FlowPtr EarlySlices::take(const Flow& next) {
  if (slices_.empty()) return nullptr;
  Slice* const set = &slices_[set_of(next.id)];
  for (Slice* at = set; at != set + kWays; ++at) {
    if (at->flow_id != next.id) continue;
    at->flow_id = 0;
    if (next.first_us >= at->flow_first_us + kGreetingUs) return nullptr;
    auto slice = std::make_shared<Flow>(next);
    slice->flow_first_us = at->flow_first_us;
    slice->first_us = at->first_us;
    slice->last_us = at->last_us;
    slice->bytes_up = at->bytes_up;
    slice->bytes_down = at->bytes_down;
    slice->payload_up = at->payload_up;
    slice->payload_down = at->payload_down;
    slice->packets_up = at->packets_up;
    slice->packets_down = at->packets_down;
    slice->lost_up = at->lost_up;
    slice->lost_down = at->lost_down;
    constexpr uint16_t kNotYet = kFlowLastSlice | kFlowServerHello | kFlowEstablished | kFlowResumed | kFlowHttp2 |
                                 kFlowAnswered | kFlowContradicted;
    slice->flags = static_cast<uint16_t>((next.flags & ~kNotYet) | kFlowFirstSlice);
    slice->has_hello_us = false;
    slice->hello = nullptr;
    slice->has_ech = false;
    slice->has_ech_config = false;
    slice->hello_hash = 0;
    slice->sni.clear();
    slice->other_sni.clear();
    slice->end = FlowEnd::kOpen;
    return slice;
  }
  return nullptr;
}

void EarlySlices::expire(int64_t until_us) {
  const int64_t before_us = until_us - kGreetingUs - window_us_;
  if (slices_.empty() || earliest_us_ > before_us) return;
  earliest_us_ = INT64_MAX;
  for (Slice& slice : slices_) {
    if (slice.flow_id == 0) continue;
    if (slice.flow_first_us <= before_us) {
      slice.flow_id = 0;
    } else {
      earliest_us_ = std::min(earliest_us_, slice.flow_first_us);
    }
  }
}

}  // namespace wiretally

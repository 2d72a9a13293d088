// EarlySlices: implements a set-associative table; a full set keeps its newest slices.
#include "early_slices.h"

#include <algorithm>

#include "unseen.h"

namespace wiretally {

namespace {

// Slots per hash. More slots let the newest slices find a free one in a fuller table.
constexpr size_t kWays = 8;

// Returns the first slot of a flow. Flow numbers are dense except for the decoder in the upper bits.
size_t set_of(uint64_t flow_id) {
  const uint32_t mixed = (static_cast<uint32_t>(flow_id) ^ static_cast<uint32_t>(flow_id >> 32)) * 0x9e37'79b1U;
  return size_t{mixed / static_cast<uint32_t>((uint64_t{1} << 32) / (EarlySlices::kMaxSlices / kWays))} * kWays;
}

}  // namespace

bool EarlySlices::is_worth_keeping(const Flow& slice) const {
  const int64_t next_window_us = (slice.first_us / window_us_ + 1) * window_us_;
  return next_window_us < slice.flow_first_us + kMaxHelloDelayUs;
}

void EarlySlices::add(const Flow& slice) {
  if (slices_.get() == nullptr) {
    constexpr size_t kBytes = kMaxSlices * sizeof(Slice);
    slices_ = MappedArray<Slice>(map_zeroed(kBytes), kBytes);
  }
  if (slices_.get() == nullptr) {
    ++overflow;
    return;
  }
  Slice* const set = &slices_[set_of(slice.id)];
  Slice* place = set;
  for (Slice* at = set; at != set + kWays; ++at) {
    if (at->used_at == 0) {
      place = at;
      break;
    }
    if (at->flow_first_us < place->flow_first_us) place = at;
  }
  if (place->used_at != 0) {
    ++overflow;
    if (place->flow_first_us > slice.flow_first_us) return;
  }
  earliest_us_ = std::min(earliest_us_, slice.flow_first_us);
  if (place->used_at == 0) {
    used_.push_back(static_cast<uint32_t>(place - slices_.get()));
    place->used_at = static_cast<uint32_t>(used_.size());
  }
  *place = {slice.id,         slice.flow_first_us, slice.first_us,     slice.last_us,    slice.bytes_up,
            slice.bytes_down, slice.payload_up,    slice.payload_down, slice.packets_up, slice.packets_down,
            slice.lost_up,    slice.lost_down,     place->used_at};
}

// The last place moves to the place of this slice.
void EarlySlices::release(Slice* slice) {
  const uint32_t moved = used_.back();
  used_[slice->used_at - 1] = moved;
  slices_[moved].used_at = slice->used_at;
  used_.pop_back();
  slice->used_at = 0;
}

FlowPtr EarlySlices::take(const Flow& next) {
  if (slices_.get() == nullptr) return nullptr;
  Slice* const set = &slices_[set_of(next.id)];
  for (Slice* at = set; at != set + kWays; ++at) {
    if (at->used_at == 0 || at->flow_id != next.id) continue;
    release(at);
    if (next.first_us >= at->flow_first_us + kMaxHelloDelayUs) return nullptr;
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
  const int64_t before_us = until_us - kMaxHelloDelayUs - window_us_;
  if (slices_.get() == nullptr || earliest_us_ > before_us) return;
  earliest_us_ = INT64_MAX;
  for (size_t i = 0; i < used_.size();) {
    Slice& slice = slices_[used_[i]];
    if (slice.flow_first_us <= before_us) {
      release(&slice);
    } else {
      earliest_us_ = std::min(earliest_us_, slice.flow_first_us);
      ++i;
    }
  }
}

}  // namespace wiretally

// HostTotals: sums by host, MAC, VLANs and window.
#include "host_totals.h"

#include <algorithm>
#include <cstring>

#include "flow_entry.h"

namespace wiretally {

namespace {

bool holds_hello(const FlowRecord& slice) {
  // As the reader counts: by microseconds, in the slice that holds the packet that completed it.
  const int64_t hello_us = slice.hello_ns / 1000;
  return slice.ja4[0] != '\0' && hello_us >= slice.first_ns / 1000 && hello_us <= slice.last_ns / 1000;
}

uint8_t hint_of(const FlowRecord& slice, SliceKinds kinds) {
  return kinds.not_visible == 0 ? uint8_t{0} : slice.app_hint;
}

}  // namespace

// As hash_key makes it: keyed sums of products.
uint64_t HostTotals::hash_of(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds) const {
  __extension__ using Wide = unsigned __int128;
  const uint64_t* k = secret_.words;
  Wide sum = Wide{load_u64(slice.client_address) + k[0]} * (load_u64(slice.client_address + 8) + k[1]);
  sum += Wide{(load_u32(slice.client_mac + 2) | (uint64_t{window} << 32)) + k[2]} *
         (vlans + k[3] + kinds.not_visible + (uint64_t{hint_of(slice, kinds)} << kNotVisibleKinds) +
          (uint64_t{static_cast<uint8_t>(kinds.traffic_class)} << 16));
  const Wide mixed = Wide{static_cast<uint64_t>(sum) ^ k[6]} * (static_cast<uint64_t>(sum >> 64) ^ k[7]);
  return static_cast<uint64_t>(mixed) ^ static_cast<uint64_t>(mixed >> 64);
}

HostTotals::Entry* HostTotals::find(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds,
                                    size_t* slot) {
  size_t at = hash_of(slice, vlans, window, kinds) % kSlots;
  for (; slots_[at] != 0; at = (at + 1) % kSlots) {
    Entry& entry = entries_[slots_[at] - 1u];
    const HostTotalsRecord& sums = entry.sums;
    const bool is_same = entry.vlans == vlans && entry.window == window && entry.kinds == kinds &&
                         sums.app_hint == hint_of(slice, kinds) && sums.ip_version == slice.ip_version &&
                         std::memcmp(sums.address, slice.client_address, sizeof sums.address) == 0 &&
                         std::memcmp(sums.mac, slice.client_mac, sizeof sums.mac) == 0;
    if (is_same) return &entry;
  }
  *slot = at;
  return nullptr;
}

void HostTotals::add(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds, EventSink* sink) {
  size_t slot = 0;
  Entry* entry = find(slice, vlans, window, kinds, &slot);
  if (entry == nullptr) {
    if (entries_.size() == kMaxEntries) {
      flush(sink);
      find(slice, vlans, window, kinds, &slot);
    }
    entry = &entries_.emplace_back();
    slots_[slot] = static_cast<uint16_t>(entries_.size());
    entry->vlans = vlans;
    entry->window = window;
    entry->kinds = kinds;
    entry->sums = HostTotalsRecord{};
    entry->sums.first_ns = slice.first_ns;
    entry->sums.last_ns = slice.last_ns;
    std::memcpy(entry->sums.address, slice.client_address, sizeof entry->sums.address);
    std::memcpy(entry->sums.mac, slice.client_mac, sizeof entry->sums.mac);
    entry->sums.ip_version = slice.ip_version;
    entry->sums.app_hint = hint_of(slice, kinds);
    entry->sums.traffic_class = static_cast<uint8_t>(kinds.traffic_class);
    entry->sums.vlan_count = static_cast<uint8_t>(packed_count(vlans));
    for (unsigned i = 0; i < packed_count(vlans); ++i) {
      entry->sums.vlans[i] = static_cast<uint16_t>(packed_item(vlans, i, 12));
    }
  }
  HostTotalsRecord& sums = entry->sums;
  sums.first_ns = std::min(sums.first_ns, slice.first_ns);
  sums.last_ns = std::max(sums.last_ns, slice.last_ns);
  sums.packets += uint64_t{slice.packets_up} + slice.packets_down;
  sums.bytes_up += slice.bytes_up;
  sums.bytes_down += slice.bytes_down;
  sums.flows += (slice.header.flags & kFlowFirstSlice) != 0 ? 1 : 0;
  sums.hellos_complete += holds_hello(slice) ? 1 : 0;
  sums.ech_hellos += holds_hello(slice) && slice.ech != static_cast<uint8_t>(Ech::kNone) ? 1 : 0;
  sums.lost += uint64_t{slice.lost_up} + slice.lost_down;
  for (unsigned i = 0; i < kNotVisibleKinds; ++i) {
    const uint16_t kind = static_cast<uint16_t>(1u << i);
    if ((kinds.not_visible & kind) != 0 && (slice.counted_kinds & kind) == 0) ++sums.kind_flows[i];
  }
  sums.evicted_flows += slice.end_reason == static_cast<uint8_t>(FlowEnd::kEvicted) ? 1 : 0;
}

void HostTotals::flush(EventSink* sink) {
  for (const Entry& entry : entries_) {
    sink->emit(RecordType::kHostTotals, entry.kinds.not_visible, &entry.sums, sizeof entry.sums, nullptr, 0);
  }
  entries_.clear();
  std::fill(slots_.begin(), slots_.end(), uint16_t{0});
}

}  // namespace wiretally

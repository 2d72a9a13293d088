// HostTotals: adds flows by host, MAC, VLANs and window.
#include "host_totals.h"

#include <algorithm>
#include <cstring>

#include "flow_entry.h"

namespace wiretally {

namespace {

bool holds_hello(const FlowRecord& slice) {
  // The reader counts in the same way: by microseconds, in the slice with the packet that completed it.
  const int64_t hello_us = slice.hello_ns / 1000;
  return slice.ja4[0] != '\0' && hello_us >= slice.first_ns / 1000 && hello_us <= slice.last_ns / 1000;
}

uint8_t hint_of(const FlowRecord& slice, SliceKinds kinds) {
  return kinds.not_visible == 0 ? uint8_t{0} : slice.app_hint;
}

}  // namespace

HostTotals::Entry& HostTotals::entry_of(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds,
                                        EventSink* sink) {
  const uint8_t hint = hint_of(slice, kinds);
  const uint64_t kind = kinds.not_visible + (uint64_t{hint} << kNotVisibleKinds) +
                        (uint64_t{static_cast<uint8_t>(kinds.traffic_class)} << 16);
  const uint64_t hash = hash_words({load_u64(slice.client_address), load_u64(slice.client_address + 8),
                                    load_u32(slice.client_mac + 2) | (uint64_t{window} << 32), vlans + kind},
                                   secret_);
  Entry* const existing = table_.find(hash, [&](const Entry& entry) {
    const HostTotalsRecord& sums = entry.sums;
    return entry.vlans == vlans && entry.window == window && entry.kinds == kinds && sums.app_hint == hint &&
           sums.ip_version == slice.ip_version && sums.client_ttl == slice.client_ttl &&
           std::memcmp(sums.address, slice.client_address, sizeof sums.address) == 0 &&
           std::memcmp(sums.mac, slice.client_mac, sizeof sums.mac) == 0;
  });
  if (existing != nullptr) return *existing;
  if (table_.is_full()) flush(sink);
  Entry entry{vlans, window, kinds, HostTotalsRecord{}};
  HostTotalsRecord& sums = entry.sums;
  sums.first_ns = slice.first_ns;
  sums.last_ns = slice.last_ns;
  std::memcpy(sums.address, slice.client_address, sizeof sums.address);
  std::memcpy(sums.mac, slice.client_mac, sizeof sums.mac);
  sums.ip_version = slice.ip_version;
  sums.app_hint = hint;
  sums.client_ttl = slice.client_ttl;
  sums.traffic_class = static_cast<uint8_t>(kinds.traffic_class);
  sums.vlan_count = static_cast<uint8_t>(packed_count(vlans));
  for (unsigned i = 0; i < packed_count(vlans); ++i) {
    sums.vlans[i] = static_cast<uint16_t>(packed_item(vlans, i, 12));
  }
  return table_.add(hash, entry);
}

void HostTotals::add(const FlowRecord& slice, uint64_t vlans, uint32_t window, SliceKinds kinds, EventSink* sink) {
  HostTotalsRecord& sums = entry_of(slice, vlans, window, kinds, sink).sums;
  sums.first_ns = std::min(sums.first_ns, slice.first_ns);
  sums.last_ns = std::max(sums.last_ns, slice.last_ns);
  sums.packets += uint64_t{slice.packets_up} + slice.packets_down;
  sums.bytes_up += slice.bytes_up;
  sums.bytes_down += slice.bytes_down;
  sums.flows += (slice.header.flags & kFlowFirstSlice) != 0 ? 1 : 0;
  sums.hellos_complete += holds_hello(slice) ? 1 : 0;
  sums.ech_hellos += holds_hello(slice) && slice.ech != static_cast<uint8_t>(Ech::kNone) ? 1 : 0;
  sums.marks |= static_cast<uint8_t>(slice.marks);
  sums.lost += uint64_t{slice.lost_up} + slice.lost_down;
  for (unsigned i = 0; i < kNotVisibleKinds; ++i) {
    const uint16_t kind = static_cast<uint16_t>(1u << i);
    if ((kinds.not_visible & kind) != 0 && (slice.counted_kinds & kind) == 0) ++sums.kind_flows[i];
  }
  sums.evicted_flows += slice.end_reason == static_cast<uint8_t>(FlowEnd::kEvicted) ? 1 : 0;
}

void HostTotals::flush(EventSink* sink) {
  for (const Entry& entry : table_.entries()) {
    sink->emit(RecordType::kHostTotals, entry.kinds.not_visible, &entry.sums, sizeof entry.sums, nullptr, 0);
  }
  table_.clear();
}

}  // namespace wiretally

// State of one flow: 64 hot bytes that every packet touches, and 88 cold bytes that only the first
// packet, a new window, a SYN, the end, and IPv6 lookups touch. Memory latency is the cost of a flow table
// (one line per packet instead of two or three), so fields are split by access frequency, not by
// meaning.
#pragma once

#include <cstdint>

#include "../base/event.h"
#include "key.h"

namespace wiretally {

enum FlowState : uint16_t {
  kClientIsHigh = 1 << 0,   // The client is the higher endpoint of the key.
  kSynSeen = 1 << 1,        // the client's SYN
  kSequenceKnown = 1 << 2,  // ColdFlow::syn_sequence holds the client's initial sequence number
  kMidFlow = 1 << 3,        // TCP, first packet seen was neither SYN nor SYN-ACK
  kFinLow = 1 << 4,         // the low endpoint sent FIN
  kFinHigh = 1 << 5,
  kReset = 1 << 6,
  kTrackDone = 1 << 7,      // the tracker needs no further packets
  kCutShort = 1 << 8,       // packets of it were cut by the snaplen
  kSliceEmitted = 1 << 9,   // the first slice is out
  kKnownByHello = 1 << 10,  // the client is known by its hello
  kKnownBySyn = 1 << 11,    // the client is known by a SYN or SYN-ACK
  kCrossed = 1 << 13,       // a slice of it was exported: the others are exported too
  kPayloadOnly = 1 << 12,   // the tracker need not see bare acknowledgements
  kAnswered = 1 << 14,      // the server sent a packet
  kServed = 1 << 15,        // the server sent payload
};

// Counters are of the current slice, by endpoint (0 low, 1 high). Bytes have 48 bits in two parts: 256 TiB a
// slice.
struct alignas(64) HotFlow {
  uint64_t address_word;     //  0 FlowKey::words[0]
  uint32_t ports;            //  8
  uint16_t kind;             // 12 0 = free entry
  uint16_t state;            // 14 FlowState
  int64_t last_ns;           // 16 latest packet of the slice
  uint32_t packets[2];       // 24
  uint32_t bytes_low[2];     // 32
  uint32_t payload_low[2];   // 40
  uint16_t bytes_high[2];    // 48
  uint16_t payload_high[2];  // 52
  uint32_t track_id;         // 56
  uint32_t window : 17;      // 60 number of the slice's window, cut
  uint32_t watch_id : 15;    // Entry of ConnectionWatch; 0: none.

  static constexpr uint32_t kWindowBits = 0x1ffff, kWatchBits = 0x7fff;
  void set_window(uint32_t number) { window = number & kWindowBits; }
};
static_assert(sizeof(HotFlow) == 64);

// Results of checksums, resets and options of a flow; eight bits of ColdFlow::tunnels.
enum FlowTrust : uint8_t {
  kRightSumLow = 1 << 0,  // the low endpoint sent a packet with a right checksum
  kRightSumHigh = 1 << 1,
  kWrongSumLow = 1 << 2,  // The low endpoint sent payload with a wrong checksum before any right one: it was used.
  kWrongSumHigh = 1 << 3,
  kResetByLow = 1 << 4,
  kResetByHigh = 1 << 5,
  kContradicted = 1 << 6,  // kFlowContradicted
  kJoined = 1 << 7,        // kFlowJoined
};

struct ColdFlow {
  uint64_t address_words[3];  //  0 FlowKey::words[1..3] of IPv6
  int64_t flow_first_ns;      // 24 earliest packet of the flow
  int64_t slice_first_ns;     // 32 earliest packet of the slice
  uint64_t vlans;             // 40 four times 12 bits, outermost first; their number in the top byte
  uint64_t tunnels;          // 48 eight times 6 bits, outermost first; FlowTrust; number and kOtherHost in the top byte
  uint32_t syn_sequence;     // 56
  uint32_t file_index;       // 60
  uint32_t number;           // 64 running number of the flow in its shard, its upper byte in vlans
  uint8_t low_mac[6];        // 68
  uint8_t high_mac[6];       // 74
  uint32_t multipath_token;  // 80 of the connection that the flow began or joined, 0: none
  uint8_t counted_kinds;     // 84 NotVisibleKinds of which it was counted in totals of its host
  uint8_t shard;             // 85 of those of the partition
  uint8_t low_ttl;           // 86 time to live of the first packet that was checked, or of a far one; 0: none
  uint8_t high_ttl;          // 87

  // 40 bits of the number are kept: three years at 10 000 new flows a second.
  void set_number(uint64_t value) {
    number = static_cast<uint32_t>(value);
    vlans |= (value >> 32 & 0xff) << 48;
  }
  bool has_trust(uint8_t bits) const { return (tunnels >> kTrustShift & bits) != 0; }
  void add_trust(uint8_t bits) { tunnels |= uint64_t{bits} << kTrustShift; }
  static constexpr unsigned kTrustShift = 48;
  // A bit of `tunnels`: ExportFilter::has_other_host.
  static constexpr uint64_t kOtherHost = uint64_t{1} << 63;
  // Returns `vlans` without the part of the number.
  uint64_t get_vlans() const { return vlans & ~(uint64_t{0xff} << 48); }
  uint64_t get_number() const { return number | (vlans >> 48 & 0xff) << 32; }
};
static_assert(sizeof(ColdFlow) == 88);

// Small lists in one word: `bits` each, the first one lowest, their number in the low half of the top byte.
template <typename T>
inline uint64_t pack_list(const T* items, unsigned count, unsigned bits) {
  uint64_t word = uint64_t{count} << 56;
  for (unsigned i = 0; i < count; ++i) word |= (uint64_t{items[i]} & ((1u << bits) - 1)) << (i * bits);
  return word;
}
inline unsigned packed_count(uint64_t word) { return static_cast<unsigned>(word >> 56 & 0xf); }
inline unsigned packed_item(uint64_t word, unsigned index, unsigned bits) {
  return static_cast<unsigned>(word >> (index * bits)) & ((1u << bits) - 1);
}

constexpr uint8_t kProtocolTcp = 6;

// True for a flow that its own packets have ended; late packets may follow.
inline bool is_closed(uint16_t state) {
  constexpr uint16_t kBothFins = kFinLow | kFinHigh;
  return (state & kReset) != 0 || (state & kBothFins) == kBothFins;
}

// Returns how a flow ended by its own packets; `otherwise` if it did not.
inline FlowEnd own_end(uint16_t state, FlowEnd otherwise) {
  if ((state & kReset) != 0) return FlowEnd::kReset;
  return is_closed(state) ? FlowEnd::kFin : otherwise;
}

// Silence after which a flow may end; such flows are evicted first.
constexpr int64_t kTcpIdleNs = 3600ll * 1'000'000'000;
constexpr int64_t kTcpClosedIdleNs = 60ll * 1'000'000'000;
constexpr int64_t kUdpIdleNs = 300ll * 1'000'000'000;

inline int64_t idle_limit_ns(const HotFlow& flow) {
  if ((flow.kind & 0xff) != kProtocolTcp) return kUdpIdleNs;
  return is_closed(flow.state) ? kTcpClosedIdleNs : kTcpIdleNs;
}

// Maximum silence of an open, served connection. Those of editors and agents are silent while the machine sleeps, and
// continue. They end with the SYN of another one, and after this time at the latest: Friday evening to Tuesday morning
// are 87 hours.
constexpr int64_t kTcpSilentNs = 96 * 3600ll * 1'000'000'000;

// True if a packet after this silence cannot belong to the flow.
inline bool is_over_after(const HotFlow& flow, int64_t silence_ns, bool is_syn) {
  const bool goes_on = (flow.kind & 0xff) == kProtocolTcp && !is_closed(flow.state) && (flow.state & kServed) != 0;
  return silence_ns > (goes_on && !is_syn ? kTcpSilentNs : idle_limit_ns(flow));
}

inline void add48(uint32_t* low, uint16_t* high, uint32_t amount) {
  *low += amount;
  if (*low < amount) ++*high;
}

inline uint64_t get48(uint32_t low, uint16_t high) { return low | (uint64_t{high} << 32); }

}  // namespace wiretally

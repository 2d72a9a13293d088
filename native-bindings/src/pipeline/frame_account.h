// FrameAccount: the account of frames that belong to no flow, by host and window. Flows account for their own bytes.
#pragma once

#include <cstdint>
#include <memory>

#include "../base/event_sink.h"
#include "../flow/export_filter.h"
#include "../flow/key.h"
#include "../flow/sum_table.h"
#include "../flow/window_clock.h"
#include "../packet/decode.h"
#include "../packet/packet.h"

namespace wiretally {

// The host of frames without a flow, and their other end.
struct FrameHost {
  uint8_t address[16];
  uint8_t peer[16];
  uint8_t ip_version;  // 0: no address is known
};

class FrameAccount {
 public:
  // `rules` may be null: then nothing is counted.
  FrameAccount(std::shared_ptr<const ExportFilter> rules, uint32_t window_seconds)
      : rules_(std::move(rules)), clock_(window_seconds) {}

  // A frame that decode_frame called neither a packet nor a fragment. False: nothing was counted, as neither end is local: the
  // one that sent first is the host, which only the ordered stage knows.
  bool add(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result, EventSink* sink);
  bool knows_host(const Packet& packet) const {
    if (rules_ == nullptr) return true;
    const Endpoints& ends = ends_of(packet);
    return ends.ip_version == 0 || rules_->local.touches(ends);
  }
  // The same for the ordered stage: `is_reversed`: the destination sent first.
  void add_between(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
                   bool is_reversed, EventSink* sink);
  // A packet between local addresses in a tunnel of its host to the outside is that host's, and hidden: it claims to stay
  // inside. False: it is none.
  bool take_tunnelled(const Packet& packet, EventSink* sink);
  // Frames of a datagram that was never whole, or that no host accepts.
  void add_damaged(const Endpoints& ends, int64_t first_ns, int64_t last_ns, uint64_t packets, uint64_t bytes,
                   EventSink* sink);
  // Bytes behind the datagram that are more than padding: they are damage, and no longer the packet's.
  void take_trailer(const Frame& frame, Packet* packet, EventSink* sink);
  void flush(EventSink* sink);

 private:
  struct Judged {
    TrafficClass traffic_class;
    FrameCause cause;
  };
  struct Entry {
    uint32_t window;
    AccountRecord sums;
  };
  Judged judge(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result) const;
  FrameHost host_of(const Endpoints& ends, bool is_reversed) const;
  const Endpoints& ends_of(const Packet& packet) const;
  void count(const Frame& frame, const Packet& packet, Judged judged, bool is_reversed, EventSink* sink);
  Entry& entry_of(const FrameHost& host, Judged judged, int64_t first_ns, EventSink* sink);
  void add_sums(const FrameHost& host, Judged judged, int64_t first_ns, int64_t last_ns, uint64_t packets,
                uint64_t bytes, EventSink* sink);

  std::shared_ptr<const ExportFilter> rules_;
  WindowClock clock_;
  HashSecret secret_ = HashSecret::draw();
  SumTable<Entry, 1024> table_;
};

}  // namespace wiretally

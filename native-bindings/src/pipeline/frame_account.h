// FrameAccount counts frames that belong to no flow, by host and window. Flows account for their own bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../base/event_sink.h"
#include "../flow/export_filter.h"
#include "../flow/key.h"
#include "../flow/sum_table.h"
#include "../flow/window_clock.h"
#include "../packet/decode.h"
#include "../packet/packet.h"

namespace wiretally {

// FrameHost has the host of frames without a flow, and their other end.
struct FrameHost {
  uint8_t address[16];
  uint8_t peer[16];
  uint8_t ip_version;  // 0: no address is known
};

// Nothing reads the padding of a short frame, so more bytes than this are other data.
inline constexpr uint32_t kMaxFramePadding = 64;

// Remembers echo requests until an answer with the same bytes arrives. The oldest ones are evicted.
class EchoRequests {
 public:
  // Frames that are not requests have no effect.
  void note(const Packet& packet, const NonPortInfo& other);
  bool is_answered_by(const Packet& packet, const NonPortInfo& other) const;

 private:
  static constexpr size_t kMaxRequests = 4096;
  uint64_t hash_of(const uint8_t* client, const uint8_t* server, Span message) const;

  HashSecret secret_ = HashSecret::draw();
  std::vector<uint64_t> known_ = std::vector<uint64_t>(kMaxRequests, 0);
};

class FrameAccount {
 public:
  // If `rules` is null, nothing is counted.
  FrameAccount(std::shared_ptr<const ExportFilter> rules, uint32_t window_seconds)
      : rules_(std::move(rules)), clock_(window_seconds) {}

  // Adds a frame that decode_frame called neither a packet nor a fragment. Returns false if nothing was counted,
  // because only the ordered stage knows which of two ends that are not local sent first, and which request an echo
  // answers.
  bool add(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result, EventSink* sink);
  bool knows_host(const Packet& packet) const {
    if (rules_ == nullptr) return true;
    const Endpoints& ends = ends_of(packet);
    return ends.ip_version == 0 || rules_->local.touches(ends);
  }
  // True for an answer to an echo whose bytes have no pattern: they are harmless if they are those of the request.
  bool answers_echo(const Packet& packet, const NonPortInfo& other, DecodeResult result) const;
  // The same as `add` for the ordered stage. `is_reversed`: the destination sent first. `is_other_answer`: an echo
  // answers with other bytes than those of a request.
  void add_between(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
                   bool is_reversed, bool is_other_answer, EventSink* sink);
  // Adds a packet between local addresses in a tunnel from its host to the outside: it belongs to that host and is
  // hidden, because it only claims to stay inside. Returns false for other packets.
  [[gnu::noinline]] bool take_tunnelled(const Packet& packet, EventSink* sink);
  // Adds frames of a datagram that never became complete, or that no host accepts.
  void add_dropped(const DroppedFragments& dropped, int64_t now_ns, EventSink* sink);
  // Adds bytes behind the datagram that are more than padding: they count as damage, and no longer as the packet's.
  void take_trailer(const Frame& frame, Packet* packet, EventSink* sink) {
    if (packet->segment.size == 0) return;
    const size_t begin = static_cast<size_t>(packet->segment.data - frame.data);
    const size_t end = begin + packet->segment_bytes + kMaxFramePadding;
    if (end >= frame.wire_bytes || rules_ == nullptr || frame.gro_bytes != 0) return;
    take_trailer(frame, frame.wire_bytes - static_cast<uint32_t>(end), packet, sink);
  }
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
  Judged judge(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
               bool is_other_answer) const;
  FrameHost host_of(const Endpoints& ends, bool is_reversed) const;
  const Endpoints& ends_of(const Packet& packet) const;
  [[gnu::noinline]] void take_trailer(const Frame& frame, uint32_t bytes, Packet* packet, EventSink* sink);
  void add_damaged(const Endpoints& ends, int64_t ts_ns, uint64_t packets, uint64_t bytes, EventSink* sink);
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

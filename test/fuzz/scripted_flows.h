// Reads the input of a fuzzer as packets of four flows. Each packet begins with six bytes: flags, flow and time, the
// distance of its sequence number from the position of its side (two bytes, signed), and the payload length (two bytes).
#pragma once

#include <algorithm>
#include <cstdlib>

#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/stream/tracker.h"

namespace scripted {

using namespace wiretally;

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Invariants of every record of a tracker.
class Sink : public EventSink {
 public:
  void emit(RecordType type, uint16_t, const void* fixed, size_t, const Span* tails, size_t tail_count) override {
    volatile uint8_t touched = 0;
    for (size_t i = 0; i < tail_count; ++i) {
      for (size_t k = 0; k < tails[i].size; ++k) touched = tails[i].data[k];
    }
    static_cast<void>(touched);
    if (type != RecordType::kExchange) return;
    const auto& record = *static_cast<const ExchangeRecord*>(fixed);
    require(record.records_up > 0 && record.bytes_up >= record.largest_up);
    require(record.bytes_down >= record.largest_down && record.largest_down >= record.first_down);
    // A record may hold several requests, each with the header of a frame.
    require(record.messages_up <= std::max<uint64_t>(record.records_up, record.bytes_up / 9));
    require(record.records_down > 0 || (record.bytes_down == 0 && record.answer_ms == 0 && record.wait_ms == 0));
    ++exchanges;
  }
  uint64_t exchanges = 0;
};

struct Flow {
  TrackId id = 0;
  bool done = false;
  bool is_reversed = false;
  uint32_t next[2] = {0xffffff00u, 100};  // one side's numbers wrap soon
};

constexpr unsigned kFlows = 4;
constexpr uint16_t kServerPorts[kFlows] = {443, 25, 53, 3128};

struct Script {
  Cursor cursor;
  int64_t now_ns = 1'000'000'000;
  Flow flows[kFlows];

  // One packet; false at the end of the input.
  bool step(Tracker* tracker);
  void finish(Tracker* tracker) {
    for (unsigned i = 0; i < kFlows; ++i) end(tracker, i);
  }
  void end(Tracker* tracker, unsigned number) {
    Flow& flow = flows[number];
    FlowRecord record{};
    Span tails[kFlowTails];
    tracker->describe(flow.id, &record, tails);
    require(tails[0].size == record.sni_length && tails[1].size == record.alpn_length);
    require(tails[2].size == record.proxy_length && tails[5].size == record.user_agent_length);
    tracker->release(flow.id, number);
    flow.id = 0;
  }
};

inline bool Script::step(Tracker* tracker) {
  const uint8_t flags = cursor.u8();
  const uint8_t choice = cursor.u8();
  const int16_t distance = static_cast<int16_t>(cursor.be16());
  const size_t length = cursor.be16();
  if (!cursor.ok()) return false;
  const Span payload = cursor.take(std::min(length, cursor.remaining()));
  const unsigned number = choice % kFlows;
  Flow& flow = flows[number];
  const bool from_client = (flags & 1) != 0;
  const unsigned side = from_client ? 0 : 1;
  now_ns += int64_t{choice / kFlows} * 20'000'000;
  Packet packet{};
  packet.ends.source[0] = packet.ends.destination[0] = 10;
  packet.ends.source[3] = from_client ? 1 : 2;
  packet.ends.destination[3] = from_client ? 2 : 1;
  packet.ends.source_port = from_client ? 40000 : kServerPorts[number];
  packet.ends.destination_port = from_client ? kServerPorts[number] : 40000;
  packet.ends.protocol = (flags & 2) != 0 ? 17 : 6;
  packet.ends.ip_version = 4;
  packet.ts_ns = now_ns;
  packet.payload = payload;
  packet.payload_bytes = static_cast<uint32_t>(payload.size + ((flags & 64) != 0 ? 700 : 0));
  packet.cut_short = (flags & 64) != 0;
  packet.sequence = flow.next[side] + static_cast<uint32_t>(static_cast<int32_t>(distance));
  packet.acknowledgement = flow.next[1 - side];
  packet.tcp_flags = static_cast<uint8_t>(((flags & 4) != 0 ? 2 : 0) | ((flags & 8) != 0 ? 1 : 0) |
                                          ((flags & 16) != 0 ? 4 : 0) | ((flags & 32) != 0 ? 16 : 0));
  const uint32_t behind = packet.sequence + packet.payload_bytes;
  if (static_cast<int32_t>(behind - flow.next[side]) > 0) flow.next[side] = behind;
  if (flow.done || (packet.payload_bytes == 0 && flow.id == 0)) return true;
  const TrackResult result = tracker->on_packet(flow.id, number, packet, from_client != flow.is_reversed);
  if (result.restart) end(tracker, number);
  flow.id = result.id;
  flow.done = result.done;
  if (result.hello_sender_is_source) flow.is_reversed = !from_client;
  if ((flags & 128) != 0) {
    FlowRecord record{};
    Span tails[kFlowTails];
    tracker->describe(flow.id, &record, tails);
  }
  return true;
}

}  // namespace scripted

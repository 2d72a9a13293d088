// One TCP flow for tests of the tracker: sends given data of each side, in given segments and order, and collects
// the results of the tracker.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/stream/tracker.h"
#include "bytes.h"
#include "hello_builder.h"

namespace tracked {

using bytes::Bytes;
using namespace wiretally;

struct SeenHello {
  std::string sni;
  std::string ja4;
  bool is_retry = false;
  unsigned segments = 0;
  unsigned transport = 0;
  uint16_t source_port = 0;
  std::string tunnel;
};

struct SeenExchange {
  ExchangeRecord record;
  uint16_t flags;
};

class Sink : public EventSink {
 public:
  void emit(RecordType type, uint16_t flags, const void* fixed, size_t, const Span* tails, size_t) override {
    if (type == RecordType::kHello) {
      const auto& record = *static_cast<const HelloRecord*>(fixed);
      hellos.push_back({bytes::text(tails[0]), record.ja4, (flags & kHelloRetry) != 0, record.segments,
                        record.transport, record.source_port, bytes::text(tails[4])});
    } else if (type == RecordType::kExchange) {
      exchanges.push_back({*static_cast<const ExchangeRecord*>(fixed), flags});
    } else if (type == RecordType::kDns) {
      names.push_back(bytes::text(tails[0]));
    }
  }
  std::vector<SeenHello> hellos;
  std::vector<SeenExchange> exchanges;
  std::vector<std::string> names;
};

struct Described {
  FlowRecord record{};
  std::string sni;
  std::string proxy;
  std::string agent;
};

inline TrackerOptions all_options() {
  TrackerOptions options;
  options.emit_hellos = options.emit_exchanges = true;
  options.dns = TrackerOptions::Dns::kAll;
  options.assembly_bytes = 1u << 20;
  return options;
}

// A tracker with everything around it.
struct Bench {
  explicit Bench(const TrackerOptions& options = all_options(), const std::vector<std::string>& ciphers = {})
      : watchlist({"api.example.com", ".ai.example"}, ciphers, {"claude-cli/"}),
        tracker(options, &watchlist, &sink, &counters) {}
  Sink sink;
  Counters counters;
  Watchlist watchlist;
  Tracker tracker;
};

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

class Flow {
 public:
  explicit Flow(Bench* bench, uint16_t client_port = 40000, uint16_t server_port = 443, uint8_t protocol = 6)
      : bench_(bench) {
    ends_.source[0] = ends_.destination[0] = 10;
    ends_.source[3] = 1;
    ends_.destination[3] = 2;
    ends_.source_port = client_port;
    ends_.destination_port = server_port;
    ends_.protocol = protocol;
    ends_.ip_version = 4;
  }

  // As a flow table does: nothing is shown to a tracker that is done, nor empty packets of a flow without state.
  void show(bool from_client, uint32_t sequence, Span payload, uint8_t flags = kAck, uint32_t cut = 0) {
    if (done || (payload.size == 0 && id == 0)) return;
    Packet packet{};
    packet.ends = ends_;
    if (!from_client) {
      std::swap_ranges(packet.ends.source, packet.ends.source + 16, packet.ends.destination);
      std::swap(packet.ends.source_port, packet.ends.destination_port);
    }
    packet.ts_ns = now_ns;
    packet.payload = Span{payload.data, payload.size - cut};
    packet.payload_bytes = static_cast<uint32_t>(payload.size);
    packet.cut_short = cut != 0;
    packet.sequence = sequence;
    packet.acknowledgement = acknowledged[from_client ? 1 : 0];
    packet.tcp_flags = ends_.protocol == 6 ? flags : uint8_t{0};
    const bool as_client = from_client != is_reversed;
    const TrackResult result = bench_->tracker.on_packet(id, flow_id, packet, as_client,
                                                         has_syn ? &first_sequence : nullptr);
    if (result.restart) {
      restarted.push_back(describe_and_release());
      done = false;
    }
    id = result.id;
    done = result.done;
    if (result.hello_found) ++found;
    if (result.hello_sender_is_source) is_reversed = !from_client;
  }

  // In order, from the position of the side; `cut` bytes at the end were not captured.
  void send(bool from_client, const Bytes& data, uint8_t flags = kAck, uint32_t cut = 0) {
    const unsigned side = from_client ? 0 : 1;
    show(from_client, next[side], bytes::span(data), flags, cut);
    next[side] += static_cast<uint32_t>(data.size());
    acknowledged[side] = next[side];
  }
  void up(const Bytes& data) { send(true, data); }
  void down(const Bytes& data) { send(false, data); }
  void up_text(const std::string& text) { up(Bytes(text.begin(), text.end())); }
  void down_text(const std::string& text) { down(Bytes(text.begin(), text.end())); }
  // Sent, but not captured.
  void lose(bool from_client, size_t count) {
    const unsigned side = from_client ? 0 : 1;
    next[side] += static_cast<uint32_t>(count);
    acknowledged[side] = next[side];
  }
  void wait_ms(int64_t ms) { now_ns += ms * 1'000'000; }

  Described describe() {
    Described out;
    const bool swap = is_reversed;
    memcpy(out.record.client_address, swap ? ends_.destination : ends_.source, 16);
    memcpy(out.record.server_address, swap ? ends_.source : ends_.destination, 16);
    out.record.client_port = swap ? ends_.destination_port : ends_.source_port;
    out.record.server_port = swap ? ends_.source_port : ends_.destination_port;
    Span tails[kFlowTails];
    bench_->tracker.describe(id, &out.record, tails);
    out.sni = bytes::text(tails[0]);
    out.proxy = bytes::text(tails[2]);
    out.agent = bytes::text(tails[5]);
    return out;
  }
  Described end() { return describe_and_release(); }

  TrackId id = 0;
  bool done = false;
  bool is_reversed = false;  // the client, in the belief of the flow table
  bool has_syn = false;      // the flow table has seen the client's SYN
  uint32_t first_sequence = 1000;
  int found = 0;
  uint64_t flow_id = 1;
  int64_t now_ns = 1'000'000'000;
  uint32_t next[2] = {1000, 5000};
  uint32_t acknowledged[2] = {1000, 5000};
  std::vector<Described> restarted;

 private:
  Described describe_and_release() {
    bench_->tracker.conclude(id, flow_id);
    const Described out = describe();
    bench_->tracker.release(id, flow_id);
    id = 0;
    return out;
  }
  Bench* bench_;
  Endpoints ends_{};
};

// ---- TLS

inline Bytes record(uint8_t type, const Bytes& body) {
  Bytes out = {type, 3, 3};
  bytes::add_counted(&out, body, 2);
  return out;
}

// A handshake message in records that end at the given places of it.
inline Bytes handshake_records(const Bytes& message, const std::vector<size_t>& cuts = {}) {
  Bytes out;
  size_t from = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t to = i < cuts.size() ? cuts[i] : message.size();
    bytes::add(&out, record(22, Bytes(message.begin() + static_cast<ptrdiff_t>(from),
                                      message.begin() + static_cast<ptrdiff_t>(to))));
    from = to;
  }
  return out;
}

inline Bytes hello_message(const std::string& name = "www.example.org", size_t padding = 0, uint8_t random = 0x5a) {
  HelloBuilder hello;
  hello.random = Bytes(32, random);
  hello.sni(name).versions({0x0304, 0x0303}).alpn({{'h', '2'}, {'h', 't', 't', 'p', '/', '1', '.', '1'}});
  if (padding > 0) hello.extension(21, Bytes(padding));
  return hello.build();
}
inline Bytes hello_stream(const std::string& name = "www.example.org", size_t padding = 0, uint8_t random = 0x5a) {
  return handshake_records(hello_message(name, padding, random));
}

inline Bytes server_hello(uint16_t version, uint16_t cipher, bool is_resumed = false, bool is_retry = false) {
  Bytes body;
  bytes::add_number(&body, 0x0303, 2);
  // RFC 8446 §4.1.3: this random makes a ServerHello a HelloRetryRequest.
  bytes::add(&body, is_retry ? bytes::hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
                             : Bytes(32, 0x33));
  bytes::add_counted(&body, {}, 1);
  bytes::add_number(&body, cipher, 2);
  body.push_back(0);
  Bytes extensions;
  if (version == 0x0304) bytes::add(&extensions, bytes::hex("002b00020304"));
  if (is_resumed) bytes::add(&extensions, bytes::hex("002900020000"));
  bytes::add_counted(&body, extensions, 2);
  Bytes message = {2};
  bytes::add_counted(&message, body, 3);
  return handshake_records(message);
}

// A record of application data with `inside` bytes of content in TLS 1.3.
inline Bytes data(size_t inside) { return record(23, Bytes(inside + 17, 0x77)); }
inline Bytes data12(size_t inside) { return record(23, Bytes(inside + 24, 0x77)); }

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) bytes::add(&out, part);
  return out;
}

inline Bytes part(const Bytes& of, size_t from, size_t to) {
  return Bytes(of.begin() + static_cast<ptrdiff_t>(from), of.begin() + static_cast<ptrdiff_t>(to));
}

}  // namespace tracked

// Fuzzes what is read of how connections go. First byte: the small parsers on the bytes behind it; or packets of a few
// connections, more than their table takes; or a connection that is served, with forged packets in between.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../../native-bindings/src/flow/connection_watch.h"
#include "../../native-bindings/src/protocol/http.h"
#include "../../native-bindings/src/protocol/icmp_quote.h"
#include "../../native-bindings/src/protocol/mptcp.h"
#include "../../native-bindings/src/protocol/proxy.h"
#include "../../native-bindings/src/protocol/tcp_sack.h"
#include "../cost.h"

using namespace wiretally;

namespace {

constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kStart = 1'783'900'800'000 * kMs;

void require(bool holds) {
  if (!holds) std::abort();
}

class Sink final : public EventSink {
 public:
  void emit(RecordType type, uint16_t given, const void* fixed, size_t size, const Span*, size_t) override {
    require(type == RecordType::kOutcome && size == sizeof record);
    std::memcpy(&record, fixed, sizeof record);
    flags = given;
    ++count;
  }
  OutcomeRecord record{};
  uint16_t flags = 0;
  unsigned count = 0;
};

// A packet with the bytes that it points to.
class Segment {
 public:
  Segment(bool up, uint8_t flags, uint32_t sequence, uint32_t acknowledgement, Span options, Span payload) {
    const size_t words = std::min<size_t>((options.size + 3) / 4, 10);
    bytes_.resize(20 + 4 * words);
    if (options.size != 0) std::memcpy(bytes_.data() + 20, options.data, std::min(options.size, 4 * words));
    bytes_[12] = static_cast<uint8_t>((5 + words) << 4);
    bytes_[13] = flags;
    const size_t header = bytes_.size();
    bytes_.insert(bytes_.end(), payload.data, payload.data + payload.size);
    packet.ends.ip_version = 4;
    packet.ends.protocol = 6;
    packet.ends.source_port = up ? 40'000 : 443;
    packet.ends.destination_port = up ? 443 : 40'000;
    packet.sequence = sequence;
    packet.acknowledgement = acknowledgement;
    packet.tcp_flags = flags;
    packet.payload_bytes = static_cast<uint32_t>(payload.size);
    packet.payload = Span{bytes_.data() + header, payload.size};
    packet.segment = Span{bytes_.data(), bytes_.size()};
    packet.ip_header = Span{ip_, sizeof ip_};
  }
  Packet packet{};

 private:
  std::vector<uint8_t> bytes_;
  const uint8_t ip_[20] = {0x45, 0, 0, 0, 0, 0, 0, 0, 61};
};

void check_times(const OutcomeRecord& record, int64_t first_ns, int64_t last_ns) {
  const int64_t most_us = (last_ns - first_ns) / 1000;
  require(record.kind <= static_cast<uint8_t>(OutcomeKind::kRequestUnanswered));
  require(record.ts_ns >= first_ns && record.ts_ns <= record.last_ns && record.last_ns <= last_ns);
  require(record.delay_us <= most_us && record.handshake_us <= std::max<int64_t>(most_us, 1));
}

void read_parsers(Span bytes) {
  const SackBlock sack = read_sack(bytes);
  const MultipathOption option = read_multipath(bytes);
  require(sack.is_present || (sack.begin == 0 && sack.end == 0));
  require(!option.is_join || bytes.size >= 32);
  for (const auto read : {read_socks4_reply, read_socks5_method, read_socks5_login_reply, read_socks5_reply}) {
    uint8_t code = 0;
    require(read(bytes, &code) != Progress::kDone || bytes.size >= 2);
  }
  const uint16_t status = read_http_status(bytes);
  require(status == 0 || (status >= 100 && status <= 599 && may_begin_http(bytes)));
  for (const uint8_t version : {uint8_t{4}, uint8_t{6}}) {
    IcmpQuote quote;
    if (!read_icmp_quote(bytes, version, &quote)) continue;
    require(quote.ends.ip_version == version && bytes.size >= (version == 4 ? 32u : 52u));
    require(quote.ends.protocol == 6 || (quote.ends.protocol == 17 && quote.sequence == 0));
  }
}

const ExportFilter* rules() {
  static const ExportFilter* const kRules = [] {
    auto* made = new ExportFilter;
    made->names = std::make_shared<Watchlist>(std::vector<std::string>{"api.ai.example"}, std::vector<std::string>{},
                                              std::vector<std::string>{});
    made->answered->add_all();
    return made;
  }();
  return kRules;
}

// Packets of more connections than the table takes; some end and begin again.
void watch_packets(Cursor* cursor, bool has_rules) {
  constexpr size_t kConnections = 4;
  constexpr char kNames[] = "api.ai.examplewww.shop.example";
  struct One {
    ConnectionWatch::Id id = 0;
    uint32_t next[2] = {0xffffff00u, 100};
    int64_t first_ns = 0;
    WatchedName name;
  } list[kConnections];
  ConnectionWatch watch(has_rules ? rules() : nullptr, kConnections - 1);
  int64_t now_ns = kStart;
  uint64_t begun = 0, refused = 0;
  const auto end = [&](One* one) {
    Sink sink;
    watch.end(one->id, one->name, &sink);
    one->id = 0;
    require(sink.count == 1 || (sink.count == 0 && has_rules));
    if (sink.count != 0) check_times(sink.record, one->first_ns, now_ns);
  };
  while (cursor->remaining() >= 8) {
    const uint8_t what = cursor->u8();
    const uint8_t flags = cursor->u8();
    const int8_t time = static_cast<int8_t>(cursor->u8());
    const uint8_t sizes = cursor->u8();
    const int16_t distance = static_cast<int16_t>(cursor->be16());
    const int16_t heard = static_cast<int16_t>(cursor->be16());
    const Span options = cursor->take(std::min<size_t>(sizes & 31, cursor->remaining()));
    const Span payload = cursor->take(std::min<size_t>((sizes >> 5) * 31u, cursor->remaining()));
    One& one = list[what & 3];
    const bool up = (what & 4) != 0;
    // Steps of some milliseconds, or of some seconds.
    now_ns += (time < 0 ? -int64_t{time} : int64_t{time} * 100) * kMs;
    const uint32_t scale = (what & 8) != 0 ? 1u << 17 : 1u;
    Segment segment(up, flags, one.next[up ? 0 : 1] + scale * static_cast<uint32_t>(int32_t{distance}),
                    one.next[up ? 1 : 0] + static_cast<uint32_t>(int32_t{heard}), options, payload);
    segment.packet.ts_ns = now_ns;
    if ((what & 16) != 0) segment.packet.payload_bytes += 1400;  // the snaplen cut it
    one.name.name = (what & 32) == 0   ? Span{}
                    : (what & 64) != 0 ? Span{reinterpret_cast<const uint8_t*>(kNames), 14}
                                       : Span{reinterpret_cast<const uint8_t*>(kNames) + 14, 16};
    if (one.id != 0 && (what & 128) != 0) end(&one);
    if (one.id == 0) {
      one.first_ns = now_ns;
      one.id = watch.begin(segment.packet);
      ++(one.id != 0 ? begun : refused);
      one.next[0] = segment.packet.sequence + 1;
    }
    if (one.id == 0) continue;
    const ConnectionWatch::Step step = watch.on_packet(one.id, segment.packet, up);
    const bool is_kept = step == ConnectionWatch::Step::kNone ||
                         (step == ConnectionWatch::Step::kHelloWhole ? watch.keeps(one.id, one.name)
                                                                     : watch.keeps_without_name(one.id));
    if (!is_kept) {
      watch.drop(one.id);
      one.id = 0;
      continue;
    }
    watch.has_failed(one.id, now_ns);
    if ((flags & kSyn) != 0 && !up) one.next[1] = segment.packet.sequence + 1;
    const uint32_t behind = segment.packet.sequence + segment.packet.payload_bytes;
    if ((flags & (kSyn | kRst)) == 0 && static_cast<int32_t>(behind - one.next[up ? 0 : 1]) > 0) {
      one.next[up ? 0 : 1] = behind;
    }
  }
  require(watch.unwatched() == refused && watch.size() <= kConnections - 1);
  for (One& one : list) {
    if (one.id != 0) end(&one);
  }
}

std::vector<uint8_t> records(std::initializer_list<std::pair<uint8_t, uint16_t>> list) {
  std::vector<uint8_t> out;
  for (const auto& [type, length] : list) {
    out.insert(out.end(), {type, 3, 3, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
    out.insert(out.end(), length, 1);
  }
  return out;
}

struct Step {
  bool up;
  uint8_t flags;
  uint32_t sequence;
  uint32_t acknowledgement;
  std::vector<uint8_t> payload;
};

// TLS 1.3 with one request: the client's first byte is 101, the server's 501.
const std::vector<Step>& served_steps() {
  static const std::vector<Step> kSteps = {
      {true, kSyn, 100, 0, {}},
      {false, kSyn | kAck, 500, 101, {}},
      {true, kAck, 101, 501, records({{22, 95}})},
      {false, kAck, 501, 201, records({{22, 95}, {23, 195}})},
      {true, kAck, 201, 801, records({{23, 53}, {23, 100}})},
      {false, kAck, 801, 364, records({{23, 400}})},
      {true, kAck, 364, 1206, {}},
  };
  return kSteps;
}

// Whatever comes in between, with numbers that no host accepts or without an effect on the rest: it is served.
void forge_packets(Cursor* cursor) {
  constexpr uint32_t kFar = 1u << 25;
  ConnectionWatch watch(nullptr);
  ConnectionWatch::Id id = 0;
  int64_t now_ns = kStart;
  uint32_t next[2] = {101, 501};
  const std::vector<Step>& steps = served_steps();
  const auto pass = [&](Segment* segment, bool up) {
    segment->packet.ts_ns = now_ns += 10 * kMs;
    if (id == 0) id = watch.begin(segment->packet);
    watch.on_packet(id, segment->packet, up);
  };
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    Segment real(step.up, step.flags, step.sequence, step.acknowledgement, {},
                 Span{step.payload.data(), step.payload.size()});
    pass(&real, step.up);
    if (step.payload.size() > 0) next[step.up ? 0 : 1] = step.sequence + static_cast<uint32_t>(step.payload.size());
    const bool is_open = i >= 1, may_end = is_open && i + 3 <= steps.size() - 1;
    for (unsigned count = cursor->u8() & 7; count > 0 && cursor->remaining() >= 8; --count) {
      const uint8_t what = cursor->u8();
      uint8_t flags = cursor->u8();
      const uint32_t number = cursor->be32();
      const uint8_t sizes = cursor->u8();
      const Span options = cursor->take(std::min<size_t>(sizes & 31, cursor->remaining()));
      const Span payload = cursor->take(std::min<size_t>((sizes >> 5) * 31u, cursor->remaining()));
      const bool up = (what & 1) != 0;
      uint32_t sequence = next[up ? 0 : 1] + kFar + number % (0u - 2 * kFar);
      uint32_t acknowledgement = next[up ? 1 : 0] + kFar + number % (0u - 2 * kFar);
      if (may_end && (what & 2) != 0) {
        // An end with the right number, after which both sides go on.
        flags = (what & 4) != 0 ? kRst : kFin | kAck;
        sequence = next[up ? 0 : 1];
        acknowledgement = next[up ? 1 : 0];
        Segment forged(up, flags, sequence, acknowledgement, options, {});
        pass(&forged, up);
        continue;
      }
      if (is_open && (what & 8) != 0) acknowledgement = next[up ? 1 : 0];
      Segment forged(up, flags, sequence, acknowledgement, options, payload);
      pass(&forged, up);
    }
  }
  Sink sink;
  watch.end(id, {}, &sink);
  require(sink.count == 1);
  check_times(sink.record, kStart, now_ns);
  require(sink.record.kind == static_cast<uint8_t>(OutcomeKind::kServed));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 20'000);
  Cursor cursor(data, size);
  const uint8_t kind = cursor.u8();
  switch (kind & 3) {
    case 0: read_parsers(cursor.rest()); break;
    case 1: forge_packets(&cursor); break;
    default: watch_packets(&cursor, (kind & 1) != 0); break;
  }
  return 0;
}

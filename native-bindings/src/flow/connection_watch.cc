#include "connection_watch.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include "../base/address_text.h"
#include "../base/ports.h"
#include "../base/text.h"
#include "../protocol/http.h"
#include "../protocol/proxy.h"
#include "../protocol/tcp_sack.h"

namespace wiretally {

namespace {

constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;
constexpr unsigned kClient = 0, kServer = 1;
constexpr uint16_t kWebPort = 443;
// Servers of APIs outside the well-known ports (RFC 6335 §6).
constexpr uint16_t kOtherWebPorts = 1024;
constexpr int64_t kSecond = 1'000'000'000;

constexpr uint8_t kRecordAlert = 21, kRecordHandshake = 22, kRecordData = 23;
constexpr uint32_t kAlertBytes = 2;
// An encrypted alert of TLS 1.3 (RFC 8446 §5.2): two bytes, the type, the tag.
constexpr uint32_t kFarewellBytes = 19;
// The same of TLS 1.2 with an explicit nonce.
constexpr uint32_t kLongFarewellBytes = 26;
// The Finished of a client has 36 or 52 bytes before encryption (RFC 8446 §4.4.4).
constexpr uint16_t kRecordsWithFinished = 2;
constexpr uint32_t kEndedInOrder = 300;

constexpr uint32_t kMaxDistance = 1u << 24;
// A host that accepted a reset sends nothing else: what it had sent before has arrived by then.
constexpr int64_t kInFlightNs = kSecond;
// A second mirror port copies packets within it, and sensors reorder within it. Repetitions wait for a round trip and more
// (RFC 6298 §2.4, RFC 8985 §6.2).
constexpr int64_t kCopyNs = kSecond / 200;
constexpr int64_t kSwappedNs = kSecond / 50;
// Mirror ports of two switches copy packets within it. No SYN is repeated so soon (RFC 6298 §2.1); other copies show by the
// clock of their sender.
constexpr int64_t kMirroredNs = kSecond / 20;
constexpr uint32_t kFullSegment = 1000;
// A link carries 576 bytes and more (RFC 1191 §7), of which headers take up to 92.
constexpr uint32_t kMinPathBytes = 484;
constexpr uint16_t kRunSegments = 2;
constexpr uint32_t kPairBytes = 200;
// Ethernet, IPv4 and TCP with time stamps.
constexpr uint32_t kHeaderBytes = 66;
constexpr uint32_t kUploadBytes = 10'000;
// Packets of a client in a row that the other side leaves without any answer.
constexpr uint16_t kUnheard = 3;
// SYNs behind a SYN-ACK: the first one may have left before it came.
constexpr uint16_t kSynsBehind = 2;
constexpr int64_t kUnheardNs = 2 * kSecond;
// No timer repeats a single lost packet so late twice (RFC 6298 §2): the line was down.
constexpr int64_t kOutageNs = kSecond / 2;
constexpr int64_t kWaitNs = 3 * kSecond;
// Node checks a certificate after the handshake, and leaves at once.
constexpr int64_t kTakenNs = kSecond / 12;
constexpr int64_t kSilenceNs = 3 * kSecond;
// A SYN is repeated after pauses of 1 to 32 s (RFC 6298 §5.5: each is twice the one before), then after a minute.
constexpr int64_t kFailedNs = 40 * kSecond;
// LATE_DETAIL of src/diagnosis/connection-rules.ts. Linux gives up after two minutes (tcp_syn_retries).
constexpr uint32_t kLateDetail = 2;
constexpr int64_t kMaxLateSeconds = 240;

// Clock of the sender in the usual place of the option (RFC 7323 appendix A); 0: not there.
uint32_t time_stamp_of(const Packet& packet) {
  constexpr uint8_t kUsual[] = {1, 1, 8, 10};
  if (packet.segment.size < 32 || std::memcmp(packet.segment.data + 20, kUsual, sizeof kUsual) != 0) return 0;
  return Cursor(packet.segment.data + 24, 4).be32();
}

// A number that grows with each packet that the sender makes, also when it sends the same bytes again: its clock, else the
// identification of IPv4 (RFC 6864 §4). 0: none.
uint32_t stamp_of(const Packet& packet) {
  const uint32_t sent_ms = time_stamp_of(packet);
  if (sent_ms != 0 || packet.ends.ip_version != 4 || packet.ip_header.size < 6) return sent_ms;
  return Cursor(packet.ip_header.data + 4, 2).be16() * 0x1'0000u;
}

bool is_newer(uint32_t stamp, uint32_t than) { return static_cast<int32_t>(stamp - than) > 0; }

uint32_t micros(int64_t ns) { return ns <= 0 ? 0 : static_cast<uint32_t>(std::min<int64_t>(ns / 1000, UINT32_MAX)); }

uint32_t rate_kbit(uint32_t bytes, int64_t ns) {
  if (ns <= 0) return 1'000'000;
  return static_cast<uint32_t>(std::min<int64_t>(int64_t{bytes} * 8'000'000 / ns, 1'000'000));
}

// First bytes of a TLS record of a handshake, of SOCKS (RFC 1928 §3), of the header of a load balancer, or of a method.
bool may_lead_to_name(Span payload) {
  if (payload.size == 0) return true;
  const uint8_t first = payload.data[0];
  return first == kRecordHandshake || first == 4 || first == 5 || first == '\r' || (first >= 'A' && first <= 'Z');
}

// Names of the client itself: LOCAL_NAMES of src/diagnosis/proxy-rules.ts.
constexpr std::string_view kLocalNames[] = {"localhost", "127.0.0.1", "::1"};

// The number from 1 of the local name in the target of a request to a proxy (RFC 9112 §3.2.2); 0: none.
uint8_t read_local_target(Span payload) {
  const std::string_view text = text_of(payload).substr(0, 40);
  const size_t method_end = text.find(' ');
  constexpr std::string_view kScheme = "http://";
  if (method_end > 8 || text.substr(method_end + 1, kScheme.size()) != kScheme) return 0;
  std::string_view host = text.substr(method_end + 1 + kScheme.size());
  const bool is_bracketed = !host.empty() && host.front() == '[';
  if (is_bracketed) host.remove_prefix(1);
  const size_t end = host.find_first_of(is_bracketed ? "]" : ":/ ");
  if (end == std::string_view::npos) return 0;
  const auto* local = std::find(std::begin(kLocalNames), std::end(kLocalNames), host.substr(0, end));
  return local == std::end(kLocalNames) ? 0 : static_cast<uint8_t>(local - kLocalNames + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a field of the head as far as it was captured (RFC 9112 §5); `name` in lower case with its colon.
std::string_view find_field(Span head, std::string_view name) {
  std::string_view rest = text_of(head);
  for (size_t end = rest.find("\r\n"); end != std::string_view::npos; end = rest.find("\r\n")) {
    rest.remove_prefix(end + 2);
    const std::string_view begin = rest.substr(0, name.size());
    if (!std::equal(begin.begin(), begin.end(), name.begin(), name.end(),
                    [](char c, char expected) { return lower(c) == expected; })) {
      continue;
    }
    std::string_view value = rest.substr(name.size(), rest.find("\r\n") - name.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return value;
  }
  return {};
}

// A number for the last two labels of a host, near enough to tell sites apart; of addresses it is that of their end. 0: none.
uint32_t read_site(std::string_view host) {
  host = host.substr(0, host.find_first_of(":/?# \t\r\n"));
  const size_t last = host.rfind('.');
  const size_t before = last == std::string_view::npos || last == 0 ? last : host.rfind('.', last - 1);
  if (before != std::string_view::npos) host.remove_prefix(before + 1);
  if (host.empty()) return 0;
  uint32_t hash = 2'166'136'261u;
  for (const char c : host) hash = (hash ^ static_cast<uint8_t>(lower(c))) * 16'777'619u;
  return std::max(hash, 1u);
}

// The site that a redirection leads to; 0: the same host.
uint32_t read_redirection(Span head) {
  const std::string_view target = find_field(head, "location:");
  const size_t host = target.find("//");
  return host == std::string_view::npos || host > sizeof "https:" - 1 ? 0 : read_site(target.substr(host + 2));
}

// True if a DNS answer gave the address, as text, for a name of interest.
bool is_answered(const ExportFilter& rules, Span address) {
  uint8_t bytes[16] = {};
  return read_address_text(text_of(address), bytes) != 0 && rules.answered->contains(bytes);
}

template <typename T>
void increase(T* counter) {
  if (*counter < static_cast<T>(~T{0})) ++*counter;
}

}  // namespace

ConnectionWatch::Id ConnectionWatch::begin(const Packet& packet, uint8_t shard) {
  if (open_[shard] == max_) {
    ++unwatched_;
    return 0;
  }
  ++open_[shard];
  Id id = 0;
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else {
    id = static_cast<Id>(++used_);
  }
  Watched& w = at(id);
  w = Watched{};
  w.shard = shard;
  w.syn_ns = w.last_syn_ns = w.last_ns = w.last_client_ns = packet.ts_ns;
  w.syns = 1;
  w.client_first = packet.sequence + 1;
  const Endpoints& ends = packet.ends;
  std::memcpy(w.client_address, ends.source, sizeof w.client_address);
  std::memcpy(w.server_address, ends.destination, sizeof w.server_address);
  w.client_port = ends.source_port;
  w.server_port = ends.destination_port;
  w.ip_version = ends.ip_version;
  return id;
}

void ConnectionWatch::drop(Id id) {
  --open_[at(id).shard];
  free_.push_back(id);
}

void ConnectionWatch::leave(Id id, bool is_proxied, EventSink* sink) {
  Watched& w = at(id);
  if (is_proxied || w.is_connect) {
    // The watch ends here: later packets are not missing from the capture.
    w.client_heard = w.client_next;
    w.server_heard = w.server_next;
    end(id, WatchedName{{}, is_proxied}, sink);
  } else {
    drop(id);
  }
}

ConnectionWatch::Step ConnectionWatch::on_packet(Id id, const Packet& packet, bool from_client) {
  Watched& w = at(id);
  Step step = Step::kNone;
  if ((packet.tcp_flags & kSyn) != 0) {
    on_syn(&w, packet, from_client);
  } else if (!is_in_reach(w, packet, from_client)) {
    w.is_out_of_window = true;
    return Step::kNone;
  } else if ((packet.tcp_flags & kRst) != 0) {
    on_end(&w, packet, from_client);
  } else if (from_client) {
    step = on_client(&w, packet);
  } else {
    on_server(&w, packet);
    if (w.is_clear && !w.is_status_due && !w.is_redirected) step = Step::kOtherProtocol;
  }
  w.last_ns = std::max(w.last_ns, packet.ts_ns);
  if (step != Step::kHelloWhole) return step;
  const bool is_first = !w.is_asked;
  w.is_asked = true;
  return is_first ? step : Step::kNone;
}

void ConnectionWatch::on_syn(Watched* w, const Packet& packet, bool from_client) {
  if (from_client == ((packet.tcp_flags & kAck) != 0)) return;
  if (w->is_open) {
    if (!from_client || packet.sequence + 1 != w->client_first || packet.ts_ns - w->last_client_ns < kMirroredNs)
      return;
    increase(&w->syns_behind);
    w->last_client_ns = packet.ts_ns;
    return;
  }
  if (!from_client) {
    open(w, packet);
  } else if (packet.sequence + 1 != w->client_first) {
    w->is_out_of_window = true;
  } else {
    if (packet.ts_ns - w->last_syn_ns < kMirroredNs) return;
    increase(&w->syns);
    w->last_syn_ns = w->last_client_ns = packet.ts_ns;
  }
}

void ConnectionWatch::open(Watched* w, const Packet& packet) {
  if (packet.acknowledgement != w->client_first) {
    w->is_out_of_window = true;
    return;
  }
  // A reset came before: it was no answer of the server.
  if (w->is_reset) take_back_end(w);
  w->is_open = true;
  w->open_ns = w->last_server_ns = packet.ts_ns;
  w->open_ttl = ttl_of(packet);
  w->server_first = packet.sequence + 1;
}

// Hosts drop what is far from the bytes that they expect (RFC 9293 §3.10.7.4). What a server sends in answer to a SYN has
// no number to compare with.
bool ConnectionWatch::is_in_reach(const Watched& w, const Packet& packet, bool from_client) {
  if (!from_client && !w.is_open) return true;
  const uint32_t next = from_client ? w.client_first + w.client_next : w.server_first + w.server_next;
  return packet.sequence - next + kMaxDistance < 2 * kMaxDistance;
}

// A long stream goes on, and its numbers wrap: `next` stays, and the first byte moves. A number before the first byte is a
// keep-alive.
void ConnectionWatch::follow(const Packet& packet, uint32_t next, uint32_t* first) {
  const uint32_t position = packet.sequence - *first;
  if (position < kMaxDistance || position >= -kMaxDistance || packet.payload_bytes == 0) return;
  *first = packet.sequence + packet.payload_bytes - next;
}

// One gap is followed: links of a bundle swap neighbouring packets.
void ConnectionWatch::Records::close_gap(uint32_t from, uint32_t to) {
  if (from == gap_begin) gap_begin = to;
  if (to == gap_end) gap_end = from;
  if (gap_begin >= gap_end) gap_begin = gap_end = 0;
}

// True if all data of a segment of the client was recorded less than kCopyNs ago, or less than kMirroredNs ago in a
// packet that the client did not retransmit.
bool ConnectionWatch::is_copy(const Watched& w, const Packet& packet) {
  const uint32_t position = packet.sequence - w.client_first;
  if (w.records[kClient].fills_gap(position, position + packet.payload_bytes)) return false;
  if (packet.payload_bytes <= 1 || position >= kMaxDistance || position + packet.payload_bytes > w.client_next)
    return false;
  const uint32_t stamp = stamp_of(packet);
  if (stamp != 0 && w.newest_stamp != 0 && packet.ts_ns - w.new_data_ns < kMirroredNs &&
      !is_newer(stamp, w.newest_stamp))
    return true;
  if (packet.ts_ns - w.new_data_ns >= kCopyNs) return false;
  return position >= (packet.ts_ns - w.mark_ns >= kCopyNs ? w.mark : w.old_mark);
}

void ConnectionWatch::note_full(Watched* w, const Packet& packet, uint32_t position) {
  if (packet.payload_bytes < kFullSegment || (w->full_bytes != 0 && w->client_heard <= w->full_from)) return;
  w->full_from = position;
  w->full_bytes = static_cast<uint16_t>(std::min<uint32_t>(packet.payload_bytes, UINT16_MAX));
}

// A router asked for smaller packets (RFC 1191 §6, RFC 8201 §4): the client sends the first full segment and all behind it
// again, in smaller ones. What is lost is repeated in its own size.
bool ConnectionWatch::is_repeated_smaller(Watched* w, const Packet& packet, uint32_t position) {
  if (w->full_bytes != 0 && position == w->full_from && packet.payload_bytes < w->full_bytes &&
      packet.payload_bytes >= kMinPathBytes) {
    w->smaller_until = w->client_next;
    w->full_bytes = 0;
  }
  return position < w->smaller_until;
}

// Nothing came from the server while it had bytes to acknowledge. All that was under way in an outage is sent again when it
// ends (RFC 6298 §5.4), and counts as one loss.
bool ConnectionWatch::is_of_outage(Watched* w, const Packet& packet, uint32_t position) {
  if (position < w->outage_until) return true;
  const int64_t least_ns = std::max(kOutageNs, 2 * (w->open_ns - w->last_syn_ns));
  if (w->busy_ns != 0 && packet.ts_ns - std::max(w->busy_ns, w->last_server_ns) >= least_ns)
    w->outage_until = w->client_next;
  return false;
}

// A hole that is filled before a quarter of a round trip was one of order: no lost packet is sent again so soon (RFC 8985 §6.2).
// Acknowledgements that arrive out of order repeat what later ones say.
void ConnectionWatch::note_hole(Watched* w, uint32_t heard, bool is_hole, int64_t ts_ns) {
  if (heard < w->server_heard) return;
  if (is_hole && w->hole_ns == 0) w->hole_ns = ts_ns;
  if (is_hole || w->hole_ns == 0 || heard == w->server_heard) return;
  if (ts_ns - w->hole_ns >= std::max(kCopyNs, std::min(kSwappedNs, (w->open_ns - w->last_syn_ns) / 4))) {
    increase(&w->repeated);
    increase(&w->holes);
  }
  w->hole_ns = 0;
}

ConnectionWatch::Step ConnectionWatch::on_client(Watched* w, const Packet& packet) {
  Step step = Step::kNone;
  if (is_copy(*w, packet)) return step;
  const uint32_t position = packet.sequence - w->client_first;
  const int64_t silence_ns = packet.ts_ns - std::max(w->last_client_ns, w->last_server_ns);
  follow(packet, w->client_next, &w->client_first);
  w->is_alive = true;
  if (w->is_open && w->is_reset && packet.ts_ns - w->end_ns >= kInFlightNs) take_back_end(w);
  if ((packet.tcp_flags & kAck) != 0 && w->is_open) {
    const uint32_t heard = packet.acknowledgement - w->server_first;
    // The client takes bytes that came behind the end of the server.
    const bool is_ended = (w->is_reset || w->is_closed) && !w->is_by_client;
    if (is_ended && heard > w->end_position && heard <= w->server_next + 1) take_back_end(w);
    const SackBlock sack = packet.segment.size > 32 ? read_sack(packet.segment) : SackBlock{};
    const bool is_hole = sack.is_present && sack.begin - packet.acknowledgement - 1 < kMaxDistance;
    if (heard < kMaxDistance) {
      note_hole(w, heard, is_hole, packet.ts_ns);
      w->server_heard = std::max(w->server_heard, heard);
    }
    if (is_hole && heard <= w->server_base) {
      increase(&w->sacks_at_begin);
      if (w->first_sack_ns == 0) w->first_sack_ns = packet.ts_ns;
    }
  }
  w->last_client_ns = packet.ts_ns;
  const bool is_probe = w->client_next > 0 && packet.payload_bytes <= 1 && position + 1 == w->client_next;
  const bool has_fin = (packet.tcp_flags & kFin) != 0;
  if (packet.payload_bytes > 0 || is_probe || has_fin) {
    if (w->unheard == 0) {
      w->unheard_ns = packet.ts_ns;
      w->unheard_silence_ns = silence_ns;
      w->unheard_least = UINT16_MAX;
    }
    note_client_size(w, packet.payload_bytes);
    // A client that was not heard repeats what it sent (RFC 6298 §5.4): more data alone shows nothing.
    if (w->unheard == 0 || packet.payload_bytes == 0 || position < w->client_next) increase(&w->unheard);
    // The next answer begins when the server wants it to.
    w->run_segments = 0;
  }
  if (packet.payload_bytes > 0 && !is_probe && position < kMaxDistance) {
    const uint32_t end = position + packet.payload_bytes;
    const uint32_t stamp = stamp_of(packet);
    if (w->newest_stamp == 0 || is_newer(stamp, w->newest_stamp)) w->newest_stamp = stamp;
    increase(&w->segments);
    if (position == 0) w->local_name = read_local_target(packet.payload);
    if (position == 0 && w->server_port == kHttpPort && may_begin_http(packet.payload)) {
      w->site = read_site(find_field(packet.payload, "host:"));
      w->is_clear = w->is_status_due = w->site != 0;
      w->server_base = w->server_next;
    }
    const bool is_connect = position == w->client_next && packet.payload.size >= 8 &&
                            std::memcmp(packet.payload.data, "CONNECT ", 8) == 0;
    const bool asks_proxy = is_connect || (position == 0 && w->local_name != 0);
    if (asks_proxy && (position == 0 || (w->is_connect && w->status / 100 != 2))) {
      w->is_connect = w->is_status_due = true;
      w->server_base = w->server_next;
    }
    if (position == w->client_next) note_socks(w, packet, position);
    if (position == w->client_base && packet.payload.size >= 5 && packet.payload.data[0] == kRecordHandshake &&
        w->hello_end == 0) {
      w->hello_end = w->client_base + 5u + (uint32_t{packet.payload.data[3]} << 8 | packet.payload.data[4]);
      w->hello_first = end;
      w->records[kClient].next = w->client_base;
    }
    Records& records = w->records[kClient];
    if (records.fills_gap(position, end)) {
      records.close_gap(position, end);
      if (w->hello_end != 0 && position < w->hello_end) {
        increase(&w->hello_segments);
        if (w->hello_ns == 0) w->hello_ns = packet.ts_ns;
      }
      if (w->hello_end != 0) scan(w, kClient, packet, position);
      if (w->hello_end != 0 && w->client_next >= w->hello_end) step = Step::kHelloWhole;
      if (position == 0 && !may_lead_to_name(packet.payload)) step = Step::kOtherProtocol;
    } else if (end > w->client_next) {
      if (position > w->client_next) {
        records.gap_begin = w->client_next;
        records.gap_end = position;
      }
      if (packet.payload_bytes > sizeof Records::header + kLongFarewellBytes) w->is_waiting = true;
      if (w->client_heard >= w->client_next) {
        w->busy_ns = packet.ts_ns;
        w->busy_from = w->client_next;
      }
      if (w->hello_end != 0 && position < w->hello_end) {
        increase(&w->hello_segments);
        w->hello_ns = packet.ts_ns;
      }
      if (w->hello_end != 0) scan(w, kClient, packet, position);
      if (packet.ts_ns - w->mark_ns >= kCopyNs) {
        w->old_mark = packet.ts_ns - w->new_data_ns >= kCopyNs ? w->client_next : w->mark;
        w->mark = w->client_next;
        w->mark_ns = packet.ts_ns;
      }
      w->new_data_ns = packet.ts_ns;
      note_full(w, packet, position);
      w->client_next = end;
      if (w->hello_end != 0 && end >= w->hello_end) step = Step::kHelloWhole;
      if (position == 0 && !may_lead_to_name(packet.payload)) step = Step::kOtherProtocol;
    } else {
      // No client takes what it has just sent for lost so soon: a router asked for smaller packets (RFC 1191 §6).
      const bool is_at_once = position >= w->mark && packet.ts_ns - w->mark_ns < (w->open_ns - w->last_syn_ns) / 4;
      if (!is_repeated_smaller(w, packet, position) && !is_at_once && !is_of_outage(w, packet, position))
        increase(&w->repeated);
      if (w->hello_end != 0 && position < w->hello_end) increase(&w->hello_copies);
    }
  }
  if (has_fin) on_end(w, packet, true);
  return step;
}

// RFC 1928 §3 to §6, RFC 1929 §2. What begins with these bytes is SOCKS when the other side answers as a proxy does, or
// listens on the port of one.
void ConnectionWatch::note_socks(Watched* w, const Packet& packet, uint32_t position) {
  if (position != 0 && w->socks == SocksStep::kNone) return;
  size_t consumed = 0;
  ProxyTarget target;
  if (position == 0) {
    const bool is_greeting = read_socks5_greeting(packet.payload, &consumed) == Progress::kDone;
    const bool is_request4 = !is_greeting && read_socks4(packet.payload, &consumed, &target) == Progress::kDone;
    if ((!is_greeting && !is_request4) || consumed != packet.payload_bytes) return;
    w->socks = is_greeting ? SocksStep::kMethod : SocksStep::kReply4;
    w->is_connect = is_proxy_port(w->server_port);
  } else if (w->socks == SocksStep::kLogin) {
    w->socks = SocksStep::kLoginReply;
  } else if (w->socks == SocksStep::kRequest) {
    w->socks = SocksStep::kReply;
  }
  w->is_status_due = true;
  w->server_base = w->server_next;
}

void ConnectionWatch::note_client_size(Watched* w, uint32_t bytes) {
  const auto size = static_cast<uint16_t>(std::min<uint32_t>(bytes, UINT16_MAX));
  w->unheard_least = std::min(w->unheard_least, size);
  w->sent_most = std::max(w->sent_most, size);
}

// `is_next`: no bytes are missing before the new ones. A rate over missing packets would be too low.
void ConnectionWatch::note_rate(Watched* w, const Packet& packet, bool is_next) {
  // Two segments that left the server in one tick of its clock arrive apart by what the slowest line needs for one.
  const uint32_t sent_ms = time_stamp_of(packet);
  if (sent_ms != 0 && sent_ms == w->sent_ms && packet.payload_bytes >= kPairBytes && is_next) {
    w->fastest_kbit = std::max(w->fastest_kbit,
                               rate_kbit(packet.payload_bytes + kHeaderBytes, packet.ts_ns - w->last_down_ns));
  }
  w->sent_ms = sent_ms;
  const bool is_full = packet.payload_bytes >= kFullSegment;
  if (!is_full || !is_next || packet.ts_ns - w->last_down_ns > kSecond) w->run_segments = 0;
  w->last_down_ns = packet.ts_ns;
  if (!is_full) return;
  if (w->run_segments == 0) {
    w->run_ns = packet.ts_ns;
    w->run_bytes = 0;
  } else {
    w->run_bytes += packet.payload_bytes;
  }
  if (++w->run_segments < kRunSegments) return;
  w->fastest_kbit = std::max(w->fastest_kbit, rate_kbit(w->run_bytes, packet.ts_ns - w->run_ns));
  w->run_segments = 0;
}

void ConnectionWatch::on_server(Watched* w, const Packet& packet) {
  w->is_alive = true;
  if (!w->is_open) return;
  const uint32_t position = packet.sequence - w->server_first;
  follow(packet, w->server_next, &w->server_first);
  // Acknowledgements of bytes that arrived before the reset are still under way.
  if (w->is_reset && !w->is_by_client && packet.payload_bytes != 0) w->is_continued = true;
  w->unheard = 0;
  if ((packet.tcp_flags & kAck) != 0) {
    const uint32_t heard = packet.acknowledgement - w->client_first;
    if (heard < kMaxDistance && heard > w->client_heard && heard <= w->client_next + 1) {
      const uint32_t newly = heard - w->client_heard;
      if (w->sent_most >= kFullSegment && newly >= w->sent_most) w->heard_most = std::max(w->heard_most, w->sent_most);
      w->client_heard = heard;
      w->is_sacked_behind = false;
      if (heard >= w->client_next) {
        w->heard_most = std::max(w->heard_most, w->sent_most);
        w->sent_most = 0;
      }
      if (heard >= w->client_next && w->busy_ns != 0) {
        const uint32_t bytes = w->client_next - w->busy_from;
        const int64_t took_ns = packet.ts_ns - w->busy_ns - (w->open_ns - w->last_syn_ns);
        if (bytes >= kUploadBytes) w->fastest_kbit = std::max(w->fastest_kbit, rate_kbit(bytes, took_ns));
        w->busy_ns = 0;
      }
    }
    const SackBlock sack = packet.segment.size > 32 ? read_sack(packet.segment) : SackBlock{};
    if (sack.is_present && sack.begin - packet.acknowledgement - 1 < kMaxDistance && heard == w->client_heard &&
        w->hello_end != 0) {
      w->is_sacked_behind = true;
    }
    // A block below the acknowledgement: both copies of a segment came, and none was lost (RFC 2883 §4).
    const bool is_twice = sack.is_present && packet.acknowledgement - sack.begin - 1 < kMaxDistance;
    if (is_twice && w->repeated > w->holes && sack.begin - w->client_first >= w->outage_until) --w->repeated;
  }
  if (packet.payload_bytes > 0 && position < kMaxDistance) {
    const uint32_t end = position + packet.payload_bytes;
    increase(&w->segments);
    if (w->is_status_due && position == w->server_base) {
      on_status(w, packet, end);
    } else if (w->hello_end != 0) {
      if (!w->has_server_data && position == w->server_base) note_plain_answer(w, packet);
      w->has_server_data = true;
      Records& records = w->records[kServer];
      if (records.fills_gap(position, end)) {
        records.close_gap(position, end);
        scan(w, kServer, packet, position);
      } else if (end > w->server_next) {
        if (position > w->server_next) {
          records.gap_begin = w->server_next;
          records.gap_end = position;
        }
        scan(w, kServer, packet, position);
      }
      if (w->request_ns != 0) {
        if (!w->is_answered) w->answer_delay_ns = packet.ts_ns - w->request_ns;
        w->is_answered = true;
      }
    }
    if (end > w->server_next) note_rate(w, packet, position == w->server_next);
    w->is_waiting = false;
    if (end > w->server_next) w->server_next = end;
  }
  if ((packet.tcp_flags & kFin) != 0) on_end(w, packet, false);
  w->last_server_ns = packet.ts_ns;
}

// The answer of a proxy to CONNECT, or to a request in clear text, up to `end`; interim answers (RFC 9110 §15.2) go before
// it.
void ConnectionWatch::on_status(Watched* w, const Packet& packet, uint32_t end) {
  if (w->socks != SocksStep::kNone) {
    on_socks(w, packet, end);
    return;
  }
  const uint16_t status = read_http_status(packet.payload);
  if (status == 0) {
    if (w->is_clear) w->is_status_due = false;
    return;
  }
  if (status < 200) {
    w->server_base = end;
    return;
  }
  w->is_status_due = false;
  w->status = status;
  w->status_ns = packet.ts_ns;
  w->status_delay_ns = packet.ts_ns - w->last_client_ns;
  if (w->is_clear) {
    const uint32_t target = status / 100 == 3 ? read_redirection(packet.payload) : 0;
    w->is_redirected = status == kNetworkLogin || (target != 0 && target != w->site);
    return;
  }
  if (status < 300) open_tunnel(w, end);
}

// A gateway refuses a ClientHello in the clear text of HTTP.
void ConnectionWatch::note_plain_answer(Watched* w, const Packet& packet) {
  const uint16_t status = read_http_status(packet.payload);
  if (status == 0) return;
  w->is_plain = true;
  w->status = status;
  w->status_ns = packet.ts_ns;
  w->status_delay_ns = packet.ts_ns - w->last_client_ns;
}

// The bytes of the tunnel follow the answer of the proxy.
void ConnectionWatch::open_tunnel(Watched* w, uint32_t end) {
  w->client_base = w->client_next;
  w->server_base = end;
  w->records[kServer].next = end;
}

// One reply of a SOCKS proxy, in one segment as proxies send them.
void ConnectionWatch::on_socks(Watched* w, const Packet& packet, uint32_t end) {
  const SocksStep step = w->socks;
  uint8_t code = 0;
  const Progress progress = step == SocksStep::kMethod       ? read_socks5_method(packet.payload, &code)
                            : step == SocksStep::kLoginReply ? read_socks5_login_reply(packet.payload, &code)
                            : step == SocksStep::kReply      ? read_socks5_reply(packet.payload, &code)
                            : step == SocksStep::kReply4     ? read_socks4_reply(packet.payload, &code)
                                                             : Progress::kNo;
  w->is_status_due = false;
  w->socks = SocksStep::kNone;
  if (progress != Progress::kDone) {
    // The answer is of another protocol, or was not captured whole.
    w->is_connect = false;
    return;
  }
  w->is_connect = true;
  const bool is_reply = step == SocksStep::kReply || step == SocksStep::kReply4;
  const bool is_granted = code == (step == SocksStep::kReply4 ? kSocks4Granted : 0);
  if (step == SocksStep::kMethod && code != kSocksNoMethod) {
    w->socks = code == kSocksLogin ? SocksStep::kLogin : code == 0 ? SocksStep::kRequest : SocksStep::kNone;
    // Messages of another method are not read: nothing is known of the rest.
    if (w->socks == SocksStep::kNone) w->is_connect = false;
  } else if (step == SocksStep::kLoginReply && code == 0) {
    w->socks = SocksStep::kRequest;
  } else if (is_reply && is_granted) {
    constexpr uint16_t kOk = 200;
    w->status = kOk;
    open_tunnel(w, end);
  } else {
    w->status = step == SocksStep::kMethod ? uint16_t{kSocksMethodStatus}
                : step == SocksStep::kLoginReply
                    ? uint16_t{kSocksLoginStatus}
                    : static_cast<uint16_t>((step == SocksStep::kReply4 ? kSocks4Status : kSocks5Status) + code);
    w->status_ns = packet.ts_ns;
    w->status_delay_ns = packet.ts_ns - w->last_client_ns;
  }
}

// True if the other side accepts this FIN or RST: it has the expected sequence number, or for FIN an earlier one.
bool ConnectionWatch::can_end(const Watched& w, const Packet& packet, bool from_client) {
  const bool is_reset = (packet.tcp_flags & kRst) != 0;
  if (from_client) {
    const uint32_t least = is_reset ? w.client_heard : w.client_next;
    return packet.sequence + packet.payload_bytes - w.client_first - least < kMaxDistance;
  }
  if (!w.is_open) return is_reset && (packet.tcp_flags & kAck) != 0 && packet.acknowledgement == w.client_first;
  const uint32_t position = packet.sequence - w.server_first;
  if (!is_reset) return position + packet.payload_bytes - w.server_next < kMaxDistance;
  return position == std::max(w.server_next, w.server_heard) || position == w.server_heard;
}

// The other side went on: what ended the connection was not of this side, or did not arrive.
void ConnectionWatch::take_back_end(Watched* w) {
  w->is_reset = w->is_closed = w->is_by_client = false;
  w->end_ns = 0;
  w->end_ttl = 0;
  w->is_continued = true;
}

// FIN and RST. Of several the first counts, but a reset by the server that came before its answers is no end.
void ConnectionWatch::on_end(Watched* w, const Packet& packet, bool from_client) {
  const bool is_reset = (packet.tcp_flags & kRst) != 0;
  if (!can_end(*w, packet, from_client)) {
    w->is_out_of_window = true;
    return;
  }
  // A box that has lost the state of a silent connection resets its next packet, often the FIN of a client that gave up.
  const bool is_from_box = is_reset && !from_client && w->is_open && ttl_of(packet) != w->open_ttl &&
                           (packet.ts_ns - w->last_client_ns) * 2 < w->open_ns - w->last_syn_ns;
  const bool is_cut = is_from_box && w->is_waiting && w->unheard != 0 && w->unheard_silence_ns >= kSilenceNs;
  if (!from_client) w->unheard = 0;
  if ((w->is_reset || w->is_closed) && !(is_cut && w->is_by_client)) return;
  (is_reset ? w->is_reset : w->is_closed) = true;
  w->is_by_client = from_client;
  w->end_ns = packet.ts_ns;
  w->end_ttl = ttl_of(packet);
  w->end_hello_segments = w->hello_segments;
  w->is_before_data = w->client_next == 0 && w->server_next == 0;
  w->end_position = packet.sequence - (from_client ? w->client_first : w->server_first) + packet.payload_bytes +
                    (is_reset ? 0 : 1);
  w->end_silence_ns = is_cut ? w->unheard_silence_ns : packet.ts_ns - std::max(w->last_client_ns, w->last_server_ns);
  if (!from_client) w->end_delay_ns = packet.ts_ns - (w->is_open ? w->last_client_ns : w->last_syn_ns);
  if (from_client) w->last_client_ns = packet.ts_ns;
}

void ConnectionWatch::scan(Watched* w, unsigned side, const Packet& packet, uint32_t position) {
  Records& records = w->records[side];
  if (records.is_lost) return;
  const uint32_t end = position + packet.payload_bytes;
  // A few records tell all that is asked; a position is searched at most once for each of its bytes.
  while (records.next + records.header_bytes < end) {
    const uint32_t at_byte = records.next + records.header_bytes;
    if (at_byte < position && records.awaits(at_byte)) return;
    if (at_byte < position || at_byte - position >= packet.payload.size) {
      records.is_lost = true;
      return;
    }
    records.header[records.header_bytes++] = packet.payload.data[at_byte - position];
    if (records.header_bytes < sizeof records.header) continue;
    const uint8_t type = records.header[0];
    const uint32_t length = uint32_t{records.header[3]} << 8 | records.header[4];
    if (type < 20 || type > 24 || records.header[1] != 3) {
      records.is_lost = true;
      return;
    }
    const size_t body = records.next + 5u - position;
    const Span rest = body < packet.payload.size ? Span{packet.payload.data + body, packet.payload.size - body}
                                                 : Span{};
    on_record(w, side, type, length, rest, packet);
    records.next += 5u + length;
    records.header_bytes = 0;
  }
}

void ConnectionWatch::on_record(Watched* w, unsigned side, uint8_t type, uint32_t length, Span body,
                                const Packet& packet) {
  Records& records = w->records[side];
  records.ends_with_farewell = type == kRecordAlert ||
                               (type == kRecordData && (length == kFarewellBytes || length == kLongFarewellBytes));
  if (type == kRecordHandshake) increase(&records.handshakes);
  const bool is_flight = type == kRecordHandshake ? records.handshakes > 1
                                                  : type == kRecordData && length > kLongFarewellBytes;
  if (side == kClient && is_flight && w->flight_ns == 0) w->flight_ns = packet.ts_ns;
  if (type == kRecordAlert && length == kAlertBytes && body.size >= 2 && records.alert == 0) {
    records.alert = static_cast<uint8_t>(std::min(body.data[1] + 1, 255));
    w->alert_ns[side] = packet.ts_ns;
    if (side == kServer) {
      w->alert_ttl = ttl_of(packet);
      w->alert_delay_ns = packet.ts_ns - w->last_client_ns;
    }
  }
  if (type != kRecordData || length <= kLongFarewellBytes) return;
  increase(&records.encrypted);
  if (side == kServer && w->request_ns == 0) records.has_encrypted_first = true;
  if (side == kClient) note_request(w, packet);
}

void ConnectionWatch::note_request(Watched* w, const Packet& packet) {
  const bool is_tls13 = w->records[kServer].has_encrypted_first;
  if (w->records[kClient].encrypted >= (is_tls13 ? kRecordsWithFinished : 1) && w->request_ns == 0) {
    w->request_ns = packet.ts_ns;
  }
}

bool ConnectionWatch::keeps(Id id, const WatchedName& name) {
  at(id).is_kept = rules_ == nullptr || (name.name.size != 0 && rules_->names->has_name(name.name));
  return at(id).is_kept || name.name.size == 0;
}

bool ConnectionWatch::keeps_without_name(Id id) const {
  const Watched& w = at(id);
  return rules_ == nullptr || w.local_name != 0 || w.server_port == kWebPort ||
         (w.is_clear && (w.is_status_due || w.is_redirected)) || rules_->noted.contains(w.server_address, w.ip_version);
}

bool ConnectionWatch::has_failed(Id id, int64_t now_ns) const {
  const Watched& w = at(id);
  if (now_ns - w.last_ns < kFailedNs) return false;
  return !w.is_open || !w.has_server_data || w.is_reset || w.is_closed;
}

void ConnectionWatch::decide_hello(const Watched& w, OutcomeRecord* record) {
  record->ts_ns = w.hello_ns != 0 ? w.hello_ns : w.last_client_ns;
  record->value = w.hello_copies;
  if (is_reset_at_once(w)) {
    set_reset_at_once(w, record);
    return;
  }
  // Servers give up after a time if a hello does not arrive.
  const bool is_unheard = w.is_closed && w.hello_copies != 0 && w.client_heard < w.hello_end;
  if ((w.is_reset || w.is_closed) && !w.is_by_client && !is_unheard) {
    record->kind = static_cast<uint8_t>(w.is_reset ? OutcomeKind::kHelloReset : OutcomeKind::kHelloClosed);
    record->ts_ns = w.end_ns;
    record->ttl = w.end_ttl;
    record->delay_us = micros(w.end_delay_ns);
    // Whole or not when it came.
    record->value = w.end_hello_segments;
    record->detail = w.client_next >= w.hello_end && w.hello_end > w.hello_first ? 2 : 1;
    return;
  }
  const uint32_t heard = w.client_heard;
  const int64_t waited_ns = w.last_ns - w.hello_ns;
  record->delay_us = micros(waited_ns);
  if (heard >= w.hello_end) {
    record->kind = static_cast<uint8_t>(waited_ns >= kWaitNs ? OutcomeKind::kHelloUnanswered : OutcomeKind::kOpened);
  } else if (w.hello_copies == 0) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kOpened);
  } else if (heard > w.client_base) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kHelloRestLost);
  } else {
    record->kind = static_cast<uint8_t>(w.is_sacked_behind ? OutcomeKind::kHelloFrontLost : OutcomeKind::kHelloSilent);
  }
}

// Detail 2: full segments were not heard, where smaller ones were acknowledged.
void ConnectionWatch::set_unheard(const Watched& w, OutcomeRecord* record) {
  const bool is_by_size = w.unheard_least >= kFullSegment && w.heard_most > 0 && w.heard_most < kFullSegment;
  record->kind = static_cast<uint8_t>(OutcomeKind::kRequestUnheard);
  record->ts_ns = w.unheard_ns;
  record->detail = w.is_sacked_behind ? 1 : is_by_size ? 2 : 0;
  record->value = w.unheard;
  record->delay_us = micros(w.unheard_silence_ns);
}

// A record of the server began, the rest of it did not come, and the client left after some time: servers send whole
// records (RFC 8446 §5.1).
bool ConnectionWatch::is_broken_off(const Watched& w) {
  const Records& server = w.records[kServer];
  return w.is_by_client && (w.is_reset || w.is_closed) && w.end_ns - w.last_down_ns >= kSilenceNs &&
         !server.is_broken() && server.next > w.server_next && w.server_heard == w.server_next;
}

void ConnectionWatch::decide_request(const Watched& w, bool is_proxied, OutcomeRecord* record) {
  record->ts_ns = w.request_ns;
  const bool is_by_server = (w.is_reset || w.is_closed) && !w.is_by_client;
  if (w.unheard >= kUnheard && w.last_client_ns - w.unheard_ns >= kUnheardNs) {
    set_unheard(w, record);
    return;
  }
  if (is_by_server && w.is_reset && w.end_silence_ns >= kSilenceNs) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kResetInSilence);
  } else if (is_by_server && (w.is_reset || !w.records[kServer].ends_with_farewell) &&
             (is_proxied || !w.is_answered || w.is_reset)) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kClosedInAnswer);
  }
  if (record->kind != static_cast<uint8_t>(OutcomeKind::kServed)) {
    record->ts_ns = w.end_ns;
    record->ttl = w.end_ttl;
    record->delay_us = micros(w.end_silence_ns);
    const int64_t age_ns = w.end_ns - w.syn_ns;
    record->value = static_cast<uint32_t>(std::min<int64_t>(age_ns / 1'000'000, UINT32_MAX));
    // Ages are compared with each other: one cell for each second.
    if (record->kind == static_cast<uint8_t>(OutcomeKind::kClosedInAnswer))
      record->detail = static_cast<uint32_t>(std::clamp<int64_t>(age_ns / kSecond, 0, 1 << 20)) * 2 +
                       (w.is_reset ? 1 : 0);
    return;
  }
  record->delay_us = micros(w.is_answered ? w.answer_delay_ns : w.last_ns - w.request_ns);
  if (w.is_answered && (w.is_hole_left || is_broken_off(w))) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kRequestUnanswered);
    record->delay_us = micros(w.last_ns - w.last_down_ns);
    record->detail = w.is_hole_left ? 1 : 2;
    return;
  }
  record->value = w.holes;
  if (!w.is_answered) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kRequestUnanswered);
  } else if (const int64_t late_ns = w.open_ns - w.syn_ns; w.syns > 1 && late_ns >= kSecond) {
    // One cell for each second: the first values are those of logs.
    record->detail = kLateDetail + static_cast<uint32_t>(std::min<int64_t>(late_ns / kSecond, kMaxLateSeconds));
  }
}

void ConnectionWatch::decide(const Watched& w, bool is_proxied, OutcomeRecord* record) {
  const auto set = [record](OutcomeKind kind, int64_t ts_ns) {
    record->kind = static_cast<uint8_t>(kind);
    record->ts_ns = ts_ns;
  };
  if (!w.is_open) {
    // Packets behind the SYN: its answer was not captured.
    if (w.is_alive) return set(OutcomeKind::kOpened, w.syn_ns);
    set(w.is_reset && !w.is_by_client ? OutcomeKind::kSynReset : OutcomeKind::kSynSilent, w.syn_ns);
    record->value = w.syns;
    record->ttl = w.end_ttl;
    record->delay_us = micros(w.is_reset ? w.end_delay_ns : w.last_ns - w.syn_ns);
    return;
  }
  if (!w.is_alive && !w.is_reset && w.syns_behind >= kSynsBehind) {
    set(OutcomeKind::kSynSilent, w.syn_ns);
    record->value = w.syns + w.syns_behind;
    record->delay_us = micros(w.last_ns - w.syn_ns);
    record->detail = 1;
    return;
  }
  set(OutcomeKind::kOpened, w.syn_ns);
  if (w.is_redirected || w.is_plain) {
    set(OutcomeKind::kConnectStatus, w.status_ns);
    record->detail = w.status;
    record->delay_us = micros(w.status_delay_ns);
    return;
  }
  if (w.is_connect && w.status / 100 != 2) {
    if (w.status != 0) {
      set(OutcomeKind::kConnectStatus, w.status_ns);
      record->detail = w.status;
      record->delay_us = micros(w.status_delay_ns);
    } else if (w.last_ns - w.last_client_ns >= kWaitNs || (w.is_reset && !w.is_by_client) || is_ended_unanswered(w) ||
               (w.is_by_client && std::max(w.end_silence_ns, w.unheard_silence_ns) >= kWaitNs)) {
      set(OutcomeKind::kConnectUnanswered, w.last_client_ns);
    }
    return;
  }
  if (w.hello_end == 0) {
    if (!w.is_connect && is_reset_at_once(w)) return set_reset_at_once(w, record);
    if (!w.is_connect || !is_ended_unanswered(w)) return;
    set(OutcomeKind::kHelloClosed, w.end_ns);
    record->ttl = w.end_ttl;
    record->delay_us = micros(w.end_delay_ns);
    return;
  }
  if (!w.has_server_data && w.sacks_at_begin == 0) {
    decide_hello(w, record);
    return;
  }
  const Records& server = w.records[kServer];
  // A client that asks after an alert has not taken it.
  if (server.alert != 0 && server.handshakes == 0 && w.request_ns <= w.alert_ns[kServer]) {
    set(OutcomeKind::kServerAlert, w.alert_ns[kServer]);
    record->detail = server.alert - 1u;
    record->ttl = w.alert_ttl;
    record->delay_us = micros(w.alert_delay_ns);
    return;
  }
  if (w.sacks_at_begin >= 1 && w.server_heard <= w.server_base && w.last_ns - w.first_sack_ns >= kUnheardNs) {
    set(OutcomeKind::kAnswerFrontLost, w.first_sack_ns);
    record->value = w.sacks_at_begin;
    return;
  }
  if (w.request_ns != 0) {
    record->kind = static_cast<uint8_t>(OutcomeKind::kServed);
    decide_request(w, is_proxied, record);
    return;
  }
  const Records& client = w.records[kClient];
  const bool has_left = (w.is_reset || w.is_closed) && w.is_by_client;
  // A client that takes more of the server after its own flight refuses nothing: it opened the connection in advance.
  const bool has_gone_on = w.flight_ns != 0 && w.last_down_ns > w.flight_ns && w.end_ns - w.flight_ns >= kTakenNs;
  // Programs that verify the authority within the handshake send the Finished of TLS 1.3 (RFC 8446 §4.4.4) behind it, and
  // those that verify it later leave without a farewell.
  const bool has_ended = server.has_encrypted_first && client.encrypted != 0 && client.ends_with_farewell;
  if (has_left && has_gone_on && client.alert <= 1) {
    record->detail = 1;
  } else if ((client.alert > 1 || (has_left && server.handshakes != 0)) && !client.is_broken()) {
    const int64_t left_ns = client.alert > 1 ? w.alert_ns[kClient] : w.end_ns;
    set(OutcomeKind::kAnswerRefused, left_ns);
    record->detail = client.alert == 0 && has_ended ? kEndedInOrder : client.alert;
    record->delay_us = micros(left_ns - w.hello_ns);
  } else if ((w.is_reset || w.is_closed) && !w.is_by_client && !client.is_broken()) {
    set(w.is_reset ? OutcomeKind::kHelloReset : OutcomeKind::kHelloClosed, w.end_ns);
    record->detail = 3;  // after the answer
    record->ttl = w.end_ttl;
    record->delay_us = micros(w.end_delay_ns);
  } else if (w.unheard >= kUnheard && w.last_client_ns - w.unheard_ns >= kUnheardNs) {
    set_unheard(w, record);
  }
}

// A reset in the name of the server right behind its SYN-ACK, before any byte of the client. Connections that a program opens
// in advance are reset later.
bool ConnectionWatch::is_reset_at_once(const Watched& w) {
  return w.is_reset && !w.is_by_client && w.is_before_data && w.end_ns - w.open_ns < kSilenceNs;
}

void ConnectionWatch::set_reset_at_once(const Watched& w, OutcomeRecord* record) {
  record->kind = static_cast<uint8_t>(OutcomeKind::kHelloReset);
  record->ts_ns = w.end_ns;
  record->ttl = w.end_ttl;
  record->delay_us = micros(w.end_ns - w.open_ns);
  record->value = 0;
  record->detail = 4;
}

// The server ended the connection behind its last byte that was asked for, and not one byte came since.
bool ConnectionWatch::is_ended_unanswered(const Watched& w) {
  return w.is_closed && !w.is_by_client && w.end_position <= w.server_base + 1;
}

// The end of the connection has a number behind bytes that were not captured. Or there is no end, and silence follows bytes
// that are neither acknowledged nor sent again (RFC 9293 §3.8.1).
bool ConnectionWatch::is_cut_off(const Watched& w) {
  if (!w.is_open) return false;
  if (w.is_reset || w.is_closed) {
    return w.end_position > (w.is_by_client ? w.client_next : w.server_next) + (w.is_reset ? 0u : 1u);
  }
  return w.repeated == 0 && (w.client_heard < w.client_next || w.server_heard < w.server_next);
}

void ConnectionWatch::end(Id id, WatchedName name, EventSink* sink) {
  Watched* const ended = &at(id);
  ended->is_hole_left = ended->hole_ns != 0 && ended->last_ns - ended->hole_ns >= kUnheardNs &&
                        ended->server_heard < ended->server_next;
  note_hole(ended, ended->server_heard + 1, false, ended->last_ns);
  const Watched& w = *ended;
  if (w.local_name != 0) {
    const std::string_view local = kLocalNames[w.local_name - 1];
    name.name = Span{reinterpret_cast<const uint8_t*>(local.data()), local.size()};
  }
  bool is_wanted = w.is_kept || rules_ == nullptr;
  if (!is_wanted && name.name.size != 0) {
    is_wanted = rules_->names->has_name(name.name) ||
                ((w.is_connect || name.is_proxied) && is_answered(*rules_, name.name));
  }
  if (!is_wanted && name.name.size == 0) {
    const bool is_web = w.server_port == kWebPort;
    const bool has_failed_open = !w.is_open || (!w.is_alive && w.syns_behind >= kSynsBehind);
    const bool may_be_web = is_web || (has_failed_open && w.server_port >= kOtherWebPorts);
    is_wanted = (may_be_web && rules_->answered->contains(w.server_address)) ||
                rules_->noted.contains(w.server_address, w.ip_version) ||
                (!w.is_open && (is_proxy_port(w.server_port) || w.server_port == kDnsPort));
  }
  if (w.is_redirected || (!is_wanted && w.is_open && (w.is_connect || name.is_proxied))) {
    name.name = {};
    is_wanted = true;
  }
  if (is_wanted) {
    OutcomeRecord record{};
    decide(w, name.is_proxied || w.is_connect, &record);
    uint16_t flags = 0;
    if (name.is_proxied || w.is_connect) flags |= kOutcomeProxied;
    if (w.is_out_of_window) flags |= kOutcomeOutOfWindow;
    if (w.is_continued) flags |= kOutcomeContinued;
    if (w.records[kClient].handshakes > 1 && !w.records[kServer].has_encrypted_first) flags |= kOutcomeTls12;
    if (w.is_by_client && (w.is_reset || w.is_closed)) flags |= kOutcomeByClient;
    if (is_cut_off(w)) flags |= kOutcomeCutOff;
    record.last_ns = w.last_ns;
    std::memcpy(record.client_address, w.client_address, sizeof record.client_address);
    std::memcpy(record.server_address, w.server_address, sizeof record.server_address);
    record.client_port = w.client_port;
    record.server_port = w.server_port;
    record.ip_version = w.ip_version;
    record.handshake_ttl = w.open_ttl;
    const bool has_opened = w.is_open && record.kind != static_cast<uint8_t>(OutcomeKind::kSynSilent);
    record.handshake_us = has_opened ? std::max(1u, micros(w.open_ns - w.last_syn_ns)) : 0;
    record.repeated = w.repeated;
    record.segments = w.segments;
    record.fastest_kbit = w.fastest_kbit;
    record.name_length = static_cast<uint16_t>(name.name.size);
    sink->emit(RecordType::kOutcome, flags, &record, sizeof record, &name.name, 1);
  }
  drop(id);
}

}  // namespace wiretally

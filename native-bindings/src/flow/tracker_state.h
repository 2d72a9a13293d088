// The inside of a Tracker: the state of one flow, the pools it comes from, and what the files tracker_*.cc share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "../fingerprint/client_hello.h"
#include "../fingerprint/fingerprint_cache.h"
#include "../wire/dns.h"
#include "../wire/dtls.h"
#include "../wire/quic_handshake.h"
#include "exchange.h"
#include "hello_assembly.h"
#include "interest.h"
#include "stream_pool.h"
#include "stream_records.h"
#include "tracker.h"
#include "upgrade.h"

namespace wiretally {

constexpr uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpAck = 0x10;

// What a hello leaves behind for the records of its flow; the texts stand behind it in one allocation.
struct KeptHello {
  int64_t ts_ns;
  uint64_t random_hash;
  uint32_t bytes;
  uint16_t segments;
  uint16_t legacy_version;
  uint16_t sni_length;
  uint16_t alpn_length;
  Ech ech;
  HelloProtocol protocol;
  bool offers_http2;
  bool has_session_id;
  bool matters;  // by its name or its runtime
  uint32_t session_hash;
  Fingerprint print;

  const uint8_t* texts() const { return reinterpret_cast<const uint8_t*>(this + 1); }
  size_t size() const { return sizeof(KeptHello) + sni_length + alpn_length; }
};

// Texts of a flow that a client sent in the clear before its hello, or instead of one.
struct KeptTexts {
  ProxyTarget proxy;
  uint16_t agent_length = 0;
  char agent[InterestSet::kMaxAgentBytes] = {};
};

// One direction of a TCP flow.
struct Side {
  uint32_t next = 0;      // all before it has been looked at
  uint32_t item_seq = 0;  // where the item under way begins
  uint32_t needed = 0;    // bytes of it without which reading it again is in vain
  uint32_t checked = 0;   // up to here records were tried as handshake messages
  uint32_t bytes = 0;     // payload seen, for patience
  uint32_t reread = 0;    // bytes of items that were looked at, each time anew
  uint16_t segments = 0;
  Beginning item = Beginning::kNone;
  bool is_known = false;    // `next` is known
  bool is_guessed = false;  // by the first segment seen: earlier ones may still come
  bool has_passed = false;  // something that is no item went by
  bool has_checked = false; // `checked` is set
  bool after_greeting = false;  // SOCKS 5
  bool has_seen = false;        // `seen_end` is set
  bool is_claimed = false;      // `claimed` is set
  uint32_t seen_end = 0;        // end of the furthest segment that came
  uint32_t claimed = 0;         // acknowledged up to here, while bytes before it had not come
  int64_t claimed_ns = 0;       // since when
  StreamPieces ahead;           // segments that acknowledge bytes of the other side which have not come: they wait
  StreamPieces pieces;
  RecordScanner scanner;
};

enum class Phase : uint8_t {
  kWatch,   // TCP: no hello yet
  kTls,     // TCP: after the hello
  kPlain,   // TCP: clear-text HTTP of a client of interest
  kDns,     // TCP port 53
  kDatagrams,
  kDone,
};

// What the payload of one flow has taught, for as long as the flow lives: the slot that a TrackId names. There are
// never more of them than flows in the table.
struct FlowFacts {
  KeptHello* hello = nullptr;
  std::unique_ptr<KeptTexts> texts;
  uint32_t track = 0;          // payload state, 0 = none (any more); the next free slot while this one is free
  uint32_t lost[2] = {0, 0};   // bytes missing in this slice, by side
  uint16_t flags = 0;          // FlowFlags
  ProxyKind proxy_kind = ProxyKind::kNone;
  AppHint hint = AppHint::kUnknown;
  uint8_t client_side = 0;     // the side that sent the hello
  bool is_used = false;
};

enum class HoldList : uint8_t { kNone, kStream, kDatagram };

struct Links {
  uint32_t previous = 0;
  uint32_t next = 0;
};

// Payload state of one flow.
struct Track {
  Links in_pool;
  Links in_hold;
  FlowFacts* facts = nullptr;
  TrackId id = 0;
  uint64_t flow_id = 0;
  HoldList hold_list = HoldList::kNone;
  Phase phase = Phase::kWatch;
  Patience patience = Patience::kShort;
  uint32_t datagram_bytes = 0;  // heap memory of the QUIC or DTLS handshake
  uint8_t packets = 0;          // payload packets since the hello, or datagrams; stays at 255
  bool strong_item = false;     // the item under way surely is a ClientHello
  bool server_seen = false;     // a ServerHello that is no HelloRetryRequest
  bool is_tls13 = false;        // chosen, or concluded from the records
  bool version_known = false;
  bool client_finished = false; // TLS 1.3: the client's first encrypted record went by
  bool client_data = false;
  bool server_data = false;
  std::unique_ptr<ExchangeCutter> cutter;
  std::unique_ptr<QuicClientHandshake> quic;
  std::unique_ptr<DtlsClientHandshake> dtls;
  Side sides[2];
};

// A hole is believed up to here; windows above it are rare, forged numbers are not.
constexpr uint32_t kMaxHole = 1u << 24;

// A segment as it lies in its packet.
struct Segment {
  uint32_t seq;
  Span data;
  uint32_t extent;  // payload as the headers say: above data.size when the snaplen cut it
  int64_t ts_ns;
  uint32_t end() const { return seq + extent; }
};

// Bytes of a stream at one place, whichever memory they lie in.
struct StreamView {
  Span data;
  uint32_t extent = 0;
  int64_t ts_ns = 0;
};

struct Tracker::State {
  State(const TrackerOptions& tracker_options, const InterestSet* interest_set, EventSink* event_sink,
        Counters* packet_counters);
  ~State();

  // ---- tracker_pool.cc: flows and their memory
  // The slot that an id names, in use or not; null when it names none.
  FlowFacts* slot_of(TrackId id) {
    return id == 0 || is_hint(id) || id > facts.size() ? nullptr : &facts[id - 1];
  }
  FlowFacts* facts_of(TrackId id);
  static TrackId id_of_hint(AppHint hint) { return kHintBit | static_cast<TrackId>(hint); }
  static bool is_hint(TrackId id) { return (id & kHintBit) != 0; }
  FlowFacts* take_facts(TrackId* id);
  void give_back_facts(TrackId id);
  Track* take(TrackId* id, uint64_t flow_id);  // makes facts too when *id is 0
  void give_back(Track* track);                // the facts stay
  ExchangeCutter* follow(Track* track, ExchangeUnit unit, bool offers_http2);
  void finish_cutter(Track* track);
  void hold(Track* track, HoldList list);
  void unhold(Track* track);
  void unhold_when_empty(Track* track);  // no payload of it waits
  void drop_payload(Track* track);  // pieces, items and handshakes of it
  void evict_hold(HoldList list);
  void weigh_datagrams(Track* track);  // may give up the oldest handshakes, this one's included
  bool hold_piece(Track* track, unsigned side, const Segment& segment, bool joins);
  KeptHello* keep_hello(const ClientHello& hello);

  // ---- tracker_tcp.cc: flows before their hello
  TrackResult on_tcp(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client,
                     const uint32_t* first_sequence);
  static void place_sides(Track* track, const Packet& packet, bool from_client, const uint32_t* first_sequence);
  Track* first_look(TrackResult* result, uint64_t flow_id, const Packet& packet, bool from_client,
                    const uint32_t* first_sequence);
  void settle(Track* track, TrackResult* result);
  void take_segment(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void watch(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void watch_old(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void take_in(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  bool is_early(const Track& track, unsigned side) const;
  void judge_patience(Track* track);

  // ---- tracker_order.cc: segments in the order in which they were sent
  bool lacks(const Track& track, unsigned side, uint32_t acknowledgement) const;
  bool keep_back(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void let_go(Track* track, const Packet& packet, TrackResult* result);
  void let_go_all(Track* track, unsigned side, const Packet& packet, TrackResult* result);
  void let_go_both(Track* track, const Packet& packet, TrackResult* result);
  void replay(Track* track, unsigned side, bool is_overdue, const Packet& packet, TrackResult* result);
  bool is_overdue(int64_t since_ns) const;
  bool is_claim_due(Side* side, uint32_t acknowledgement) const;

  // ---- tracker_items.cc: what is read as a whole
  Place place_of(const Track& track, const Side& side) const;
  void set_item(Track* track, unsigned side, Beginning item, uint32_t seq);
  void abandon_item(Track* track, unsigned side);
  void advance(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  bool read_item(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  static uint32_t next_start(Span bytes, uint32_t seq, uint32_t end);
  Progress read_request(Track* track, unsigned side, Span bytes, const Packet& packet, size_t* consumed);
  void note_agent(Track* track, unsigned side, Span user_agent, Span request, int64_t ts_ns);
  void note_proxy(Track* track, ProxyKind kind, const ProxyTarget& target);
  void hold_rest(Track* track, unsigned side, const Segment* direct);
  StreamView view_at(const Side& side, uint32_t seq, const Segment* direct) const;
  // The item under way as far as it is there; empty while less than is needed.
  Span item_from(Side* side, const Segment* direct);
  static bool is_worn_out(const Side& side);
  uint32_t segment_end(const Side& side, uint32_t seq, const Segment* direct) const;

  // ---- tracker_tls.cc: flows behind their hello
  bool on_client_hello(Track* track, unsigned side, Span message, uint32_t segments, const Packet& packet,
                       TrackResult* result);
  void begin_tls(Track* track, unsigned side, size_t hello_stream, const Packet& packet);
  void on_tls(Track* track, unsigned side, const Segment& segment, const Packet& packet, TrackResult* result);
  void scan(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  bool try_handshake(Track* track, unsigned side, const Segment* direct, const Packet& packet, TrackResult* result);
  bool fill_hole(Track* track, unsigned side, uint32_t limit, const Packet& packet, TrackResult* result);
  void flush_waiting(Track* track);
  void skip_bytes(Track* track, unsigned side, uint32_t count, int64_t ts_ns);
  void on_acknowledgement(Track* track, unsigned side, bool is_overdue, const Packet& packet, TrackResult* result);
  void on_server_hello(Track* track, Span message, int64_t ts_ns);
  void on_record(Track* track, unsigned side, const ScannedRecord& record);
  void note_established(Track* track, bool is_client, const ScannedRecord& record);
  void on_plain(Track* track, unsigned side, const Segment& segment);

  // ---- tracker_udp.cc
  TrackResult on_udp(TrackId id, uint64_t flow_id, const Packet& packet, bool from_client);
  Track* first_datagram(TrackResult* result, uint64_t flow_id, const Packet& packet);
  // The track that goes on: another one when the packet opened a new connection.
  Track* on_quic(Track* track, const Packet& packet, bool from_client, TrackResult* result);
  void on_quic_data(Track* track, const Packet& packet);
  Track* restart_quic(Track* track, TrackResult* result);
  void on_dtls(Track* track, const Packet& outer, TrackResult* result);
  bool on_named_port(const Packet& packet, TrackResult* result);

  // ---- tracker_records.cc
  // Counts, keeps and emits a parsed hello (`parsed`); the first of a flow describes it.
  void finish_hello(Track* track, uint32_t segments, bool is_retry, const Packet& packet);
  bool matters(const FlowFacts& flow) const;
  // Exchanges of a flow that matters, from its hello on.
  void follow_exchanges(Track* track, ExchangeUnit unit, bool offers_http2);
  void on_dns_message(Span message, const Packet& packet);

  static constexpr TrackId kHintBit = 1u << 31;
  // Texts of hellos kept at once; beyond it a hello keeps its fingerprint and loses its name in FlowRecords.
  static constexpr size_t kMaxHelloMemory = 64u << 20;
  // QUIC and DTLS handshakes kept at once.
  static constexpr size_t kMaxDatagramHolds = 8192;

  const TrackerOptions options;
  const InterestSet* const interest;
  EventSink* const sink;
  Counters* const counters;
  TrackerStats stats;
  int64_t now_ns = 0;  // of the packet at hand

  struct ListHead {
    uint32_t first = 0;
    uint32_t last = 0;
    size_t count = 0;
  };
  Track* at(uint32_t index) { return reinterpret_cast<Track*>(memory.get()) + index; }
  uint32_t index_of(const Track& track) const {
    return static_cast<uint32_t>(&track - reinterpret_cast<const Track*>(memory.get()));
  }
  void link(ListHead* head, uint32_t index, Links Track::*links);
  void unlink(ListHead* head, uint32_t index, Links Track::*links);

  size_t capacity;
  size_t used = 1;  // slot 0 means "none"
  uint32_t free_head = 0;
  std::unique_ptr<std::byte[]> memory;  // Tracks, constructed when first used
  ListHead watched;   // tracks in use, oldest first
  ListHead followed;  // those that are cut into exchanges
  ListHead holds[3];
  std::deque<FlowFacts> facts;
  TrackId free_facts = 0;
  size_t hello_memory = 0;
  size_t datagram_memory = 0;
  StreamPool pool;
  std::unique_ptr<uint8_t[]> gathered;  // kMaxHelloStream: an item out of its pieces
  std::unique_ptr<uint8_t[]> replayed;  // kMaxHelloStream: a segment that had to wait
  std::unique_ptr<uint8_t[]> joined;    // kMaxHelloBytes: a message out of its records
  std::unique_ptr<char[]> ja3_text;
  FingerprintCache prints;
  std::unique_ptr<ClientHello> parsed;
  std::unique_ptr<DnsMessage> dns;
};

// 64 bits of a ClientHello.random, the same in every worker and run; never 0.
uint64_t random_hash(const uint8_t (&random)[32]);
uint32_t text_hash(Span text);

// Which endpoint of its pair a packet comes from: 1 for the higher one. The same for both directions of a flow however
// its client is known.
unsigned side_of(const Endpoints& ends);

}  // namespace wiretally

// ConnectionWatch: the course of connections of interest, from the SYN to the end: which side answered what, after which time,
// and what was never acknowledged. It reads headers, the first bytes of TLS records, the status line of a proxy, and whether
// a request in clear text is redirected to another site. It keeps no payload. A connection is dropped when its hello
// names something of no interest, or when its first bytes are of another protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../base/event.h"
#include "../base/event_sink.h"
#include "../io/mapped_memory.h"
#include "../packet/packet.h"
#include "export_filter.h"

namespace wiretally {

// The name of a connection in its own packets.
struct WatchedName {
  Span name;
  bool is_proxied = false;
};

class ConnectionWatch {
 public:
  using Id = uint16_t;  // 0: none; 15 bits
  static constexpr size_t kMaxConnections = 32'704;

  // `rules` may be null. Then every connection with a name or a failed handshake is relevant.
  explicit ConnectionWatch(const ExportFilter* rules, size_t max_of_shard = kMaxConnections, size_t shards = 1)
      : rules_(rules), max_(max_of_shard), open_(shards), list_(map_array<Watched>(shards * max_of_shard)) {}

  // Begins a connection with this SYN of a client. Returns 0, and counts it, if its shard is full.
  Id begin(const Packet& packet, uint8_t shard = 0);
  enum class Step : uint8_t { kNone, kHelloWhole, kOtherProtocol };
  // Returns kHelloWhole once: the caller passes its name to keeps(). kOtherProtocol: the first bytes of the client are
  // neither a hello nor a request to a proxy; the caller asks keeps_without_name(), and drops the connection on false.
  Step on_packet(Id id, const Packet& packet, bool from_client);
  bool keeps(Id id, const WatchedName& name);
  // True if the connection may be relevant although it will never have a name: by the address of its server, which a
  // late DNS answer may contain.
  bool keeps_without_name(Id id) const;
  void drop(Id id);
  // Drops a connection whose name is irrelevant. One through a proxy still shows that the host uses it.
  void leave(Id id, bool is_proxied, EventSink* sink);
  // True if no more packets are expected: the connection failed, and has been silent for some time.
  bool has_failed(Id id, int64_t now_ns) const;
  // `id` may be outdated.
  void prefetch(Id id) const {
    if (id == 0 || id > used_) return;
    const char* const lines = reinterpret_cast<const char*>(&at(id));
    for (size_t i = 0; i < kHotLines; ++i) __builtin_prefetch(lines + i * kLineBytes, 1);
  }
  // Ends the connection: emits its record if it is relevant, and drops it.
  void end(Id id, WatchedName name, EventSink* sink);

  uint64_t unwatched() const { return unwatched_; }
  size_t size() const { return used_; }

 private:
  // Walks the record headers of one direction, from segments in order.
  struct Records {
    uint32_t next = 0;  // position of the next header, relative to the first byte
    uint8_t header[5] = {};
    uint8_t header_bytes = 0;
    bool is_lost = false;
    uint8_t handshakes = 0;
    bool has_encrypted_first = false;     // application data before any was asked for: TLS 1.3
    uint16_t encrypted = 0;               // records of application data with more than a farewell
    uint8_t alert = 0;                    // description + 1 of the first clear alert
    bool ends_with_farewell = false;      // the last record is as long as an encrypted alert, or is one
    uint32_t gap_begin = 0, gap_end = 0;  // bytes that later ones came before; the end is 0 without such bytes

    bool fills_gap(uint32_t from, uint32_t to) const { return gap_end != 0 && from >= gap_begin && to <= gap_end; }
    void close_gap(uint32_t from, uint32_t to);
    bool awaits(uint32_t at_byte) const { return at_byte >= gap_begin && at_byte < gap_end; }
    bool is_broken() const { return is_lost || awaits(next + header_bytes); }
  };
  // The step of the client at a SOCKS proxy: a reply that it waits for, or the message that it sends next.
  enum class SocksStep : uint8_t { kNone, kMethod, kLogin, kLoginReply, kRequest, kReply, kReply4 };
  // The fields that every packet of an open connection touches come first: four cache lines.
  struct alignas(64) Watched {
    int64_t last_ns, last_client_ns, last_server_ns, last_down_ns, request_ns, busy_ns, run_ns;
    uint32_t client_first, server_first;  // sequence numbers of the first bytes
    uint32_t client_next, server_next;    // ends of the furthest segments, relative to those
    uint32_t client_heard, server_heard;  // acknowledged
    uint32_t client_base, server_base;    // Position at which TLS begins: behind the answer of a proxy.
    uint32_t hello_first, hello_end;      // ends of the first segment and of the record of the hello
    uint32_t busy_from, run_bytes, sent_ms, fastest_kbit;
    uint32_t repeated, segments;
    Records records[2];  // 0 client, 1 server
    uint16_t run_segments, unheard;
    bool is_open, is_alive, is_kept, is_asked, is_connect, is_status_due, is_sacked_behind;
    bool is_reset, is_closed, is_by_client, is_out_of_window, is_continued, is_answered, has_server_data;
    bool is_waiting;  // the last data of both sides is of the client, and no farewell
    uint32_t mark,
        old_mark;  // the client sent bytes below `mark` before mark_ns, those below `old_mark` kCopyNs earlier
    int64_t mark_ns, new_data_ns;
    uint32_t newest_stamp;  // Time stamp of the client's newest data.
    uint32_t full_from,
        smaller_until;  // First full segment without an acknowledgement, and the end of its repetition in smaller ones.
    uint16_t full_bytes;    // Payload of the first full segment that was not acknowledged; 0: none.
    uint32_t outage_until;  // End of the data that was under way when the line was down.

    int64_t syn_ns, last_syn_ns, open_ns, hello_ns;
    int64_t end_ns, end_silence_ns, end_delay_ns;  // first FIN or RST
    int64_t answer_delay_ns;                       // from the request to the first byte after it
    int64_t status_ns, status_delay_ns;            // answer of a proxy to CONNECT
    int64_t alert_ns[2], alert_delay_ns;           // first clear alert of each side; of the server: after the hello
    int64_t unheard_ns, unheard_silence_ns;        // first packet of the client that was not acknowledged
    int64_t first_sack_ns, hole_ns;
    uint32_t end_position;  // End of the side that closed: no byte of it follows.
    uint16_t syns, syns_behind, hello_segments, hello_copies, status, end_hello_segments, sacks_at_begin, holes;
    uint8_t open_ttl, end_ttl, alert_ttl, client_address[16], server_address[16];
    uint16_t client_port, server_port;
    // Payload of segments of the client: the smallest of those that were not heard, the largest that was acknowledged, and
    // the largest since then.
    uint16_t unheard_least, heard_most, sent_most;
    uint8_t ip_version, shard, local_name;
    SocksStep socks;
    bool is_before_data;           // no byte of either side came before the end
    bool is_plain;                 // the answer to the hello is HTTP in clear text
    bool is_hole_left;             // bytes of the server never came, and later ones did
    bool is_clear, is_redirected;  // a request in clear text, and its answer leads to another site
    uint32_t site;                 // Site of that request.
    int64_t flight_ns;             // the second flight of the client
  };
  static constexpr size_t kLineBytes = 64, kHotLines = 4;

  Watched& at(Id id) { return list_[id - 1u]; }
  const Watched& at(Id id) const { return list_[id - 1u]; }
  static void on_syn(Watched* w, const Packet& packet, bool from_client);
  static void open(Watched* w, const Packet& packet);
  static bool is_in_reach(const Watched& w, const Packet& packet, bool from_client);
  static void follow(const Packet& packet, uint32_t next, uint32_t* first);
  static bool is_copy(const Watched& w, const Packet& packet);
  static void note_full(Watched* w, const Packet& packet, uint32_t position);
  static bool is_repeated_smaller(Watched* w, const Packet& packet, uint32_t position);
  static bool is_of_outage(Watched* w, const Packet& packet, uint32_t position);
  static void note_hole(Watched* w, uint32_t heard, bool is_hole, int64_t ts_ns);
  static Step on_client(Watched* w, const Packet& packet);
  static void on_server(Watched* w, const Packet& packet);
  static void note_client_size(Watched* w, uint32_t bytes);
  static void note_rate(Watched* w, const Packet& packet, bool is_next);
  static void note_socks(Watched* w, const Packet& packet, uint32_t position);
  static void on_status(Watched* w, const Packet& packet, uint32_t end);
  static void note_plain_answer(Watched* w, const Packet& packet);
  static void on_socks(Watched* w, const Packet& packet, uint32_t end);
  static void open_tunnel(Watched* w, uint32_t end);
  static void on_end(Watched* w, const Packet& packet, bool from_client);
  static bool can_end(const Watched& w, const Packet& packet, bool from_client);
  static void take_back_end(Watched* w);
  static void scan(Watched* w, unsigned side, const Packet& packet, uint32_t position);
  static void on_record(Watched* w, unsigned side, uint8_t type, uint32_t length, Span body, const Packet& packet);
  static void note_request(Watched* w, const Packet& packet);
  static void decide(const Watched& w, bool is_proxied, OutcomeRecord* record);
  static bool is_cut_off(const Watched& w);
  static bool is_ended_unanswered(const Watched& w);
  static bool is_reset_at_once(const Watched& w);
  static void set_reset_at_once(const Watched& w, OutcomeRecord* record);
  static void decide_hello(const Watched& w, OutcomeRecord* record);
  static bool is_broken_off(const Watched& w);
  static void decide_request(const Watched& w, bool is_proxied, OutcomeRecord* record);
  static void set_unheard(const Watched& w, OutcomeRecord* record);

  const ExportFilter* const rules_;
  const size_t max_;          // Maximum connections of a shard.
  std::vector<size_t> open_;  // Open connections of each shard.
  MappedArray<Watched> list_;
  size_t used_ = 0;
  std::vector<Id> free_;
  uint64_t unwatched_ = 0;
};

}  // namespace wiretally

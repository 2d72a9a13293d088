// Track is the payload state of one flow; each of its parts belongs to one class.
#pragma once

#include <cstdint>
#include <memory>

#include "../protocol/dtls.h"
#include "../protocol/quic_handshake.h"
#include "exchange/exchange.h"
#include "flow_facts.h"
#include "stream_records.h"
#include "stream_side.h"
#include "tracker.h"

namespace wiretally {

enum class Phase : uint8_t {
  kWatch,  // TCP: no hello yet
  kTls,    // TCP: after the hello
  kPlain,  // TCP: clear-text HTTP of a watched client
  kDns,    // TCP port 53
  kDatagrams,
  kDone,
};

// Position of a track in the lists of its store.
class TrackPlace {
  friend class TrackStore;
  enum class HoldList : uint8_t { kNone, kStream, kDatagram };
  struct Links {
    uint32_t previous = 0;
    uint32_t next = 0;
  };
  Links in_pool_;
  Links in_hold_;
  HoldList hold_list_ = HoldList::kNone;
  uint8_t shard_ = 0;            // of those of the store
  uint32_t datagram_bytes_ = 0;  // heap memory of the QUIC or DTLS handshake, as counted
};

// The probe of a flow without a hello has this progress.
class ProbeState {
  friend class StreamProbe;
  struct Side {
    uint32_t bytes = 0;  // payload seen
    uint16_t segments = 0;
    bool has_passed = false;      // other bytes than an item were skipped
    bool after_greeting = false;  // SOCKS 5
  };
  Side sides_[2];
  ProbeBudget budget_ = ProbeBudget::kShort;
};

// The segments of both sides have this progress.
class OrderState {
  friend class SegmentOrder;
  uint32_t seen_end_[2] = {0, 0};    // end of the furthest captured segment, or of what the other side acknowledged
  uint32_t seen_begin_[2] = {0, 0};  // begin of the first captured segment
  bool has_seen_[2] = {false, false};
  bool has_arrived_[2] = {false, false};      // a segment was captured: an acknowledgement alone proves no answer
  bool is_misplaced_[2] = {false, false};     // it began at another number than the other side acknowledged
  bool is_acknowledged_[2] = {false, false};  // the other side acknowledged some of that
};

// State of the records after a hello. Stored by field, not by side: no padding between them.
class TlsState {
 public:
  bool has_server_hello() const { return server_seen_; }

 private:
  friend class TlsObserver;
  RecordScanner scanners_[2];
  int64_t claimed_since_ns_[2] = {0, 0};
  uint32_t claimed_[2] = {0, 0};  // acknowledged up to here, while earlier bytes were missing
  uint32_t checked_[2] = {0, 0};  // up to here records were tried as handshake messages
  bool is_claimed_[2] = {false, false};
  bool has_checked_[2] = {false, false};
  uint8_t packets_ = 0;       // payload packets since the hello; saturates at 255
  bool server_seen_ = false;  // a ServerHello that is not a HelloRetryRequest
  bool is_tls13_ = false;     // chosen, or concluded from the records
  bool version_known_ = false;
  bool client_finished_ = false;  // TLS 1.3: the client's first encrypted record went by
  bool client_data_ = false;
  bool server_data_ = false;
};

// This part is the handshake of a UDP flow.
class DatagramState {
 public:
  bool has_partial_hello() const {
    return (quic_ && quic_->has_partial_hello()) || (dtls_ && dtls_->has_partial_hello());
  }
  // True if no packet shows that the hello was answered.
  bool is_quic_silent() const { return quic_ != nullptr && !has_keys_; }
  bool may_be_relayed() const { return is_relayed_[0] || is_relayed_[1]; }
  size_t memory_bytes() const { return quic_ ? quic_->memory_bytes() : dtls_ ? dtls_->memory_bytes() : 0; }
  void drop() {
    quic_.reset();
    dtls_.reset();
  }

 private:
  friend class DatagramObserver;
  std::unique_ptr<QuicClientHandshake> quic_;
  std::unique_ptr<DtlsClientHandshake> dtls_;
  uint8_t datagrams_ = 0;  // saturates at 255
  bool client_data_ = false;
  bool server_data_ = false;
  bool has_keys_ = false;                // QUIC: packets behind the Initials were seen
  bool is_relayed_[2] = {false, false};  // datagrams of this side begin with the header of a SOCKS proxy
};

// The hello as it arrived first, in the memory for pending payload, until its answer is seen: a retransmission
// is compared with it, and reassembled as well.
class HelloCopy {
 public:
  bool is_kept() const { return first_.head != 0; }
  const StreamPieces& first() const { return first_; }
  const StreamPieces& other() const { return other_; }

 private:
  friend class TlsObserver;
  friend class TrackStore;
  static constexpr uint8_t kMaxReadings = 16;
  uint32_t seq_ = 0;      // of its first record
  uint8_t readings_ = 0;  // attempts to read the other hello, until it is whole
  bool is_other_read_ = false;
  StreamPieces first_;
  StreamPieces other_;
};

struct Track {
  FlowFacts* facts = nullptr;
  uint64_t flow_id = 0;
  std::unique_ptr<ExchangeCutter> cutter;  // of flows that matter
  TrackId id = 0;
  Phase phase = Phase::kWatch;
  bool is_talk_over = false;    // no further facts about a service are expected
  bool has_hello_item = false;  // the current item certainly is a ClientHello
  TlsState tls;
  HelloCopy hello_copy;
  DatagramState datagrams;
  TrackPlace place;
  StreamSide sides[2];
  ProbeState probe;
  OrderState order;

  bool is_client(unsigned side) const { return side == facts->client_side; }
};

}  // namespace wiretally

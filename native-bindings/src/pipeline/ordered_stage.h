// OrderedStage processes frames whose meaning depends on earlier frames, in capture order: IP fragments, ARP and
// neighbor discovery, ICMP errors, and DNS answers if unmatched flows are summed. Each capture has one, however many
// workers there are.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "../io/capture_reader.h"
#include "../packet/decode.h"
#include "../packet/packet.h"
#include "../stream/tracker.h"
#include "answer_watch.h"
#include "decoder_options.h"
#include "frame_stage.h"
#include "host_discovery.h"
#include "icmp_outcomes.h"

namespace wiretally {

// Finds which of two ends sent first, for frames without a connection.
class FirstSenders {
 public:
  // True if the destination sent before. The oldest pairs are evicted: the next sender then is the first.
  bool is_answer(const Endpoints& ends) {
    const uint64_t forward = hash_of(ends.source, ends.destination);
    const uint64_t back = hash_of(ends.destination, ends.source);
    // Both directions share one place.
    uint64_t& first_hash = pairs_[(forward ^ back) % kMaxPairs];
    if (first_hash != forward && first_hash != back) first_hash = forward;
    return first_hash == back;
  }

 private:
  static constexpr size_t kMaxPairs = 4096;
  static uint64_t hash_of(const uint8_t* from, const uint8_t* to) {
    uint64_t hash = 0x9e3779b97f4a7c15;
    for (const uint8_t* half : {from, from + 8, to, to + 8}) {
      hash = (hash ^ (hash >> 29) ^ load_u64(half)) * 0xff51afd7ed558ccd;
    }
    return hash ^ (hash >> 32);
  }
  std::vector<uint64_t> pairs_ = std::vector<uint64_t>(kMaxPairs, 0);
};

class OrderedStage {
 public:
  OrderedStage(std::shared_ptr<const NetworkList> exclusion, const DecoderOptions& options)
      : exclusion_(std::move(exclusion)),
        host_discovery_(*exclusion_),
        answers_(options.export_filter, options.watchlist),
        icmp_(options),
        emit_observations_(options.tracker.emit_observations) {}

  // Processes frames that FrameStage called kOrdered. With kFlow, `packet` is a whole datagram, whose payload is valid
  // until the next call. `account` belongs to the worker that runs the stage.
  FrameFate run(const Frame& frame, Packet* packet, StageCounters* counters, FrameAccount* account, EventSink* sink) {
    NonPortInfo other;
    Counters repeated;  // the frame was counted when it was decoded first
    DecodeResult result = decode_frame(frame, packet, &other, &repeated);
    if (result == DecodeResult::kFragment) {
      result = fragments_.add(frame, packet, &other, &counters->wire);
      account_dropped(frame.ts_ns, account, sink);
      const bool is_whole = result != DecodeResult::kFragment && result != DecodeResult::kPacket;
      const bool is_wanted = exclusion_->empty() || !exclusion_->touches(packet->ends);
      if (is_whole && is_wanted && !account->add(frame, *packet, other, result, sink)) {
        account_later(frame, *packet, other, result, account, sink);
      }
    } else if (result != DecodeResult::kPacket &&
               (!account->knows_host(*packet) || account->answers_echo(*packet, other, result))) {
      account_later(frame, *packet, other, result, account, sink);
    }
    if (result == DecodeResult::kNoPort) echoes_.note(*packet, other);
    if (result == DecodeResult::kPacket) {
      if (exclusion_->empty() || !exclusion_->touches(packet->ends)) {
        if (packet->tunnel_depth > 0 && account->take_tunnelled(*packet, sink)) return FrameFate::kDone;
        if (wants(*packet)) see(*packet, sink);
        return FrameFate::kFlow;
      }
      counters->excluded += packet->frames;
    } else if (result == DecodeResult::kNoPort && FrameStage::may_name_hosts(other)) {
      icmp_.see(frame, *packet, other, *exclusion_, sink);
      if (emit_observations_ && other.ip_protocol != FrameStage::kProtocolIcmp)
        host_discovery_.see(frame, *packet, other, sink);
    }
    return FrameFate::kDone;
  }

  // Ends the input, whose time is `now_ns`.
  void finish(int64_t now_ns, FrameAccount* account, EventSink* sink) {
    fragments_.drop_all();
    account_dropped(now_ns, account, sink);
  }

  // True for packets of flows that the stage must see too: DNS answers, and SYNs that ICMP messages may quote.
  bool wants(const Packet& packet) const { return answers_.wants(packet) || icmp_.wants(packet); }
  void see(const Packet& packet, EventSink* sink) {
    if (answers_.wants(packet)) answers_.see(packet, sink);
    if (icmp_.wants(packet)) icmp_.note(packet);
  }

 private:
  void account_later(const Frame& frame, const Packet& packet, const NonPortInfo& other, DecodeResult result,
                     FrameAccount* account, EventSink* sink) {
    const bool is_reversed = !account->knows_host(packet) && senders_.is_answer(packet.ends);
    const bool is_other_answer = account->answers_echo(packet, other, result) && !echoes_.is_answered_by(packet, other);
    account->add_between(frame, packet, other, result, is_reversed, is_other_answer, sink);
  }
  // They count at the time of their eviction, because their own window may be closed.
  void account_dropped(int64_t now_ns, FrameAccount* account, EventSink* sink) {
    for (const DroppedFragments& dropped : fragments_.take_dropped()) {
      if (!exclusion_->empty() && exclusion_->touches(dropped.ends)) continue;
      account->add_dropped(dropped, now_ns, sink);
    }
  }

  std::shared_ptr<const NetworkList> exclusion_;
  FragmentTable fragments_;
  FirstSenders senders_;
  EchoRequests echoes_;
  HostDiscovery host_discovery_;
  AnswerWatch answers_;
  IcmpOutcomes icmp_;
  bool emit_observations_;
};

}  // namespace wiretally

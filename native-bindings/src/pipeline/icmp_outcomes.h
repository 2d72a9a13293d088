// IcmpOutcomes writes outcome records of ICMP messages that report an unreachable server of interest. Any host can
// forge such a message, so it counts only if it quotes a SYN that was seen, with its number. Messages about queries to
// a resolver are compared with the queries later.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "../base/event_sink.h"
#include "../base/ports.h"
#include "../flow/key.h"
#include "../io/capture_reader.h"
#include "../packet/decode.h"
#include "../packet/network_list.h"
#include "../protocol/icmp_quote.h"
#include "decoder_options.h"
#include "frame_stage.h"

namespace wiretally {

class IcmpOutcomes {
 public:
  explicit IcmpOutcomes(const DecoderOptions& options)
      : rules_(options.export_filter), syns_(options.tracker.emit_outcomes ? kMaxSyns : 0) {}

  // True for packets that note() must see in capture order.
  bool wants(const Packet& packet) const {
    constexpr uint8_t kSyn = 0x02, kAck = 0x10;
    return (packet.tcp_flags & (kSyn | kAck)) == kSyn && !syns_.empty();
  }
  void note(const Packet& packet) {
    if (!may_be_watched(packet.ends)) return;
    const uint64_t hash = hash_of(packet.ends, packet.sequence);
    syns_[hash % kMaxSyns] = {hash, packet.ts_ns};
  }

  void see(const Frame& frame, const Packet& packet, const NonPortInfo& other, const NetworkList& exclusion,
           EventSink* sink) const {
    if (syns_.empty() ||
        (other.ip_protocol != FrameStage::kProtocolIcmp && other.ip_protocol != FrameStage::kProtocolIcmp6))
      return;
    IcmpQuote quote;
    if (!read_icmp_quote(other.body, packet.ends.ip_version, &quote)) return;
    const Endpoints& ends = quote.ends;
    if (exclusion.touches(ends)) return;
    const Syn* const syn = ends.protocol == kTcp ? find_syn(quote) : nullptr;
    if (syn == nullptr && (ends.protocol == kTcp || ends.destination_port != kDnsPort)) return;
    OutcomeRecord record{};
    record.ts_ns = record.last_ns = frame.ts_ns;
    std::memcpy(record.client_address, ends.source, sizeof record.client_address);
    std::memcpy(record.server_address, ends.destination, sizeof record.server_address);
    std::memcpy(record.by, packet.ends.source, sizeof record.by);
    record.client_port = ends.source_port;
    record.server_port = ends.destination_port;
    record.ip_version = ends.ip_version;
    record.kind = static_cast<uint8_t>(OutcomeKind::kIcmp);
    record.detail = quote.type * 256u + quote.code;
    record.value = ends.protocol;
    record.ttl = ttl_of(packet);
    if (syn != nullptr && frame.ts_ns > syn->ts_ns)
      record.delay_us = static_cast<uint32_t>(std::min<int64_t>((frame.ts_ns - syn->ts_ns) / 1000, UINT32_MAX));
    sink->emit(RecordType::kOutcome, 0, &record, sizeof record, nullptr, 0);
  }

 private:
  // The oldest ones are evicted: a message comes within seconds.
  static constexpr size_t kMaxSyns = 16'384;
  static constexpr uint8_t kTcp = 6;

  bool may_be_watched(const Endpoints& ends) const {
    return rules_ == nullptr || rules_->answered->contains(ends.destination) ||
           rules_->noted.contains(ends.destination, ends.ip_version);
  }
  struct Syn {
    uint64_t hash;
    int64_t ts_ns;  // Time of the last copy.
  };
  const Syn* find_syn(const IcmpQuote& quote) const {
    const uint64_t hash = hash_of(quote.ends, quote.sequence);
    const Syn& syn = syns_[hash % kMaxSyns];
    return syn.hash == hash ? &syn : nullptr;
  }
  static uint64_t hash_of(const Endpoints& ends, uint32_t sequence) {
    const uint64_t ports = uint64_t{ends.source_port} << 48 | uint64_t{ends.destination_port} << 32 | sequence;
    uint64_t hash = ports * kMultiplier;
    for (const uint8_t* half : {ends.source, ends.source + 8, ends.destination, ends.destination + 8}) {
      hash = (hash ^ (hash >> 29) ^ load_u64(half)) * kMultiplier;
    }
    return hash ^ (hash >> 32);
  }
  static constexpr uint64_t kMultiplier = 0xff51afd7ed558ccd;

  std::shared_ptr<const ExportFilter> rules_;
  std::vector<Syn> syns_;  // The latest SYNs, each in its own place; empty: off.
};

}  // namespace wiretally

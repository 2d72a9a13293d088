// IcmpOutcomes: outcome records of ICMP messages that say that a server of interest cannot be reached.
#pragma once

#include <cstring>
#include <memory>

#include "../base/event_sink.h"
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
      : rules_(options.export_filter), is_on_(options.tracker.emit_outcomes) {}

  void see(const Frame& frame, const Packet& packet, const NonPortInfo& other, const NetworkList& exclusion,
           EventSink* sink) const {
    if (!is_on_ || (other.ip_protocol != FrameStage::kProtocolIcmp && other.ip_protocol != FrameStage::kProtocolIcmp6))
      return;
    IcmpQuote quote;
    if (!read_icmp_quote(other.body, packet.ends.ip_version, &quote)) return;
    const Endpoints& ends = quote.ends;
    if (exclusion.touches(ends)) return;
    const bool is_dns = ends.protocol == 17 && ends.destination_port == 53;
    if (!is_dns && rules_ != nullptr && !rules_->answered->contains(ends.destination) &&
        !rules_->noted.contains(ends.destination, ends.ip_version)) {
      return;
    }
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
    sink->emit(RecordType::kOutcome, 0, &record, sizeof record, nullptr, 0);
  }

 private:
  std::shared_ptr<const ExportFilter> rules_;
  bool is_on_;
};

}  // namespace wiretally

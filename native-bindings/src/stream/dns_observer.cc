#include "dns_observer.h"

#include <cstring>

namespace wiretally {

namespace {

Span text_span(const char* text, size_t length) { return Span{reinterpret_cast<const uint8_t*>(text), length}; }

bool chain_matters(const DnsMessage& message, const Watchlist& watchlist) {
  const char* at = message.cnames;
  size_t left = message.cnames_length;
  while (left > 0) {
    const void* zero = memchr(at, 0, left);
    const size_t length = zero == nullptr ? left : static_cast<size_t>(static_cast<const char*>(zero) - at);
    if (watchlist.has_name(text_span(at, length))) return true;
    const size_t step = length < left ? length + 1 : left;
    at += step;
    left -= step;
  }
  return false;
}

void emit_dns(const DnsMessage& message, const Packet& packet, bool is_part, EventSink* sink) {
  DnsRecord record{};
  uint16_t flags = is_part || message.is_truncated ? kDnsPart : 0;
  if (message.is_response) flags |= kDnsResponse;
  if (message.is_response && message.is_truncated) flags |= kDnsTruncated;
  if (message.carries_ech) flags |= kDnsEch;
  if (packet.ends.protocol == 6) flags |= kDnsOverTcp;
  record.ts_ns = packet.ts_ns;
  memcpy(record.client_address, message.is_response ? packet.ends.destination : packet.ends.source, 16);
  memcpy(record.server_address, message.is_response ? packet.ends.source : packet.ends.destination, 16);
  const uint8_t* mac = message.is_response ? packet.destination_mac : packet.source_mac;
  if (mac != nullptr) memcpy(record.client_mac_tail, mac + 2, sizeof record.client_mac_tail);
  record.client_port = message.is_response ? packet.ends.destination_port : packet.ends.source_port;
  record.message_id = message.id;
  record.query_type = message.query_type;
  record.ip_version = packet.ends.ip_version;
  record.rcode = message.rcode;
  record.ttl_seconds = message.min_ttl_seconds;
  record.ech_ttl_seconds = message.ech_ttl_seconds;
  record.file_index = packet.file_index;
  record.name_length = message.query.length;
  record.cnames_length = message.cnames_length;
  record.a_length = static_cast<uint16_t>(message.a_count * 4);
  record.aaaa_length = static_cast<uint16_t>(message.aaaa_count * 16);
  const Span tails[4] = {text_span(message.query.text, message.query.length),
                         text_span(message.cnames, message.cnames_length), Span{&message.a[0][0], record.a_length},
                         Span{&message.aaaa[0][0], record.aaaa_length}};
  sink->emit(RecordType::kDns, flags, &record, sizeof record, tails, 4);
}

}  // namespace

bool dns_matters(const DnsMessage& message, TrackerOptions::Dns wanted, const Watchlist* watchlist) {
  if (wanted == TrackerOptions::Dns::kNone) return false;
  if (wanted == TrackerOptions::Dns::kAll && message.is_response) return true;
  if (watchlist == nullptr) return false;
  return watchlist->has_name(text_span(message.query.text, message.query.length)) || chain_matters(message, *watchlist);
}

void DnsObserver::on_message(Span message, const Packet& packet) {
  const bool is_sound = parse_dns(message, message_.get());
  if (!is_sound && !packet.cut_short) counters_->count(Malformed::kDnsMessage);
  if (!is_sound && message_->question_count == 0) return;
  if (dns_matters(*message_, wanted_, watchlist_)) emit_dns(*message_, packet, !is_sound, sink_);
}

}  // namespace wiretally

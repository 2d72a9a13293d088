// AnswerWatch reads addresses from DNS messages.
#include "answer_watch.h"

#include <algorithm>
#include <cstring>

#include "../protocol/message_form.h"
#include "../stream/dns_observer.h"

namespace wiretally {

namespace {

constexpr uint8_t kProtocolUdp = 17;

// True for a gateway of Wi-Fi calling (3GPP TS 23.003 §19.4.2.9): epdg.epc.mncNNN.mccNNN.pub.3gppnetwork.org.
bool is_calling_gateway(std::string_view name) {
  constexpr std::string_view kBegin = "epdg.epc.", kEnd = ".pub.3gppnetwork.org";
  return name.size() > kBegin.size() + kEnd.size() && name.substr(0, kBegin.size()) == kBegin &&
         name.substr(name.size() - kEnd.size()) == kEnd;
}

// A response with one question, at the offset of the length of the first message: RFC 1035 §4.1.1.
bool begins_message(Span bytes) {
  Cursor cursor(bytes);
  cursor.skip(2);  // id
  const uint16_t flags = cursor.be16();
  const uint16_t questions = cursor.be16();
  const uint16_t answers = cursor.be16();
  constexpr uint16_t kResponse = 0x8000, kOpcode = 0x7800, kReserved = 0x0040;
  return cursor.ok() && (flags & (kResponse | kOpcode | kReserved)) == kResponse && questions == 1 && answers > 0;
}

}  // namespace

void AnswerWatch::see(const Packet& packet, EventSink* sink) {
  if (packet.ends.protocol == kProtocolUdp) {
    read_message(packet.payload, packet, sink);
  } else {
    read_stream(packet.payload, packet, sink);
  }
}

// Messages over TCP have a length prefix (RFC 1035 §4.2.2). Segments are not reassembled here: if a message continues
// in the next segment, only the answers in this one are read; if its length was in a separate segment, it is read from
// its header on. Addresses in later segments are missed, so a flow to one of them without a name is added to the totals
// of its host. If every address counted as answered instead, one segment from port 53 would permanently export every
// flow.
void AnswerWatch::read_stream(Span bytes, const Packet& packet, EventSink* sink) {
  if (begins_message(bytes)) {
    read_message(bytes, packet, sink);
    return;
  }
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const uint16_t length = cursor.be16();
    if (!cursor.ok() || length == 0) return;
    read_message(cursor.take(std::min<size_t>(length, cursor.remaining())), packet, sink);
  }
}

void AnswerWatch::read_message(Span bytes, const Packet& packet, EventSink* sink) {
  parse_dns(bytes, message_.get());
  if (message_->is_response && message_->question_count == 1) sum_up(bytes, packet, sink);
  const bool is_watched = dns_matters(*message_, TrackerOptions::Dns::kWatchlist, watchlist_.get());
  const bool is_calling = is_calling_gateway({message_->query.text, message_->query.length});
  const auto add = [&](const uint8_t* address) {
    rules_->named->add(address);
    if (is_calling) rules_->calling->add(address);
    if (is_watched) rules_->answered->add(address);
  };
  uint8_t address[16] = {};
  for (size_t i = 0; i < message_->a_count; ++i) {
    std::memcpy(address, message_->a[i], 4);
    add(address);
  }
  for (size_t i = 0; i < message_->aaaa_count; ++i) add(message_->aaaa[i]);
}

void AnswerWatch::sum_up(Span bytes, const Packet& packet, EventSink* sink) {
  constexpr size_t kHeaderBytes = 12, kQuestionRest = 4;
  const DnsNeed need = need_of(*message_, bytes);
  DnsNeedRecord record{};
  std::memcpy(record.client_address, packet.ends.destination, sizeof record.client_address);
  const uint64_t halves[2] = {load_u64(record.client_address), load_u64(record.client_address + 8)};
  const uint64_t client = mix_numbers(halves[0], halves[1]);
  if (!known_.add(mix_numbers(client, need.content))) return;
  // The question was in a frame of its own, with the same headers; messages of a stream have none of their own.
  const size_t name_end = skip_dns_name(bytes, kHeaderBytes);
  const size_t headers = packet.payload_bytes > bytes.size ? 0 : packet.wire_bytes - packet.payload_bytes;
  record.ts_ns = packet.ts_ns;
  std::memcpy(record.server_address, packet.ends.source, sizeof record.server_address);
  record.zone = need.zone;
  record.content = need.content;
  record.name_bytes = need.name_bytes;
  record.text_bytes = need.text_bytes;
  // The flow of a large datagram already counts as hidden as a whole (DatagramObserver::on_dns).
  const bool is_flow_hidden = packet.ends.protocol == kProtocolUdp &&
                              dns_form(bytes, packet.cut_short) == MessageForm::kTunnelLike;
  if (!is_flow_hidden) record.bytes = static_cast<uint32_t>(2 * headers + bytes.size + name_end + kQuestionRest);
  record.ip_version = packet.ends.ip_version;
  sink->emit(RecordType::kDnsNeed, 0, &record, sizeof record, nullptr, 0);
}

}  // namespace wiretally

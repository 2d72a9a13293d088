// Decodes records from bytes. The words are those of src/model/usage.ts and flow.ts.
#include "batch.h"

#include <algorithm>
#include <cstring>

#include "../base/address_text.h"
#include "../base/text.h"

namespace wiretally {

namespace {

// Maximum cached forms of hellos. An evicted form is only created again.
constexpr size_t kMaxFingerprints = 16'384;

const char* transport_of(uint16_t flags) {
  if ((flags & kFlowOverQuic) != 0) return "quic";
  return (flags & kFlowOverDtls) != 0 ? "dtls" : "tcp";
}

const char* ech_word(uint8_t number) {
  switch (static_cast<Ech>(number)) {
    case Ech::kPresent:
    case Ech::kOtherForm: return "present";
    case Ech::kEsni: return "esni";
    default: return "none";
  }
}

// Reads names with a length byte before each. A truncated last one is dropped.
std::vector<std::string> alpn_list(Span bytes) {
  std::vector<std::string> list;
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const Span name = cursor.take(cursor.u8());
    if (!cursor.ok()) break;
    list.push_back(readable_text(name));
  }
  return list;
}

FlowEnd end_of(uint8_t number) {
  return number <= static_cast<uint8_t>(FlowEnd::kReused) ? static_cast<FlowEnd>(number) : FlowEnd::kOpen;
}

ClientKnownBy known_by(uint8_t number) {
  return number <= static_cast<uint8_t>(ClientKnownBy::kPort) ? static_cast<ClientKnownBy>(number)
                                                              : ClientKnownBy::kFirstPacket;
}

ProxyKind proxy_of(uint8_t number) {
  return number <= static_cast<uint8_t>(ProxyKind::kProxyProtocol) ? static_cast<ProxyKind>(number) : ProxyKind::kNone;
}

}  // namespace

BatchRecords::BatchRecords(Span batch) : rest_(batch), ok_(false) {
  BatchHeader header;
  Cursor cursor(batch);
  if (!read_fixed(&cursor, &header)) return;
  ok_ = header.magic == kBatchMagic && header.layout_version == kLayoutVersion;
  rest_ = cursor.rest();
}

bool BatchRecords::next(RecordHeader* header, Span* record) {
  if (!ok_ || rest_.size == 0) return false;
  Cursor cursor(rest_);
  ok_ = read_fixed(&cursor, header) && header->length >= sizeof *header && header->length <= rest_.size;
  if (!ok_) return false;
  *record = Span{rest_.data, header->length};
  rest_ = Span{rest_.data + header->length, rest_.size - header->length};
  return true;
}

bool read_flow(Span bytes, RawFlow* flow) {
  Cursor cursor(bytes);
  FlowRecord& record = flow->record;
  if (!read_fixed(&cursor, &record)) return false;
  flow->sni = cursor.take(record.sni_length);
  flow->alpn = cursor.take(record.alpn_length);
  flow->proxy = cursor.take(record.proxy_length);
  cursor.skip(record.tunnel_length);
  flow->vlans = cursor.take(record.vlan_length);
  flow->user_agent = cursor.take(record.user_agent_length);
  flow->other_sni = cursor.take(record.other_sni_length);
  return cursor.ok();
}

bool read_dns(Span bytes, NameMessage* message) {
  Cursor cursor(bytes);
  DnsRecord record;
  if (!read_fixed(&cursor, &record)) return false;
  const Span name = cursor.take(record.name_length);
  const Span cnames = cursor.take(record.cnames_length);
  const Span ip4 = cursor.take(record.a_length);
  const Span ip6 = cursor.take(record.aaaa_length);
  if (!cursor.ok()) return false;
  const uint16_t flags = record.header.flags;
  message->ts_us = micros(record.ts_ns);
  message->client = Address::of(record.client_address, record.ip_version);
  message->server = Address::of(record.server_address, record.ip_version);
  message->ttl_seconds = record.ttl_seconds;
  message->ech_ttl_seconds = record.ech_ttl_seconds;
  message->is_response = (flags & kDnsResponse) != 0;
  message->offers_ech = (flags & kDnsEch) != 0;
  message->is_multicast = (flags & kDnsMulticast) != 0;
  message->is_blocked = (flags & kDnsBlocked) != 0;
  message->is_part = (flags & kDnsPart) != 0;
  message->is_truncated = (flags & kDnsTruncated) != 0;
  message->client_port = record.client_port;
  message->message_id = record.message_id;
  message->query_type = record.query_type;
  message->rcode = record.rcode;
  const uint8_t* tail = record.client_mac_tail;
  message->client_mac_tail = (uint32_t{tail[0]} << 24) | (uint32_t{tail[1]} << 16) | (uint32_t{tail[2]} << 8) | tail[3];
  message->names.assign(1, readable_text(name));
  if (cnames.size != 0) {
    const std::string all = readable_text(cnames);
    for (size_t at = 0; at <= all.size();) {
      const size_t end = std::min(all.find('\0', at), all.size());
      message->names.push_back(all.substr(at, end - at));
      at = end + 1;
    }
  }
  message->addresses.clear();
  for (size_t at = 0; at + 4 <= ip4.size; at += 4) {
    uint8_t padded[16] = {};
    std::memcpy(padded, ip4.data + at, 4);
    message->addresses.push_back(Address::of(padded, 4));
  }
  for (size_t at = 0; at + 16 <= ip6.size; at += 16) message->addresses.push_back(Address::of(ip6.data + at, 6));
  return true;
}

bool read_observation(Span bytes, Observation* observation) {
  Cursor cursor(bytes);
  HostObservationRecord record;
  if (!read_fixed(&cursor, &record)) return false;
  const Span name = cursor.take(record.name_length);
  if (!cursor.ok()) return false;
  observation->ts_us = micros(record.ts_ns);
  observation->has_address = record.ip_version != 0;
  observation->address = Address::of(record.address, record.ip_version);
  observation->mac = mac_of(record.mac);
  observation->is_by_owner = (record.header.flags & kObservationByOwner) != 0;
  observation->name = readable_text(name);
  const bool is_known = record.source >= 1 && record.source <= static_cast<uint8_t>(ObservationSource::kNbns);
  observation->source = is_known ? static_cast<ObservationSource>(record.source) : ObservationSource::kArp;
  return true;
}

bool read_exchange(Span bytes, Exchange* exchange) {
  Cursor cursor(bytes);
  ExchangeRecord record;
  if (!read_fixed(&cursor, &record)) return false;
  exchange->flow_id = record.flow_id;
  exchange->start_us = micros(record.start_ns);
  exchange->bytes_up = record.bytes_up;
  exchange->bytes_down = record.bytes_down;
  exchange->records_up = record.records_up;
  exchange->records_down = record.records_down;
  exchange->largest_up = record.largest_up;
  exchange->largest_down = record.largest_down;
  exchange->first_down = record.first_down;
  exchange->wait_ms = record.wait_ms;
  exchange->answer_ms = record.answer_ms;
  exchange->largest_gap_ms = record.largest_gap_ms;
  exchange->upload_ms = record.upload_ms;
  exchange->messages_up = record.messages_up;
  exchange->flags = record.header.flags;
  return true;
}

// Parses an address other than those of the client itself.
std::optional<Address> read_address(const std::string& text) {
  uint8_t bytes[16] = {};
  const uint8_t version = read_address_text(text, bytes);
  if (version == 0 || (version == 6 ? text == "::1" : bytes[0] == 127)) return std::nullopt;
  return Address::of(bytes, version);
}

bool read_outcome(Span bytes, Outcome* outcome) {
  Cursor cursor(bytes);
  OutcomeRecord record;
  if (!read_fixed(&cursor, &record)) return false;
  const Span name = cursor.take(record.name_length);
  if (!cursor.ok()) return false;
  const auto is_set = [&](OutcomeFlags flag) { return (record.header.flags & flag) != 0 ? 1U : 0U; };
  outcome->client_port = record.client_port;
  OutcomeKey& key = outcome->key;
  key.host = Address::of(record.client_address, record.ip_version);
  key.server = Address::of(record.server_address, record.ip_version);
  key.name = readable_text(name);
  key.detail = record.detail;
  key.port = record.server_port;
  const bool is_known = record.kind <= static_cast<uint8_t>(OutcomeKind::kQuicSilent);
  key.kind = is_known ? record.kind : static_cast<uint8_t>(OutcomeKind::kOpened);
  OutcomeNumbers numbers(micros(record.ts_ns));
  numbers.last_us = std::max(numbers.first_us, micros(record.last_ns));
  numbers.set_delay(record.delay_us);
  numbers.measure(kHandshakeUs, record.handshake_us);
  numbers.count_delay(kHandshakeDelay, record.handshake_us);
  if (record.kind == static_cast<uint8_t>(OutcomeKind::kServed)) numbers.count_delay(kAnswerDelay, record.delay_us);
  numbers.measure(kTtl, record.ttl);
  numbers.measure(kHandshakeTtl, record.handshake_ttl);
  numbers.measure(kValue, record.value);
  numbers.measure(kFastestKbit, record.fastest_kbit);
  numbers.sums[kSumProxied] = is_set(kOutcomeProxied);
  numbers.sums[kSumOutOfWindow] = is_set(kOutcomeOutOfWindow);
  numbers.sums[kSumContinued] = is_set(kOutcomeContinued);
  numbers.sums[kSumTls12] = is_set(kOutcomeTls12);
  numbers.sums[kSumByClient] = is_set(kOutcomeByClient);
  numbers.sums[kSumCutOff] = is_set(kOutcomeCutOff);
  numbers.sums[kSumRepeated] = record.repeated;
  numbers.sums[kSumSegments] = record.segments;
  numbers.sums[kSumValue] = record.value;
  if (key.kind == static_cast<uint8_t>(OutcomeKind::kIcmp))
    numbers.by = Address::of(record.by, record.ip_version).text();
  if (is_set(kOutcomeProxied) != 0) outcome->target = read_address(key.name);
  if (outcome->target) key.name.clear();
  outcome->numbers = std::move(numbers);
  return true;
}

int64_t micros(int64_t nanoseconds) {
  const int64_t whole = nanoseconds / 1000;
  return whole * 1000 > nanoseconds ? whole - 1 : whole;
}

Mac mac_of(const uint8_t* bytes) {
  Mac mac = 0;
  for (unsigned i = 0; i < 6; ++i) mac = (mac << 8) | bytes[i];
  return mac;
}

AppHint hint_of(uint8_t number) {
  return number <= static_cast<uint8_t>(AppHint::kMail) ? static_cast<AppHint>(number) : AppHint::kUnknown;
}

std::shared_ptr<const HelloForm> FlowMaker::fingerprint(const RawFlow& raw, const LogMarks& marks) {
  const FlowRecord& record = raw.record;
  const std::string_view ja4 = padded_text(record.ja4);
  std::string key(ja4);
  key.push_back('\0');
  key.append(reinterpret_cast<const char*>(record.ja3_md5), sizeof record.ja3_md5);
  key.push_back(static_cast<char>(((record.header.flags & kFlowOverQuic) != 0 ? 1 : 0) |
                                  ((record.header.flags & kFlowOverDtls) != 0 ? 2 : 0) | (marks.is_log ? 4 : 0)));
  key.push_back(static_cast<char>(record.ech));
  key.append(reinterpret_cast<const char*>(raw.alpn.data), raw.alpn.size);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  if (known_.size() >= kMaxFingerprints) known_.clear();
  auto form = std::make_shared<HelloForm>();
  form->transport = transport_of(record.header.flags);
  form->ja4 = readable_text(Span{reinterpret_cast<const uint8_t*>(ja4.data()), ja4.size()});
  static constexpr uint8_t kNone[sizeof record.ja3_md5] = {};
  const bool lacks_ja3 = marks.is_log && std::memcmp(record.ja3_md5, kNone, sizeof kNone) == 0;
  if (!lacks_ja3) form->ja3 = hex_text(record.ja3_md5, sizeof record.ja3_md5);
  form->ech = ech_word(record.ech);
  form->alpn = alpn_list(raw.alpn);
  form->key = form->transport + ' ' + form->ja4 + ' ' + form->ja3 + ' ' + form->ech + ' ';
  for (size_t i = 0; i < form->alpn.size(); ++i) {
    if (i != 0) form->key.push_back('\x01');
    form->key += form->alpn[i];
  }
  known_.emplace(std::move(key), form);
  return form;
}

FlowPtr FlowMaker::make(const RawFlow& raw, const LogMarks& marks) {
  const FlowRecord& record = raw.record;
  const bool has_hello = marks.is_log ? marks.has_hello : raw.has_hello();
  auto flow = std::make_shared<Flow>();
  flow->id = record.flow_id;
  flow->flow_first_us = micros(record.flow_first_ns);
  flow->first_us = micros(record.first_ns);
  flow->last_us = micros(record.last_ns);
  flow->has_hello_us = marks.is_log ? marks.has_hello_us : has_hello;
  if (flow->has_hello_us) flow->hello_us = micros(record.hello_ns);
  flow->bytes_up = record.bytes_up;
  flow->bytes_down = record.bytes_down;
  flow->payload_up = record.payload_up;
  flow->payload_down = record.payload_down;
  if (has_hello) flow->hello_hash = record.hello_hash;
  flow->packets_up = record.packets_up;
  flow->packets_down = record.packets_down;
  flow->lost_up = record.lost_up;
  flow->lost_down = record.lost_down;
  flow->multipath_token = record.multipath_token;
  flow->look = record.look;
  flow->client_ttl = record.client_ttl;
  flow->marks = record.marks;
  flow->hello_bytes = record.hello_bytes;
  flow->client = Address::of(record.client_address, record.ip_version);
  flow->server = Address::of(record.server_address, record.ip_version);
  flow->client_mac = mac_of(record.client_mac);
  flow->server_mac = mac_of(record.server_mac);
  flow->client_port = record.client_port;
  flow->server_port = record.server_port;
  flow->flags = record.header.flags;
  flow->counted_kinds = record.counted_kinds;
  flow->end = end_of(record.end_reason);
  flow->client_known_by = known_by(record.client_known_by);
  flow->proxy_kind = proxy_of(record.proxy_kind);
  flow->app_hint = hint_of(record.app_hint);
  flow->is_tcp = record.protocol == 6;
  flow->logged = marks.logged;
  if (has_hello) {
    flow->hello = fingerprint(raw, marks);
    flow->has_ech = std::strcmp(ech_word(record.ech), "none") != 0;
    flow->has_ech_config = !marks.is_log && record.ech == static_cast<uint8_t>(Ech::kPresent);
    flow->ech_config_id = record.ech_config_id;
  }
  flow->sni = readable_text(raw.sni);
  flow->other_sni = readable_text(raw.other_sni);
  if (flow->proxy_kind != ProxyKind::kNone) flow->proxy_target = readable_text(raw.proxy);
  flow->user_agent = readable_text(raw.user_agent);
  for (size_t at = 0; at + 2 <= raw.vlans.size; at += 2) {
    flow->vlans.push_back(static_cast<uint16_t>(raw.vlans.data[at] | (raw.vlans.data[at + 1] << 8)));
  }
  return flow;
}

}  // namespace wiretally

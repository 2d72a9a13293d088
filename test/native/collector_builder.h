// Batches of records for the collector, and a catalogue of few names.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../native-bindings/src/base/event_writer.h"
#include "../../native-bindings/src/collector/collector.h"
#include "../../native-bindings/src/collector/image.h"

namespace wiretally {

constexpr int64_t kStartUs = 1'783'900'800'000'000;

// Lists names that begin with 'a'; every hello is an AI runtime's; three calls are a loop.
class FewNames final : public Lookup {
 public:
  bool is_listed(const std::string& name) override { return !name.empty() && name[0] == 'a'; }
  bool is_looked_up(const std::string& name) override { return name == "policy.example"; }
  uint8_t traits_of(const HelloForm& hello) override { return hello.ja4.empty() ? 0 : kAiRuntime | kNeedsLoop; }
  uint8_t shape_of(const Exchange& exchange) override {
    return exchange.bytes_up >= 4000 ? kStreamedCall | kMessage | kStreamedMessage | kMayBeCall | kMayBeSideCall : 0;
  }
  bool is_loop(const std::vector<Call>& calls, const std::vector<Call>& messages) override {
    return calls.size() + messages.size() >= 3;
  }
};

inline Collector make_collector() {
  NetworkList local;
  std::string error;
  local.parse({"10.0.0.0/8", "fc00::/7"}, &error);
  Collector collector(60 * kSecondUs, local, local, Names({"ech.example"}, {"doh.example"}, {".vpn.example"}));
  NetworkList vendors;
  vendors.parse({"160.79.104.0/23"}, &error);
  collector.set_lookup(std::make_unique<FewNames>(), {}, std::move(vendors));
  return collector;
}

inline FlowRecord flow_record(uint64_t id, const char* ja4 = "t13d1714h1_5b57614c22b0_43ade6aba3df") {
  FlowRecord record{};
  record.header.flags = kFlowFirstSlice | kFlowLastSlice | kFlowSynSeen | kFlowServerHello | kFlowEstablished |
                        kFlowAnswered;
  record.flow_id = id;
  record.first_ns = record.flow_first_ns = (kStartUs + kSecondUs) * 1000;
  record.last_ns = record.first_ns + 500'000'000;
  record.hello_ns = record.first_ns + 1'000'000;
  record.bytes_up = 5000;
  record.bytes_down = 9000;
  record.payload_up = 4000;
  record.payload_down = 8000;
  record.packets_up = 10;
  record.packets_down = 12;
  const uint8_t client[] = {10, 0, 0, 5};
  const uint8_t server[] = {203, 0, 113, 7};
  std::memcpy(record.client_address, client, sizeof client);
  std::memcpy(record.server_address, server, sizeof server);
  record.client_mac[5] = 5;
  record.client_port = 50'000;
  record.server_port = 443;
  record.hello_bytes = 512;
  record.ip_version = 4;
  record.protocol = 6;
  record.end_reason = static_cast<uint8_t>(FlowEnd::kFin);
  record.client_known_by = static_cast<uint8_t>(ClientKnownBy::kSyn);
  record.app_hint = static_cast<uint8_t>(AppHint::kTls);
  record.hello_hash = id;
  std::strncpy(record.ja4, ja4, sizeof record.ja4 - 1);
  return record;
}

inline OutcomeRecord outcome_record(const std::string& name) {
  OutcomeRecord record{};
  record.ts_ns = record.last_ns = (kStartUs + kSecondUs) * 1000;
  const uint8_t client[] = {10, 0, 0, 5};
  const uint8_t server[] = {203, 0, 113, 7};
  std::memcpy(record.client_address, client, sizeof client);
  std::memcpy(record.server_address, server, sizeof server);
  record.client_port = 50'000;
  record.server_port = 443;
  record.ip_version = 4;
  record.name_length = static_cast<uint16_t>(name.size());
  return record;
}

class BatchBuilder {
 public:
  BatchBuilder() : bytes_(EventWriter::kMinBatchBytes * 2) { writer_.begin(bytes_.data(), bytes_.size()); }

  BatchBuilder& flow(FlowRecord record, const std::string& sni, const std::string& proxy = {}) {
    record.sni_length = static_cast<uint16_t>(sni.size());
    record.proxy_length = static_cast<uint16_t>(proxy.size());
    const Span tails[EventWriter::kMaxTails] = {span_of(sni), {}, span_of(proxy)};
    writer_.emit(RecordType::kFlow, record.header.flags, &record, sizeof record, tails, std::size(tails));
    return *this;
  }
  template <typename Record>
  BatchBuilder& record(RecordType type, uint16_t flags, Record record, const std::string& tail = {}) {
    const Span tails[1] = {span_of(tail)};
    writer_.emit(type, flags, &record, sizeof record, tails, 1);
    return *this;
  }
  // A question of 10.0.0.5 for an IPv4 address, and its answer.
  BatchBuilder& question(uint16_t id, int64_t ts_ns, const std::string& name) {
    return record(RecordType::kDns, 0, message_record(id, ts_ns, name), name);
  }
  BatchBuilder& answer(uint16_t id, int64_t ts_ns, const uint8_t* address, const std::string& name) {
    DnsRecord message = message_record(id, ts_ns, name);
    message.a_length = 4;
    const std::string tail(reinterpret_cast<const char*>(address), 4);
    return record(RecordType::kDns, kDnsResponse, message, name + tail);
  }
  BatchBuilder& truncated(uint16_t id, int64_t ts_ns, const std::string& name) {
    return record(RecordType::kDns, kDnsResponse | kDnsTruncated | kDnsPart, message_record(id, ts_ns, name), name);
  }
  // A row of a log: an answer without addresses.
  BatchBuilder& logged_answer(uint16_t id, int64_t ts_ns, bool is_blocked, const std::string& name) {
    const auto flags = static_cast<uint16_t>(kDnsResponse | (is_blocked ? kDnsBlocked : 0));
    return record(RecordType::kDns, flags, message_record(id, ts_ns, name), name);
  }
  std::vector<uint8_t> take() {
    bytes_.resize(writer_.end(0));
    return bytes_;
  }

 private:
  static DnsRecord message_record(uint16_t id, int64_t ts_ns, const std::string& name) {
    DnsRecord message{};
    message.ts_ns = ts_ns;
    message.client_address[0] = 10;
    message.client_address[3] = 5;
    message.server_address[0] = 10;
    message.server_address[3] = 1;
    message.ip_version = 4;
    message.query_type = 1;
    message.message_id = id;
    message.client_port = 40'000;
    message.name_length = static_cast<uint16_t>(name.size());
    return message;
  }
  static Span span_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

  std::vector<uint8_t> bytes_;
  EventWriter writer_;
};

inline Span span_of(const std::vector<uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace wiretally

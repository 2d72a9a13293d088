// sources: all
// libs: -lcrypto -ldl -lpthread
// Whole captures through the whole decoder. The same bytes go through one worker and through two: whatever they are, both
// must say the same; and no packet is lost where flows of no interest are added up.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../cost.h"
#include "../../native-bindings/src/decoder.h"
#include "../../native-bindings/src/event.h"
#include "../../native-bindings/src/flow/interest.h"
#include "../../native-bindings/src/pipeline.h"

using namespace wiretally;

namespace {

constexpr uint32_t kFlows = 4096;  // more than an input of some kilobytes can fill

DecoderOptions options_for(unsigned workers) {
  static const auto interest = std::make_shared<InterestSet>(
      std::vector<std::string>{".com", ".net", "*.anthropic.*"}, std::vector<std::string>{"002f", "8daaf6152771"},
      std::vector<std::string>{"claude-cli/", "curl/"});
  DecoderOptions options;
  options.flows = kFlows * workers;
  options.window_seconds = 60;
  options.tracker.emit_hellos = options.tracker.emit_exchanges = options.tracker.emit_sightings = true;
  options.tracker.dns = TrackerOptions::Dns::kAll;
  options.tracker.max_tracked = 4096 * workers;
  options.tracker.assembly_bytes = (size_t{4} << 20) * workers;
  options.interest = interest;
  options.workers = workers;
  options.exclude = {"198.51.100.0/24", "2001:db8:ffff::/48"};
  return options;
}

std::shared_ptr<CrossingRules> crossing_rules(const std::shared_ptr<const InterestSet>& interest) {
  auto rules = std::make_shared<CrossingRules>();
  std::string error;
  if (!rules->local.parse({"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "fc00::/7", "fe80::/10"}, &error) ||
      !rules->noted.parse({"160.79.104.0/23"}, &error)) {
    std::abort();
  }
  rules->interest = rules->names = interest;
  return rules;
}

// Records without what joins them inside one run, in an order of their own.
class Said {
 public:
  void take(const uint8_t* batch, size_t length) {
    for (size_t at = sizeof(BatchHeader); at < length;) {
      RecordHeader header;
      std::memcpy(&header, batch + at, sizeof header);
      if (header.length < sizeof header || header.length % 8 != 0 || header.length > length - at) std::abort();
      std::string record(reinterpret_cast<const char*>(batch) + at, header.length);
      const auto type = static_cast<RecordType>(header.type);
      if (type == RecordType::kFlow || type == RecordType::kHello || type == RecordType::kExchange) {
        std::memset(record.data() + sizeof header, 0, sizeof(uint64_t));
      }
      if (type == RecordType::kCounters) {
        CountersRecord counters;
        std::memcpy(&counters, batch + at, sizeof counters);
        packets_ += counters.packets;
        evicted_ += counters.evicted_flows;
      } else {
        count_packets(type, batch + at);
        records_.push_back(std::move(record));
      }
      at += header.length;
    }
  }
  uint64_t flow_packets() const { return flow_packets_; }
  bool has_lost() const { return evicted_ != 0; }
  bool agrees_with(Said* other) {
    std::sort(records_.begin(), records_.end());
    std::sort(other->records_.begin(), other->records_.end());
    return records_ == other->records_ && packets_ == other->packets_;
  }

 private:
  void count_packets(RecordType type, const uint8_t* at) {
    if (type == RecordType::kFlow) {
      FlowRecord flow;
      std::memcpy(&flow, at, sizeof flow);
      flow_packets_ += uint64_t{flow.packets_up} + flow.packets_down;
    } else if (type == RecordType::kHostTotals) {
      HostTotalsRecord totals;
      std::memcpy(&totals, at, sizeof totals);
      flow_packets_ += totals.packets;
    }
  }

  std::vector<std::string> records_;
  uint64_t packets_ = 0;
  uint64_t flow_packets_ = 0;
  uint64_t evicted_ = 0;
};

// True while the decoder has more to say.
bool poll(Decoder* decoder, Said* said) {
  static std::vector<uint8_t> batch(512 * 1024);
  const size_t length = decoder->poll(batch.data(), batch.size(), 0);
  if (length >= Decoder::kAborted) std::abort();
  said->take(batch.data(), length);
  return length > 0;
}

void decode_alone(const uint8_t* data, size_t size, bool adds_up, Said* said) {
  std::string error;
  DecoderOptions options = options_for(1);
  if (adds_up) options.crossing = crossing_rules(options.interest);
  const std::unique_ptr<Decoder> decoder = open_single_decoder(options, &error);
  if (decoder == nullptr) std::abort();
  decoder->open_stream(0);
  decoder->push(data, size, true);
  while (poll(decoder.get(), said)) {
  }
  decoder->finish();
  while (poll(decoder.get(), said)) {
  }
}

void decode_together(const uint8_t* data, size_t size, Said* said) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options_for(2), &error);
  if (pipeline == nullptr) std::abort();
  const std::unique_ptr<Decoder> first = pipeline->attach(0);
  const std::unique_ptr<Decoder> second = pipeline->attach(1);
  first->open_stream(0);
  first->push(data, size, true);
  while (poll(first.get(), said)) poll(second.get(), said);
  first->finish();
  bool first_goes_on = true;
  bool second_goes_on = true;
  while (first_goes_on || second_goes_on) {
    if (first_goes_on) first_goes_on = poll(first.get(), said);
    if (second_goes_on) second_goes_on = poll(second.get(), said);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, 4 * cost::kStepsPerByte, 600'000);  // four decoders are opened
  Said alone;
  Said together;
  decode_alone(data, size, false, &alone);
  decode_together(data, size, &together);
  if (!alone.has_lost() && !together.has_lost() && !alone.agrees_with(&together)) std::abort();
  Said added_up;
  decode_alone(data, size, true, &added_up);
  if (added_up.flow_packets() != alone.flow_packets()) std::abort();
  return 0;
}

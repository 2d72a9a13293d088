// Shared by targets that read whole captures: a decoder with small tables, because opening one costs
// as much as its memory, and its results.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/event.h"
#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/pipeline/decoder.h"
#include "../cost.h"

namespace decoded {

using namespace wiretally;

// More than an input of 65 536 bytes can fill; their memory is only reserved.
constexpr uint32_t kFlows = 2048;

inline DecoderOptions options_for(unsigned workers) {
  static const auto watchlist = std::make_shared<Watchlist>(std::vector<std::string>{".com", ".net", "*.anthropic.*"},
                                                            std::vector<std::string>{"002f", "8daaf6152771"},
                                                            std::vector<std::string>{"claude-cli/", "curl/"});
  DecoderOptions options;
  options.flows = kFlows * workers;
  options.window_seconds = 60;
  options.tracker.emit_hellos = options.tracker.emit_exchanges = options.tracker.emit_observations =
      options.tracker.emit_outcomes = true;
  options.tracker.dns = TrackerOptions::Dns::kAll;
  options.tracker.max_tracked = 256;
  options.tracker.assembly_bytes = size_t{256} << 10;
  options.watchlist = watchlist;
  options.workers = workers;
  options.exclude = {"198.51.100.0/24", "2001:db8:ffff::/48"};
  return options;
}

// Records without identifiers of the run, in canonical order.
class Said {
 public:
  void take(const uint8_t* batch, size_t length) {
    bytes_ += length > 0 ? length - sizeof(BatchHeader) : 0;
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
  uint64_t bytes() const { return bytes_; }
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
  uint64_t bytes_ = 0;
};

// True while the decoder has more records.
inline bool poll(Decoder* decoder, Said* said) {
  static std::vector<uint8_t> batch(512 * 1024);
  const size_t length = decoder->poll(batch.data(), batch.size(), 0);
  if (length >= Decoder::kAborted) std::abort();
  said->take(batch.data(), length);
  return length > 0;
}

inline void decode_alone(const uint8_t* data, size_t size, const DecoderOptions& options, Said* said) {
  std::string error;
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

}  // namespace decoded

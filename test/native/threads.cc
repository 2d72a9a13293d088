// Captures through a pipeline of several threads, as production drives it: helpers poll their decoders, the main thread
// polls the first one, gives the inputs and takes the batches of all. Built with the thread sanitizer by threads.sh. usage: threads CAPTURE…
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/event.h"
#include "../../native-bindings/src/pipeline/helper_threads.h"
#include "../../native-bindings/src/pipeline/pipeline.h"

using namespace wiretally;

namespace {

constexpr unsigned kWorkers = 4;
constexpr uint32_t kPollMs = 20;  // as src/sensor/ polls
constexpr size_t kBatchBytes = 1 << 20;

DecoderOptions options() {
  DecoderOptions result;
  result.flows = 1 << 14;
  result.window_seconds = 900;
  result.tracker.emit_hellos = result.tracker.emit_exchanges = result.tracker.emit_observations =
      result.tracker.emit_outcomes = true;
  result.tracker.dns = TrackerOptions::Dns::kWatchlist;
  result.watchlist = std::make_shared<Watchlist>(std::vector<std::string>{".anthropic.com", ".openai.com"},
                                                 std::vector<std::string>(), std::vector<std::string>{"claude-cli/"});
  result.export_filter = std::make_shared<ExportFilter>();
  result.export_filter->watchlist = result.export_filter->names = result.watchlist;
  std::string error;
  if (!result.export_filter->local.parse({"10.0.0.0/8", "fd00::/8"}, &error)) std::abort();
  result.workers = kWorkers;
  result.chunk_bytes = 4096;  // the captures are small
  return result;
}

// Batches of threads, as the main thread reads them between two of its own polls.
class Helped {
 public:
  explicit Helped(const std::shared_ptr<Pipeline>& pipeline) : memory_(kBuffers, std::vector<uint8_t>(kBatchBytes)) {
    std::vector<std::unique_ptr<Decoder>> decoders;
    for (unsigned number = 1; number < kWorkers; ++number) decoders.push_back(pipeline->attach(number));
    std::vector<HelperThreads::Buffer> buffers;
    for (std::vector<uint8_t>& bytes : memory_) buffers.push_back({bytes.data(), bytes.size()});
    threads_ = std::make_unique<HelperThreads>(std::move(decoders), std::move(buffers));
    if (threads_->start() != 0) std::abort();
  }

  bool is_running() const { return ended_ < kWorkers - 1; }

  uint64_t take(uint32_t max_ms) {
    uint64_t bytes = 0;
    for (HelperThreads::Batch batch; threads_->take(max_ms, &batch); max_ms = 0) {
      if (batch.kind == HelperThreads::Kind::kRecords) {
        bytes += batch.length - sizeof(BatchHeader);
        read_ += memory_[batch.buffer][batch.length - 1];
        threads_->give_back(batch.buffer);
      } else if (batch.kind != HelperThreads::Kind::kProgress) {
        ++ended_;
      }
    }
    return bytes;
  }

 private:
  static constexpr size_t kBuffers = 4 * (kWorkers - 1);

  std::vector<std::vector<uint8_t>> memory_;
  std::unique_ptr<HelperThreads> threads_;
  unsigned ended_ = 0;
  uint64_t read_ = 0;
};

// Polls until all is done; returns bytes of records.
uint64_t poll_all(Decoder* decoder, Helped* helped) {
  std::vector<uint8_t> batch(kBatchBytes);
  uint64_t bytes = 0;
  for (;;) {
    const size_t length = decoder->poll(batch.data(), batch.size(), kPollMs);
    bytes += helped->take(0);
    if (length == 0 || length >= Decoder::kAborted) return bytes;
    bytes += length - sizeof(BatchHeader);
  }
}

// `stops_early`: the decoders are closed in the middle, as when a reader fails.
uint64_t decode(const char* const* captures, int count, bool stops_early) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options(), &error);
  if (pipeline == nullptr) std::abort();
  const std::unique_ptr<Decoder> first = pipeline->attach(0);
  Helped helped(pipeline);
  uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    if (first->open_file(captures[i], static_cast<uint32_t>(i)) != 0) break;
    if (stops_early && i == count / 2) return bytes;
    first->request_counters();
    bytes += poll_all(first.get(), &helped);
  }
  first->finish();
  bytes += poll_all(first.get(), &helped);
  while (helped.is_running()) bytes += helped.take(kPollMs);
  return bytes;
}

}  // namespace

int main(int count, char** words) {
  const uint64_t whole = decode(words + 1, count - 1, false);
  decode(words + 1, count - 1, true);
  std::printf("threads: %u workers, %d captures, %llu bytes of records, no race\n", kWorkers, count - 1,
              static_cast<unsigned long long>(whole));
  return whole == 0 ? 1 : 0;
}

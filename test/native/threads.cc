// Captures through a pipeline of several threads, as production drives it: each polls its decoder, the main thread gives the
// inputs and takes the batches. Built with the thread sanitizer by threads.sh. usage: threads CAPTURE…
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/event.h"
#include "../../native-bindings/src/pipeline/decode_threads.h"
#include "../../native-bindings/src/pipeline/pipeline.h"

using namespace wiretally;

namespace {

constexpr unsigned kWorkers = 4;
constexpr uint32_t kPollMs = 20;  // as src/live/ polls
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

// The threads of all workers, and what reads their batches.
class Threads {
 public:
  explicit Threads(const std::shared_ptr<Pipeline>& pipeline) : memory_(kBuffers, std::vector<uint8_t>(kBatchBytes)) {
    std::vector<std::shared_ptr<Decoder>> decoders;
    for (unsigned number = 0; number < kWorkers; ++number) decoders.push_back(pipeline->attach(number));
    first_ = decoders.front();
    std::vector<DecodeThreads::Buffer> buffers;
    for (std::vector<uint8_t>& bytes : memory_) buffers.push_back({bytes.data(), bytes.size()});
    threads_ = std::make_unique<DecodeThreads>(std::move(decoders), std::move(buffers));
    if (threads_->start() != 0) std::abort();
  }

  bool open(const char* path, uint32_t number) {
    if (first_->open_file(path, number) != 0) return false;
    threads_->go_on(false);
    return true;
  }
  void finish() {
    first_->finish();
    threads_->go_on(true);
  }

  // Until the next input is wanted, or all threads have ended; returns bytes of records.
  uint64_t take_all() {
    uint64_t bytes = 0;
    for (bool is_wanted = false; !is_wanted && ended_ < kWorkers;) {
      DecodeThreads::Batch batch;
      if (!threads_->take(kPollMs, &batch)) continue;
      if (batch.kind == DecodeThreads::Kind::kRecords) {
        bytes += batch.length - sizeof(BatchHeader);
        read_ += memory_[batch.buffer][batch.length - 1];
        threads_->give_back(batch.buffer);
      } else if (batch.kind == DecodeThreads::Kind::kWantsInput) {
        is_wanted = true;
      } else if (batch.kind != DecodeThreads::Kind::kProgress) {
        ++ended_;
      }
    }
    return bytes;
  }

 private:
  static constexpr size_t kBuffers = 4 * kWorkers;

  std::vector<std::vector<uint8_t>> memory_;
  std::shared_ptr<Decoder> first_;
  std::unique_ptr<DecodeThreads> threads_;
  unsigned ended_ = 0;
  uint64_t read_ = 0;
};

// `stops_early`: the decoders are closed in the middle, as when a reader fails.
uint64_t decode(const char* const* captures, int count, bool stops_early) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options(), &error);
  if (pipeline == nullptr) std::abort();
  Threads threads(pipeline);
  uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    if (!threads.open(captures[i], static_cast<uint32_t>(i))) break;
    if (stops_early && i == count / 2) return bytes;
    bytes += threads.take_all();
  }
  threads.finish();
  return bytes + threads.take_all();
}

}  // namespace

int main(int count, char** words) {
  const uint64_t whole = decode(words + 1, count - 1, false);
  decode(words + 1, count - 1, true);
  std::printf("threads: %u workers, %d captures, %llu bytes of records, no race\n", kWorkers, count - 1,
              static_cast<unsigned long long>(whole));
  return whole == 0 ? 1 : 0;
}

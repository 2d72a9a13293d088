// Captures through a pipeline of several threads, as production drives it: each thread polls its own decoder, the first
// one gives the inputs. Built with the thread sanitizer by threads.sh. usage: threads CAPTURE…
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../native-bindings/src/base/event.h"
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

// Polls until all is done, or another worker has closed a decoder early; returns bytes of records.
uint64_t poll_all(Decoder* decoder) {
  std::vector<uint8_t> batch(kBatchBytes);
  uint64_t bytes = 0;
  for (;;) {
    const size_t length = decoder->poll(batch.data(), batch.size(), kPollMs);
    if (length == 0 || length >= Decoder::kAborted) return bytes;
    bytes += length - sizeof(BatchHeader);
  }
}

// `stops_early`: the second decoder is closed in the middle, as that of a thread that dies.
uint64_t decode(const char* const* captures, int count, bool stops_early) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options(), &error);
  if (pipeline == nullptr) std::abort();
  std::atomic<uint64_t> bytes{0};
  std::vector<std::thread> threads;
  for (unsigned number = 1; number < kWorkers; ++number) {
    threads.emplace_back([&, number] {
      std::unique_ptr<Decoder> decoder = pipeline->attach(number);
      if (stops_early && number == 1) {
        std::vector<uint8_t> batch(kBatchBytes);
        decoder->poll(batch.data(), batch.size(), kPollMs);
        return;
      }
      bytes += poll_all(decoder.get());
    });
  }
  const std::unique_ptr<Decoder> first = pipeline->attach(0);
  for (int i = 0; i < count; ++i) {
    if (first->open_file(captures[i], static_cast<uint32_t>(i)) != 0) break;
    first->request_counters();
    bytes += poll_all(first.get());
  }
  first->finish();
  bytes += poll_all(first.get());
  for (std::thread& thread : threads) thread.join();
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

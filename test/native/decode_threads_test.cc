// Threads that poll decoders: what they deliver, in which buffers, and how they end.
#include "../../native-bindings/src/pipeline/decode_threads.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "../../native-bindings/src/base/event_writer.h"

using namespace wiretally;

namespace {

constexpr size_t kBytes = EventWriter::kMinBatchBytes;

// Gives batches with these numbers of records, then a result that is no length.
class ScriptedDecoder final : public Decoder {
 public:
  ScriptedDecoder(std::vector<uint32_t> batches, size_t last) : batches_(std::move(batches)), last_(last) {}
  int open_file(const char*, uint32_t) override { return 0; }
  int open_stream(uint32_t) override { return 0; }
  bool push(const uint8_t*, size_t, bool) override { return true; }
  size_t poll(uint8_t* batch, size_t, uint32_t) override {
    if (at_ == batches_.size()) return last_;
    BatchHeader header{};
    header.record_count = batches_[at_++];
    header.clock_ns = static_cast<int64_t>(at_) * 1000;
    header.settled_ns = at_ == 2 ? 500 : kNotSettled;
    std::memcpy(batch, &header, sizeof header);
    return sizeof header;
  }
  void finish() override {}
  void request_counters() override {}
  void flush_before(int64_t) override {}
  uint64_t bytes_read() const override { return 0; }

 private:
  std::vector<uint32_t> batches_;
  size_t last_;
  size_t at_ = 0;
};

struct Running {
  // `is_last`: the first decoder is given no further input.
  explicit Running(std::vector<std::pair<std::vector<uint32_t>, size_t>> scripts, size_t buffers_each = 1,
                   bool is_last = true) {
    std::vector<std::shared_ptr<Decoder>> decoders;
    for (auto& [batches, last] : scripts) decoders.push_back(std::make_shared<ScriptedDecoder>(batches, last));
    memory.resize(decoders.size() * buffers_each, std::vector<uint8_t>(kBytes));
    std::vector<DecodeThreads::Buffer> buffers;
    for (auto& bytes : memory) buffers.push_back({bytes.data(), bytes.size()});
    threads = std::make_unique<DecodeThreads>(std::move(decoders), std::move(buffers));
    if (is_last) threads->go_on(true);
    CHECK_EQ(threads->start(), 0);
  }
  DecodeThreads::Batch next() {
    DecodeThreads::Batch batch;
    CHECK(threads->take(10'000, &batch));
    return batch;
  }
  std::vector<std::vector<uint8_t>> memory;
  std::unique_ptr<DecodeThreads> threads;
};

using Kind = DecodeThreads::Kind;

TEST_CASE("a thread fills its buffers, and waits until one is empty again") {
  Running running({{{3, 4, 5}, 0}}, 2);
  for (const int64_t clock_ns : {1000, 2000}) {
    const DecodeThreads::Batch batch = running.next();
    CHECK(batch.kind == Kind::kRecords);
    CHECK_EQ(batch.clock_ns, clock_ns);
    CHECK_EQ(batch.length, sizeof(BatchHeader));
    if (clock_ns == 1000) continue;
    DecodeThreads::Batch none;
    CHECK(!running.threads->take(50, &none));
    running.threads->give_back(batch.buffer);
  }
  const DecodeThreads::Batch third = running.next();
  CHECK_EQ(third.clock_ns, 3000);
  running.threads->give_back(third.buffer);
  CHECK(running.next().kind == Kind::kEnded);
}

TEST_CASE("batches without records keep no buffer, and clocks that wait are one") {
  Running running({{std::vector<uint32_t>(1000, 0), 0}});
  DecodeThreads::Batch batch = running.next();
  size_t taken = 0;
  int64_t clock_ns = 0;
  bool is_settled = false;
  for (; batch.kind == Kind::kProgress; batch = running.next(), ++taken) {
    CHECK_EQ(batch.buffer, DecodeThreads::kNoBuffer);
    CHECK(batch.clock_ns > clock_ns);
    clock_ns = batch.clock_ns;
    is_settled = is_settled || batch.settled_ns == 500;
  }
  CHECK(batch.kind == Kind::kEnded);
  CHECK_EQ(clock_ns, 1'000'000);
  CHECK(is_settled);
  CHECK(taken <= 1000);
}

TEST_CASE("a thread that cannot go on says why") {
  Running running({{{}, Decoder::kAborted}, {{}, Decoder::kBatchTooSmall}});
  bool is_aborted = false;
  bool is_too_small = false;
  for (int i = 0; i < 2; ++i) {
    const DecodeThreads::Batch batch = running.next();
    is_aborted = is_aborted || (batch.kind == Kind::kAborted && batch.worker == 0);
    is_too_small = is_too_small || (batch.kind == Kind::kTooSmall && batch.worker == 1);
  }
  CHECK(is_aborted);
  CHECK(is_too_small);
}

TEST_CASE("the first thread asks for the next input once, and ends behind the last one") {
  Running running({{{1}, 0}, {{}, 0}}, 1, false);
  bool is_other_ended = false;
  bool is_wanted = false;
  for (int i = 0; i < 3; ++i) {
    const DecodeThreads::Batch batch = running.next();
    is_other_ended = is_other_ended || (batch.kind == Kind::kEnded && batch.worker == 1);
    is_wanted = is_wanted || (batch.kind == Kind::kWantsInput && batch.worker == 0);
    if (batch.kind == Kind::kRecords) running.threads->give_back(batch.buffer);
  }
  CHECK(is_other_ended);
  CHECK(is_wanted);
  DecodeThreads::Batch none;
  CHECK(!running.threads->take(50, &none));
  running.threads->go_on(false);
  CHECK(running.next().kind == Kind::kWantsInput);
  running.threads->go_on(true);
  CHECK(running.next().kind == Kind::kEnded);
}

TEST_CASE("an input that comes before it was asked for is asked for no more") {
  Running running({{{}, 0}}, 1, false);
  for (int i = 0; i < 1000; ++i) running.threads->go_on(false);
  size_t asked = 0;
  DecodeThreads::Batch batch;
  while (running.threads->take(50, &batch)) {
    CHECK(batch.kind == Kind::kWantsInput);
    ++asked;
  }
  CHECK_EQ(asked, 1u);
}

TEST_CASE("threads end with their owner, while they work, wait or are through") {
  for (int i = 0; i < 50; ++i) {
    Running running({{std::vector<uint32_t>(i % 3 == 0 ? 0 : 1'000'000, 0), 0}, {{1, 1}, 0}, {{}, 0}}, 1, i % 3 == 1);
    if (i % 2 == 0) running.next();
    running.threads->give_back(12'345);
  }
}

}  // namespace

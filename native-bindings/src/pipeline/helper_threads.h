// HelperThreads: threads that poll decoders, one each, into buffers of the caller. Their batches wait until the caller takes
// them: a thread without an empty buffer waits, so a slow reader bounds the memory.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "decoder.h"

namespace wiretally {

class HelperThreads {
 public:
  struct Buffer {
    uint8_t* data = nullptr;
    size_t size = 0;
  };
  static constexpr size_t kNoBuffer = SIZE_MAX;
  enum class Kind : uint8_t {
    kRecords,
    kProgress,  // a clock without records
    kEnded,     // the last of a thread: all its records are out
    kAborted,   // the last of a thread: another worker was closed before the end
    kTooSmall,  // the last of a thread: a record is longer than its buffers
  };
  struct Batch {
    Kind kind = Kind::kProgress;
    size_t helper = 0;          // place of the decoder
    size_t buffer = kNoBuffer;  // place of the buffer, of kRecords
    size_t length = 0;          // bytes in it
    int64_t clock_ns = 0;       // of kRecords and kProgress, as in BatchHeader
    int64_t settled_ns = 0;
  };

  // Each decoder has the same number of buffers; place i belongs to decoder i modulo their count. The memory must stay valid
  // as long as this object.
  HelperThreads(std::vector<std::unique_ptr<Decoder>> decoders, std::vector<Buffer> buffers);
  // Waits for every thread: about one poll.
  ~HelperThreads();
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;

  // 0 or an errno value; threads that were started go on.
  int start();

  // The next batch of any thread, in the order in which they were finished; waits up to `max_ms` for one. False: none came.
  bool take(uint32_t max_ms, Batch* batch);
  // Returns an empty buffer to its thread.
  void give_back(size_t buffer);

 private:
  struct Helper {
    HelperThreads* all = nullptr;
    size_t number = 0;
    std::unique_ptr<Decoder> decoder;
    std::vector<size_t> empty;
    pthread_t thread{};
    bool is_started = false;
  };

  static void* run(void* helper);
  void work(Helper* helper);
  // False: stopped.
  bool wait_for_buffer(Helper* helper, size_t* buffer);
  void deliver(const Batch& batch);

  std::vector<Helper> helpers_;
  const std::vector<Buffer> buffers_;
  std::mutex mutex_;
  std::condition_variable has_batch_;
  std::condition_variable has_buffer_;
  std::deque<Batch> finished_;
  bool is_stopped_ = false;
};

}  // namespace wiretally

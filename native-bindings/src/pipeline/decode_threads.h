// DecodeThreads polls the decoders of a pipeline, each in a thread of its own, into buffers of the caller. The batches
// wait until the caller takes them: a thread without an empty buffer waits, so a slow reader bounds the memory. The
// caller adds the inputs through the first decoder, which only its thread polls.
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

class DecodeThreads {
 public:
  struct Buffer {
    uint8_t* data = nullptr;
    size_t size = 0;
  };
  static constexpr size_t kNoBuffer = SIZE_MAX;
  enum class Kind : uint8_t {
    kRecords,
    kProgress,    // a clock without records
    kWantsInput,  // the first thread waits for go_on(): nothing is left to do until the next input, push or finish
    kEnded,       // the last of a thread: all its records are out
    kAborted,     // the last of a thread: another worker was closed before the end
    kTooSmall,    // the last of a thread: a record is longer than its buffers
  };
  struct Batch {
    Kind kind = Kind::kProgress;
    size_t worker = 0;          // place of the decoder
    size_t buffer = kNoBuffer;  // place of the buffer, of kRecords
    size_t length = 0;          // bytes in it
    int64_t clock_ns = 0;       // Clock of kRecords and kProgress, see BatchHeader.
    int64_t settled_ns = 0;
  };

  // Each decoder has the same number of buffers; place i belongs to decoder i modulo their count. The memory must stay valid
  // as long as this object.
  DecodeThreads(std::vector<std::shared_ptr<Decoder>> decoders, std::vector<Buffer> buffers);
  // Waits for every thread: about one poll.
  ~DecodeThreads();
  DecodeThreads(const DecodeThreads&) = delete;
  DecodeThreads& operator=(const DecodeThreads&) = delete;

  // Returns 0 or an errno value; threads that were started continue.
  int start();

  // Returns the next batch of any thread, in the order in which they were finished; waits up to `max_ms` for one.
  // Returns false if none came.
  bool take(uint32_t max_ms, Batch* batch);
  // Returns an empty buffer to its thread.
  void give_back(size_t buffer);
  // Call it after each input, push and finish of the first decoder; `is_last` after finish.
  void go_on(bool is_last);

 private:
  struct Thread {
    DecodeThreads* all = nullptr;
    size_t number = 0;
    std::shared_ptr<Decoder> decoder;
    std::vector<size_t> empty;
    // The thread reads this count before its poll: the next poll processes later inputs.
    uint64_t inputs = 0;
    bool is_last = false;
    pthread_t id{};
    bool is_started = false;
  };

  static void* run(void* thread);
  void work(Thread* thread);
  // Returns false if the thread is stopped.
  bool wait_for_buffer(Thread* thread, size_t* buffer);
  // Requests the next input, unless one came since the poll. Returns false if the thread is stopped.
  bool wait_for_input(const Thread& thread);
  void deliver(const Batch& batch);
  // Call it with the mutex held.
  void put(const Batch& batch);

  std::vector<Thread> threads_;
  const std::vector<Buffer> buffers_;
  std::mutex mutex_;
  std::condition_variable has_batch_;
  std::condition_variable has_buffer_;
  std::condition_variable has_input_;
  std::deque<Batch> finished_;
  uint64_t inputs_ = 0;  // calls of go_on
  bool is_last_ = false;
  bool is_stopped_ = false;
};

}  // namespace wiretally

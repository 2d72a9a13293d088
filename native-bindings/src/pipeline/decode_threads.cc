// DecodeThreads, see decode_threads.h.
#include "decode_threads.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "../base/event.h"

namespace wiretally {

namespace {

// One poll lasts at most about this long: a thread can stop only between two polls.
constexpr uint32_t kPollMs = 20;
// Main threads of Linux have a stack of this size; other threads of some systems get less than a decoder may need.
constexpr size_t kStackBytes = size_t{8} << 20;

}  // namespace

DecodeThreads::DecodeThreads(std::vector<std::shared_ptr<Decoder>> decoders, std::vector<Buffer> buffers)
    : threads_(decoders.size()), buffers_(std::move(buffers)) {
  for (size_t i = 0; i < threads_.size(); ++i) {
    threads_[i].all = this;
    threads_[i].number = i;
    threads_[i].decoder = std::move(decoders[i]);
  }
  for (size_t i = 0; i < buffers_.size(); ++i) threads_[i % threads_.size()].empty.push_back(i);
}

DecodeThreads::~DecodeThreads() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
    has_buffer_.notify_all();
    has_input_.notify_all();
  }
  for (Thread& thread : threads_) {
    if (thread.is_started) pthread_join(thread.id, nullptr);
  }
}

int DecodeThreads::start() {
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, kStackBytes);
  for (size_t i = 0; i < threads_.size() && code == 0; ++i) {
    code = pthread_create(&threads_[i].id, &attributes, &run, &threads_[i]);
    threads_[i].is_started = code == 0;
#ifdef __linux__
    if (code == 0) pthread_setname_np(threads_[i].id, "decode");  // The name that `top -H` shows.
#endif
  }
  pthread_attr_destroy(&attributes);
  return code;
}

bool DecodeThreads::take(uint32_t max_ms, Batch* batch) {
  std::unique_lock<std::mutex> lock(mutex_);
  has_batch_.wait_for(lock, std::chrono::milliseconds(max_ms), [this] { return !finished_.empty(); });
  if (finished_.empty()) return false;
  *batch = finished_.front();
  finished_.pop_front();
  return true;
}

void DecodeThreads::give_back(size_t buffer) {
  if (buffer >= buffers_.size()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  threads_[buffer % threads_.size()].empty.push_back(buffer);
  has_buffer_.notify_all();
}

void DecodeThreads::go_on(bool is_last) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++inputs_;
  is_last_ = is_last_ || is_last;
  std::erase_if(finished_, [](const Batch& batch) { return batch.kind == Kind::kWantsInput; });
  has_input_.notify_all();
}

void* DecodeThreads::run(void* thread) {
  auto* const own = static_cast<Thread*>(thread);
  own->all->work(own);
  own->decoder.reset();  // the others do not wait for it
  return nullptr;
}

void DecodeThreads::work(Thread* thread) {
  for (size_t place = 0; wait_for_buffer(thread, &place);) {
    const Buffer& buffer = buffers_[place];
    Batch batch;
    batch.worker = thread->number;
    batch.length = thread->decoder->poll(buffer.data, buffer.size, kPollMs);
    if (batch.length == 0 && thread->number == 0 && !thread->is_last) {
      give_back(place);
      if (!wait_for_input(*thread)) return;
      continue;
    }
    if (batch.length == 0 || batch.length >= Decoder::kAborted) {
      batch.kind = batch.length == 0                   ? Kind::kEnded
                   : batch.length == Decoder::kAborted ? Kind::kAborted
                                                       : Kind::kTooSmall;
      deliver(batch);
      return;
    }
    BatchHeader header;
    std::memcpy(&header, buffer.data, sizeof header);
    batch.clock_ns = header.clock_ns;
    batch.settled_ns = header.settled_ns;
    if (header.record_count == 0) {
      give_back(place);
    } else {
      batch.kind = Kind::kRecords;
      batch.buffer = place;
    }
    deliver(batch);
  }
}

bool DecodeThreads::wait_for_buffer(Thread* thread, size_t* buffer) {
  std::unique_lock<std::mutex> lock(mutex_);
  has_buffer_.wait(lock, [this, thread] { return is_stopped_ || !thread->empty.empty(); });
  if (is_stopped_) return false;
  *buffer = thread->empty.back();
  thread->empty.pop_back();
  thread->inputs = inputs_;
  thread->is_last = is_last_;
  return true;
}

bool DecodeThreads::wait_for_input(const Thread& thread) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (inputs_ == thread.inputs) {
    Batch batch;
    batch.kind = Kind::kWantsInput;
    batch.worker = thread.number;
    put(batch);
  }
  has_input_.wait(lock, [this, &thread] { return is_stopped_ || inputs_ != thread.inputs; });
  return !is_stopped_;
}

void DecodeThreads::deliver(const Batch& batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  put(batch);
}

void DecodeThreads::put(const Batch& batch) {
  const auto last = std::find_if(finished_.rbegin(), finished_.rend(),
                                 [&batch](const Batch& each) { return each.worker == batch.worker; });
  // The latest clock of a thread is enough, so the buffers bound what waits.
  if (batch.kind == Kind::kProgress && last != finished_.rend() && last->kind == Kind::kProgress) {
    last->clock_ns = batch.clock_ns;
    last->settled_ns = std::max(last->settled_ns, batch.settled_ns);
    return;
  }
  finished_.push_back(batch);
  has_batch_.notify_one();
}

}  // namespace wiretally

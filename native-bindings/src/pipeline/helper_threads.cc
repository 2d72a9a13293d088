// HelperThreads, see helper_threads.h.
#include "helper_threads.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "../base/event.h"

namespace wiretally {

namespace {

// One poll lasts about this long at most: a thread is stopped between two.
constexpr uint32_t kPollMs = 20;
// As main threads of Linux have; some systems give other threads less than a decoder may need.
constexpr size_t kStackBytes = size_t{8} << 20;

}  // namespace

HelperThreads::HelperThreads(std::vector<std::unique_ptr<Decoder>> decoders, std::vector<Buffer> buffers)
    : helpers_(decoders.size()), buffers_(std::move(buffers)) {
  for (size_t i = 0; i < helpers_.size(); ++i) {
    helpers_[i].all = this;
    helpers_[i].number = i;
    helpers_[i].decoder = std::move(decoders[i]);
  }
  for (size_t i = 0; i < buffers_.size(); ++i) helpers_[i % helpers_.size()].empty.push_back(i);
}

HelperThreads::~HelperThreads() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
    has_buffer_.notify_all();
  }
  for (Helper& helper : helpers_) {
    if (helper.is_started) pthread_join(helper.thread, nullptr);
  }
}

int HelperThreads::start() {
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, kStackBytes);
  for (size_t i = 0; i < helpers_.size() && code == 0; ++i) {
    code = pthread_create(&helpers_[i].thread, &attributes, &run, &helpers_[i]);
    helpers_[i].is_started = code == 0;
#ifdef __linux__
    if (code == 0) pthread_setname_np(helpers_[i].thread, "decode");  // as `top -H` shows it
#endif
  }
  pthread_attr_destroy(&attributes);
  return code;
}

bool HelperThreads::take(uint32_t max_ms, Batch* batch) {
  std::unique_lock<std::mutex> lock(mutex_);
  has_batch_.wait_for(lock, std::chrono::milliseconds(max_ms), [this] { return !finished_.empty(); });
  if (finished_.empty()) return false;
  *batch = finished_.front();
  finished_.pop_front();
  return true;
}

void HelperThreads::give_back(size_t buffer) {
  if (buffer >= buffers_.size()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  helpers_[buffer % helpers_.size()].empty.push_back(buffer);
  has_buffer_.notify_all();
}

void* HelperThreads::run(void* helper) {
  auto* const own = static_cast<Helper*>(helper);
  own->all->work(own);
  own->decoder.reset();  // the others do not wait for it
  return nullptr;
}

void HelperThreads::work(Helper* helper) {
  for (size_t place = 0; wait_for_buffer(helper, &place);) {
    const Buffer& buffer = buffers_[place];
    Batch batch;
    batch.helper = helper->number;
    batch.length = helper->decoder->poll(buffer.data, buffer.size, kPollMs);
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

bool HelperThreads::wait_for_buffer(Helper* helper, size_t* buffer) {
  std::unique_lock<std::mutex> lock(mutex_);
  has_buffer_.wait(lock, [this, helper] { return is_stopped_ || !helper->empty.empty(); });
  if (is_stopped_) return false;
  *buffer = helper->empty.back();
  helper->empty.pop_back();
  return true;
}

void HelperThreads::deliver(const Batch& batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto last = std::find_if(finished_.rbegin(), finished_.rend(),
                                 [&batch](const Batch& each) { return each.helper == batch.helper; });
  // The latest clock of a thread is enough, so that what waits is bounded by the buffers.
  if (batch.kind == Kind::kProgress && last != finished_.rend() && last->kind == Kind::kProgress) {
    last->clock_ns = batch.clock_ns;
    last->settled_ns = std::max(last->settled_ns, batch.settled_ns);
    return;
  }
  finished_.push_back(batch);
  has_batch_.notify_one();
}

}  // namespace wiretally

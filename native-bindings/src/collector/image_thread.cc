#include "image_thread.h"

namespace wiretally {

ImageThread::~ImageThread() {
  if (!is_started_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopped_ = true;
    changed_.notify_all();
  }
  pthread_join(thread_, nullptr);
}

bool ImageThread::start() {
  is_started_ = pthread_create(&thread_, nullptr, &run, this) == 0;
#ifdef __linux__
  if (is_started_) pthread_setname_np(thread_, "images");  // The name that `top -H` shows.
#endif
  return is_started_;
}

void* ImageThread::run(void* self) {
  auto* const own = static_cast<ImageThread*>(self);
  std::unique_lock<std::mutex> lock(own->mutex_);
  while (own->made_ < own->windows_.size()) {
    own->changed_.wait(lock, [own] { return own->is_stopped_ || own->made_ - own->given_ < kAhead; });
    if (own->is_stopped_) return nullptr;
    lock.unlock();
    own->make();
    lock.lock();
    ++own->made_;
    own->changed_.notify_all();
  }
  return nullptr;
}

void ImageThread::make() {
  std::unique_ptr<Window>& window = windows_[made_];
  const WindowImage image(*window, texts_);
  Bytes& bytes = place_of(made_);
  bytes.resize(image.size());
  image.copy_to(bytes.data());
  window.reset();
}

const ImageThread::Bytes* ImageThread::next() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (given_ == windows_.size()) return nullptr;
  if (is_started_) {
    changed_.wait(lock, [this] { return made_ > given_; });
  } else {
    make();
    ++made_;
  }
  const Bytes& bytes = place_of(given_++);
  changed_.notify_all();
  return &bytes;
}

}  // namespace wiretally

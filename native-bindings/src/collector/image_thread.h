// ImageThread: a thread that makes the images of closed windows, some ahead of their reader.
#pragma once

#include <pthread.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "image.h"

namespace wiretally {

class ImageThread {
 public:
  using Bytes = std::vector<uint8_t>;

  // `texts` outlives the thread; nothing else uses it, or adds to a window of the same collector, until `next` gave the end.
  ImageThread(std::vector<std::unique_ptr<Window>> windows, ImageTexts* texts)
      : windows_(std::move(windows)), texts_(texts) {}
  // Waits for the image that is being made.
  ~ImageThread();
  ImageThread(const ImageThread&) = delete;
  ImageThread& operator=(const ImageThread&) = delete;

  // False: the system has no thread for it; `next` makes the images then.
  bool start();
  // The next image, until the next call. Null after the last.
  const Bytes* next();

 private:
  // Images that wait for the reader, at most; the one that it has is another.
  static constexpr size_t kAhead = 4;

  static void* run(void* self);
  // Makes the image of the next window, which nothing needs any more.
  void make();
  Bytes& place_of(size_t window) { return images_[window % images_.size()]; }

  std::vector<std::unique_ptr<Window>> windows_;
  ImageTexts* texts_;
  std::array<Bytes, kAhead + 1> images_;
  pthread_t thread_{};
  bool is_started_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Windows; with the mutex held.
  size_t made_ = 0;
  size_t given_ = 0;
  bool is_stopped_ = false;
};

}  // namespace wiretally

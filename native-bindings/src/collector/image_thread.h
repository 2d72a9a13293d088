// ImageThread: writes the images of closed windows on a thread, some ahead of their reader.
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

  // `texts` must outlive the thread. Nothing else may use it, or add to a window of the same collector, until `next`
  // has returned the end.
  ImageThread(std::vector<std::unique_ptr<Window>> windows, ImageTexts* texts)
      : windows_(std::move(windows)), texts_(texts) {}
  // Waits for the current image.
  ~ImageThread();
  ImageThread(const ImageThread&) = delete;
  ImageThread& operator=(const ImageThread&) = delete;

  // Returns false if the system has no thread for it. Then `next` writes the images itself.
  bool start();
  // Returns the next image, valid until the next call. Null after the last.
  const Bytes* next();

 private:
  // Maximum images that wait for the reader, in addition to the one that it uses.
  static constexpr size_t kAhead = 4;

  static void* run(void* self);
  // Writes the image of the next window and releases the window.
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

#include "random_words.h"

#include <random>

#if defined(__linux__)
#include <sys/random.h>
#endif

namespace wiretally {

void fill_random(uint64_t* words, size_t count) {
#if defined(__linux__)
  const size_t bytes = count * sizeof *words;
  if (getrandom(words, bytes, 0) == static_cast<ssize_t>(bytes)) return;
#endif
  std::random_device device;
  for (size_t i = 0; i < count; ++i) words[i] = (uint64_t{device()} << 32) | device();
}

}  // namespace wiretally

// Draws the secret that keys the flow hash.
#include "key.h"

#include <random>

#if defined(__linux__)
#include <sys/random.h>
#endif

namespace wiretally {

HashSecret HashSecret::draw() {
  HashSecret secret;
#if defined(__linux__)
  if (getrandom(secret.words, sizeof secret.words, 0) == static_cast<ssize_t>(sizeof secret.words)) {
    return secret;
  }
#endif
  std::random_device device;
  for (uint64_t& word : secret.words) word = (uint64_t{device()} << 32) | device();
  return secret;
}

}  // namespace wiretally

// Draws the secret that keys the flow hash.
#include "key.h"

#include <iterator>

#include "../io/random_words.h"

namespace wiretally {

HashSecret HashSecret::draw() {
  HashSecret secret;
  fill_random(secret.words, std::size(secret.words));
  return secret;
}

}  // namespace wiretally

// OutcomeNumbers: the merge law.
#include "outcome_cells.h"

#include <algorithm>

#include "texts.h"

namespace wiretally {

void OutcomeNumbers::add(const OutcomeNumbers& more) {
  for (size_t i = 0; i < kOutcomeSums; ++i) sums[i] += more.sums[i];
  for (size_t i = 0; i < kOutcomeMaxima; ++i) maxima[i] = std::max(maxima[i], more.maxima[i]);
  for (size_t i = 0; i < kOutcomeMinima; ++i) {
    if (minima[i] == 0 || (more.minima[i] != 0 && more.minima[i] < minima[i])) minima[i] = more.minima[i];
  }
  first_us = std::min(first_us, more.first_us);
  last_us = std::max(last_us, more.last_us);
  if (by.empty() || (!more.by.empty() && text_is_before(more.by, by))) by = more.by;
}

}  // namespace wiretally

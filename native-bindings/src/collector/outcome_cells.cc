// OutcomeNumbers: merges the numbers of cells.
#include "outcome_cells.h"

#include <algorithm>
#include <iterator>

#include "texts.h"

namespace wiretally {

namespace {

constexpr uint32_t kDelayBoundsUs[] = {
    1'000,     1'500,     2'000,     3'000,     5'000,      7'000,      10'000,     15'000,     20'000,     30'000,
    50'000,    70'000,    100'000,   150'000,   200'000,    300'000,    500'000,    700'000,    1'000'000,  1'500'000,
    2'000'000, 3'000'000, 5'000'000, 7'000'000, 10'000'000, 15'000'000, 20'000'000, 30'000'000, 60'000'000,
};

void add_counts(DelayCounts* counts, const DelayCounts& more) {
  if (counts->size() < more.size()) counts->resize(more.size());
  for (size_t i = 0; i < more.size(); ++i) (*counts)[i] += more[i];
}

}  // namespace

void OutcomeNumbers::count_delay(OutcomeDelay delay, uint32_t us) {
  if (us == 0) return;
  const auto* const bound = std::lower_bound(std::begin(kDelayBoundsUs), std::end(kDelayBoundsUs), us);
  const auto bucket = static_cast<size_t>(bound - std::begin(kDelayBoundsUs));
  DelayCounts& counts = delays[delay];
  if (counts.size() <= bucket) counts.resize(bucket + 1);
  ++counts[bucket];
}

void OutcomeNumbers::add(const OutcomeNumbers& more) {
  for (size_t i = 0; i < kOutcomeSums; ++i) sums[i] += more.sums[i];
  for (size_t i = 0; i < kOutcomeMaxima; ++i) maxima[i] = std::max(maxima[i], more.maxima[i]);
  for (size_t i = 0; i < kOutcomeMinima; ++i) {
    if (minima[i] == 0 || (more.minima[i] != 0 && more.minima[i] < minima[i])) minima[i] = more.minima[i];
  }
  for (size_t i = 0; i < kOutcomeDelays; ++i) add_counts(&delays[i], more.delays[i]);
  first_us = std::min(first_us, more.first_us);
  last_us = std::max(last_us, more.last_us);
  if (by.empty() || (!more.by.empty() && text_is_before(more.by, by))) by = more.by;
}

}  // namespace wiretally

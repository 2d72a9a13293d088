#include "heard_seconds.h"

namespace wiretally {

namespace {

int64_t floor_to(int64_t ns, int64_t unit_ns) {
  const int64_t rest = ns % unit_ns;
  return ns - (rest < 0 ? rest + unit_ns : rest);
}

}  // namespace

void HeardSeconds::flush(EventSink* sink) {
  if (sums_.seconds != 0) sink->emit(RecordType::kHeard, 0, &sums_, sizeof sums_, nullptr, 0);
  sums_ = HeardRecord{};
  second_ns_ = kNoSecond;
}

void HeardSeconds::begin_second(int64_t ts_ns, EventSink* sink) {
  if (window_ns_ == 0) return;
  const int64_t window_start_ns = floor_to(ts_ns, window_ns_);
  const int64_t start_ns = window_start_ns + floor_to(ts_ns - window_start_ns, kHeardSeconds * kSecondNs);
  if (start_ns != sums_.start_ns) flush(sink);
  sums_.start_ns = start_ns;
  second_ns_ = floor_to(ts_ns, kSecondNs);
  sums_.seconds |= uint64_t{1} << ((second_ns_ - start_ns) / kSecondNs);
}

}  // namespace wiretally

// Any bytes as rows that may be summed, of JSON, in cells and in columns by their kind: what is counted are whole lines, and what is
// asked for is in one.
#include <cstdlib>
#include <vector>

#include "../cost.h"
#include "../native/summed_log.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static summed_log::Log log;
  constexpr int16_t kColumns[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  if (size < 2) return 0;
  const Span bytes{data + 2, size - 2};
  const ReaderState state{size_t{data[0]} % 5, (data[0] & 64) != 0, (data[0] & 32) != 0, (data[0] & 16) != 0,
                          (data[0] & 8) != 0,  (data[1] & 2) != 0,  (data[1] & 32) != 0, data[1]};
  log.waiting_counts[0] = (data[1] & 1) != 0 ? WaitingRows::kMaxRows : 0;
  static const std::vector<ColumnForm> forms{{0, {"a", "b"}, {0, 1, 2, 3, 4, 5, 6, 7}},
                                             {1, {}, {kColumns, kColumns + std::size(kColumns)}}};
  const auto read = [&](Span line, size_t start) {
    if ((data[0] & 128) != 0) return log.scanner.json(line, start);
    if ((data[1] & 4) != 0) return log.scanner.columns(line, start, ',', forms, (data[1] & 8) != 0);
    return log.scanner.cells(line, start, {'\t', {}, {}}, kColumns, std::size(kColumns));
  };
  TakenRows taken;
  {
    // Texts that are learned may make room for many later ones.
    const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
    taken = log.rows.take(bytes, 0, state, log.field_places(), read);
  }
  // What is learned counts for the inputs that follow.
  if (taken.need == Need::kRowClass) log.rows.learn_class(data[1]);
  if (taken.need == Need::kTime || taken.need == Need::kStart) log.rows.learn_time(1'795'155'720'000'000 + data[1]);
  if (taken.end > bytes.size || taken.need_start > taken.need_end || taken.need_end > bytes.size) std::abort();
  if (taken.count > 0 && (taken.end == 0 || bytes.data[taken.end - 1] != '\n')) std::abort();
  if (taken.need == Need::kRoom && log.rows.take_hidden() == 0) std::abort();
  if ((data[1] & 2) != 0) {
    log.rows.sum_waiting(state, 256);
    log.rows.take_hidden();
  }
  if (log.waiting_counts[1] < 0 || log.waiting_counts[1] > WaitingRows::kMaxRows) std::abort();
  if (static_cast<size_t>(log.request_count[0]) > log.request_hashes.size()) std::abort();
  if ((data[1] & 16) != 0) log.request_count[0] = 0;
  if (log.count[0] < 0 || log.named_count[0] * 2 > static_cast<int32_t>(log.named.size())) std::abort();
  return 0;
}

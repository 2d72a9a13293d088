// The collector with hostile batches: any bytes behind the header of a batch, in several pieces, with the clock between them.
#include <algorithm>
#include <cstring>
#include <vector>

#include "../cost.h"
#include "../native/collector_builder.h"

using namespace wiretally;

namespace {

// The table of early slices is walked when the clock passes, whatever is in it; so are hosts and rows at the end.
constexpr uint64_t kBaseSteps = 40'000'000;
constexpr size_t kMaxPieces = 4;

std::vector<uint8_t> batch_of(const uint8_t* data, size_t size) {
  BatchHeader header{};
  header.magic = kBatchMagic;
  header.layout_version = kLayoutVersion;
  std::vector<uint8_t> batch(sizeof header + size);
  std::memcpy(batch.data(), &header, sizeof header);
  if (size != 0) std::memcpy(batch.data() + sizeof header, data, size);
  return batch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, kBaseSteps);
  const uint8_t kinds = data[0];
  const size_t pieces = 1 + data[1] % kMaxPieces;
  data += 2;
  size -= 2;
  Collector collector = make_collector();
  ImageTexts texts;
  LogMarks marks;
  marks.is_log = true;
  marks.logged = kinds & 0xf;
  marks.has_hello = (kinds & 0x10) != 0;
  marks.has_hello_us = (kinds & 0x20) != 0;
  for (size_t i = 0; i < pieces; ++i) {
    const size_t from = size * i / pieces;
    const std::vector<uint8_t> batch = batch_of(data + from, size * (i + 1) / pieces - from);
    if ((kinds & 0x80) != 0) {
      collector.add_log(span_of(batch), marks);
    } else {
      collector.add(span_of(batch), kAnswers);
      collector.add(span_of(batch), kOthers);
    }
    const int64_t until_us = kStartUs + static_cast<int64_t>(i + 1) * 60 * kSecondUs;
    if ((kinds & 0x40) == 0) continue;
    for (const auto& window : collector.close(until_us)) WindowImage(*window, &texts).size();
  }
  collector.keep_window(kStartUs);
  for (const auto& window : collector.finish(nullptr)) {
    const WindowImage image(*window, &texts);
    std::vector<uint8_t> bytes(image.size());
    image.copy_to(bytes.data());
  }
  collector.take_overflow();
  return 0;
}

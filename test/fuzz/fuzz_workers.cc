// captures
// Whole captures through one worker and through two: both must give the same result for any bytes.
#include "../../native-bindings/src/pipeline/pipeline.h"
#include "decoded.h"

using namespace wiretally;

namespace {

void decode_together(const uint8_t* data, size_t size, decoded::Said* said) {
  std::string error;
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(decoded::options_for(2), &error);
  if (pipeline == nullptr) std::abort();
  const std::unique_ptr<Decoder> first = pipeline->attach(0);
  const std::unique_ptr<Decoder> second = pipeline->attach(1);
  first->open_stream(0);
  first->push(data, size, true);
  while (decoded::poll(first.get(), said)) decoded::poll(second.get(), said);
  first->finish();
  bool first_goes_on = true;
  bool second_goes_on = true;
  while (first_goes_on || second_goes_on) {
    if (first_goes_on) first_goes_on = decoded::poll(first.get(), said);
    if (second_goes_on) second_goes_on = decoded::poll(second.get(), said);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, 3 * cost::kStepsPerByte, 500'000);  // two workers, including what they exchange
  decoded::Said alone;
  decoded::Said together;
  decoded::decode_alone(data, size, decoded::options_for(1), &alone);
  decode_together(data, size, &together);
  if (!alone.has_lost() && !together.has_lost() && !alone.agrees_with(&together)) std::abort();
  return 0;
}

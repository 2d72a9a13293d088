// captures
// Whole captures through the whole decoder, which says no more than in proportion to what it read.
#include "decoded.h"

using namespace wiretally;

// At worst, every packet gives a slice of its flow with all names, because each is in a different window.
constexpr uint64_t kMaxBytesSaidPerByte = 64;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 100'000);
  decoded::Said said;
  decoded::decode_alone(data, size, decoded::options_for(1), &said);
  if (said.bytes() > kMaxBytesSaidPerByte * size + 4096) std::abort();
  return 0;
}

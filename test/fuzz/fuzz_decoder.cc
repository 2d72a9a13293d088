// captures
// Whole captures through the whole decoder: its output must be proportional to its input.
#include "decoded.h"

using namespace wiretally;

// In the worst case a slice with all its names is emitted per packet, when each falls into another window.
constexpr uint64_t kMaxBytesSaidPerByte = 64;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 100'000);
  decoded::Said said;
  decoded::decode_alone(data, size, decoded::options_for(1), &said);
  if (said.bytes() > kMaxBytesSaidPerByte * size + 4096) std::abort();
  return 0;
}

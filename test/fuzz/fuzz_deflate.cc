// First byte: the capacity; then a text in gzip or zlib.
#include <algorithm>
#include <vector>

#include "../../native-bindings/src/protocol/deflate.h"
#include "../cost.h"
#include "scripted_flows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wiretally;
  if (size == 0) return 0;
  const size_t capacity = size_t{data[0]} * 64;
  // Bits of a code, and bytes that it repeats.
  const cost::Ceiling ceiling(size + capacity, cost::kStepsPerByte * 2, 20'000);
  std::vector<uint8_t> out(capacity);
  const Inflated found = inflate(Span{data + 1, size - 1}, out.data(), capacity);
  scripted::require(found.size <= capacity);
  // The beginning is the same with less of the input.
  std::vector<uint8_t> start(capacity);
  const Inflated earlier = inflate(Span{data + 1, (size - 1) / 2}, start.data(), capacity);
  scripted::require(earlier.size <= found.size &&
                    std::equal(start.begin(), start.begin() + static_cast<long>(earlier.size), out.begin()));
  return 0;
}

// One block of a live ring. First byte: whether it has offload headers; then the block.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../../native-bindings/src/io/ring/ring_block.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  if (size == 0) return 0;
  const size_t bytes = size - 1;
  // An allocation of the exact size, so that every byte next to it is out of bounds; operator new aligns it as blocks are.
  const std::unique_ptr<uint8_t[]> block(new uint8_t[bytes]);
  std::memcpy(block.get(), data + 1, bytes);
  RingBlockWalk walk(block.get(), bytes, (data[0] & 1) != 0);
  const uint32_t counted = walk.left();
  uint32_t given = 0;
  Frame frame;
  while (walk.next(&frame)) {
    ++given;
    if (frame.data < block.get() || frame.captured > bytes) std::abort();
    if (frame.data + frame.captured > block.get() + bytes) std::abort();
    if (frame.ts_ns < 0 || frame.ts_ns > int64_t{1} << 62) std::abort();
  }
  if (given + walk.left() != counted) std::abort();
  return 0;
}

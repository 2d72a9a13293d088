// A capture filter: two bytes of link type, an expression up to the first zero, and a frame.
#include <cstdlib>
#include <memory>
#include <string>

#include "../../native-bindings/src/io/bpf_filter.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  // What libpcap takes for an expression grows with the square of its length.
  constexpr size_t kMaxExpression = 256;
  if (size < 3 || BpfFilter::library_version().empty()) return 0;
  size_t end = 2;
  while (end < size && data[end] != 0) ++end;
  if (end > 2 + kMaxExpression) return 0;
  const std::string expression(reinterpret_cast<const char*>(data) + 2, end - 2);
  std::string error;
  const std::unique_ptr<BpfFilter> filter = BpfFilter::compile(expression.c_str(), &error);
  if ((filter == nullptr) == error.empty()) std::abort();
  if (filter == nullptr) return 0;
  const size_t captured = end < size ? size - end - 1 : 0;
  const std::unique_ptr<uint8_t[]> bytes(new uint8_t[captured]);
  std::copy(data + size - captured, data + size, bytes.get());
  Frame frame{};
  frame.data = bytes.get();
  frame.captured = static_cast<uint32_t>(captured);
  frame.wire_bytes = static_cast<uint32_t>(captured);
  frame.link_type = static_cast<uint16_t>(data[0] << 8 | data[1]);
  if (filter->matches(frame) != filter->matches(frame)) std::abort();
  return 0;
}

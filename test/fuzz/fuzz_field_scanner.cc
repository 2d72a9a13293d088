// Any bytes as a log line in each form: the places of fields are in the line, and a byte takes few steps.
#include <cstdlib>

#include "../../native-bindings/src/logs/field_scanner.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kFields = 4;
  constexpr int16_t kColumns[] = {-1, 0, 1, 2, 99};
  if (size < 2) return 0;
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  int32_t starts[kFields] = {};
  int32_t ends[kFields] = {};
  uint8_t written[kFields] = {};
  FieldScanner scanner({starts, ends, written, kFields}, (data[0] & 64) != 0);
  constexpr const char* kNames[] = {"tls_sni", "src_ip", "header_class", "a_b_c"};
  for (size_t field = 0; field < kFields; ++field) scanner.add_name(kNames[field], field, 1);
  scanner.add_name("name", 0, 0);
  const Span line{data, size};
  const size_t start = 2;
  switch (data[0] % 5) {
    case 0: scanner.json(line, start); break;
    case 1: scanner.columns(line, start, data[1], kColumns, 5, (data[0] & 32) != 0); break;
    case 2: scanner.pairs(line, start, {data[1], static_cast<uint8_t>((data[0] & 32) != 0 ? ':' : '=')}); break;
    case 3: scanner.cells(line, start, {data[1], {data + 1, 1}, {}}, kColumns, 5); break;
    default: scanner.header(line, start);
  }
  for (size_t field = 0; field < kFields; ++field) {
    if (written[field] == 0) continue;
    if (starts[field] < static_cast<int32_t>(start) || starts[field] > ends[field]) std::abort();
    if (static_cast<size_t>(ends[field]) > size) std::abort();
  }
  return 0;
}

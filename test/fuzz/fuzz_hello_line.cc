// Any bytes as the record of a hello: a line of JSON, without characters that move a cursor.
#include <cstdlib>
#include <string>

#include "../../native-bindings/src/output/hello_line.h"
#include "../cost.h"

using namespace wiretally;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The line is made twice, and then read.
  const cost::Ceiling ceiling(size, 2 * cost::kStepsPerByte, 10'000);
  static std::string line;
  line.clear();
  file_of_hello({data, size});
  HelloLines lines;
  if (!lines.append({data, size}, "\"\"", &line) && !line.empty()) std::abort();
  const size_t length = line.size();
  lines.append({data, size}, "\"\"", &line);
  if (line.size() != 2 * length || line.compare(0, length, line, length, length) != 0) std::abort();
  for (size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<uint8_t>(line[i]);
    if ((c < 0x20 && !(c == '\n' && (i + 1 == length || i + 1 == line.size()))) || c == 0x7f) std::abort();
  }
  return 0;
}

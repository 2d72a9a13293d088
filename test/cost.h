// Measures the cost of an input without a clock: the compiler puts a call into every basic block of the core
// (-fsanitize-coverage=trace-pc), and here they are counted as steps. Reading a packet may take at most this number
// of steps per byte, whatever its content.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cost {

// Steps since the start of the process; only threads that wait for each other may run meanwhile.
uint64_t steps();

// What a byte on the wire may cost. A minimal TCP segment of 60 bytes takes some 300 steps, 5 for each byte; ten times
// that at 10 Mbit/s is 60 million steps a second, less than a tenth of a core.
constexpr uint64_t kStepsPerByte = 50;

// Ends the process with a word when reading `bytes` took more than `allowance` + `per_byte` × bytes steps: for fuzzers.
// The allowance is what opening and closing what is under test may cost.
class Ceiling {
 public:
  Ceiling(size_t bytes, uint64_t per_byte, uint64_t allowance);
  ~Ceiling();
  Ceiling(const Ceiling&) = delete;
  Ceiling& operator=(const Ceiling&) = delete;

 private:
  size_t bytes_;
  uint64_t most_;
  uint64_t began_;
};

}  // namespace cost

// Ceilings of memory and time for the whole process that hold whatever its threads are at.
#pragma once

#include <cstdint>
#include <string>

namespace wiretally {

struct Limits {
  // Private writable memory, as RLIMIT_DATA of setrlimit(2) counts it.
  uint64_t data_bytes = 0;
  uint32_t seconds = 0;
  // What is written to stderr when a ceiling ends the process.
  std::string memory_words;
  std::string time_words;
  // A folder that is removed with the process, empty for none.
  std::string aside;
  int exit_code = 0;
};

// For good, and once. An errno value; 0: they hold.
int limit_process(const Limits& limits);

}  // namespace wiretally

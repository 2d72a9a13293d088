// Limits of memory and time for the whole process, independent of the state of its threads.
#pragma once

#include <cstdint>
#include <string>

namespace wiretally {

struct Limits {
  // Private writable memory, as RLIMIT_DATA of setrlimit(2) counts it.
  uint64_t data_bytes = 0;
  uint32_t seconds = 0;
  // Messages on stderr when a limit ends the process.
  std::string memory_message;
  std::string time_message;
  // Folder that is removed when the time limit ends the process; empty for none.
  std::string spill_folder;
  int exit_code = 0;
};

// Irreversible, once per process. Returns an errno value; 0: in force.
int limit_process(const Limits& limits);

}  // namespace wiretally

// Runs system calls in every thread of the process: rights belong to threads, and Node has a dozen of them.
#pragma once

namespace wiretally {

// Runs inside a signal handler: system calls only, no allocation. Returns 0 or an errno value.
using ThreadCall = int (*)(const void* argument);

struct EveryThread {
  unsigned reached = 0;
  // Threads without an answer: they retain their rights.
  unsigned silent = 0;
  // The last nonzero result.
  int code = 0;
};

// Includes threads created meanwhile. Linux only; a no-op elsewhere. One caller at a time.
EveryThread in_every_thread(ThreadCall call, const void* argument);

}  // namespace wiretally

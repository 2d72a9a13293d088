// Runs a few system calls in every thread of the process: rights belong to threads, and Node has a dozen of them.
#pragma once

namespace wiretally {

// Runs inside a signal handler: system calls alone, no memory is taken. Returns 0 or an errno value.
using ThreadCall = int (*)(const void* argument);

struct EveryThread {
  unsigned reached = 0;
  // Threads that did not answer: they keep the rights that they had.
  unsigned silent = 0;
  // What the call returned last that was not 0.
  int code = 0;
};

// The threads that are made meanwhile are reached too. Linux alone; elsewhere nothing is called. One caller at a time.
EveryThread in_every_thread(ThreadCall call, const void* argument);

}  // namespace wiretally

// Gives up what the process could do and never needs: capabilities, new privileges, files, system calls.
#pragma once

#include <cstdint>

#include "landlock.h"
#include "syscall_filter.h"

namespace wiretally {

struct ConfineOptions {
  // One bit for each capability that stays, by its number, if it is there at all.
  uint64_t keep = ~uint64_t{0};
  // Null: files are left as they are.
  const LandlockRules* landlock = nullptr;
  // Null: system calls are left as they are.
  const SyscallRules* syscalls = nullptr;
  // The user and group that root becomes, with `keep` of its capabilities; 0: nobody else.
  uint32_t become = 0;
};

struct Confined {
  // Threads that could not be reached: they keep the rights that they had.
  unsigned silent = 0;
  // An errno value each; 0: done, or not asked for.
  int rights_code = 0;
  int landlock_code = 0;
  int filter_code = 0;
  // Rings of io_uring were there, and may still be entered.
  bool enters_rings = false;
};

// no_new_privs, and with the right to it (CAP_SETPCAP) empty bounding sets, in any case. There is no way back.
Confined confine(const ConfineOptions& options);

}  // namespace wiretally

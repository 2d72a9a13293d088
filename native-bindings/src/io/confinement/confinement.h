// Drops unneeded rights of the process: capabilities, new privileges, files, system calls.
#pragma once

#include <cstdint>

#include "landlock.h"
#include "syscall_filter.h"

namespace wiretally {

struct ConfineOptions {
  // Bit mask of capabilities to retain, by number.
  uint64_t keep = ~uint64_t{0};
  // Null: no restriction of files.
  const LandlockRules* landlock = nullptr;
  // Null: no restriction of system calls.
  const SyscallRules* syscalls = nullptr;
  // UID and GID that replace root, with `keep` of its capabilities; 0: no change of user.
  uint32_t become = 0;
};

struct Confined {
  // Unreachable threads: they retain their rights.
  unsigned silent = 0;
  // An errno value each; 0: done, or not requested.
  int rights_code = 0;
  int landlock_code = 0;
  int filter_code = 0;
  // io_uring rings existed, and may still be entered.
  bool enters_rings = false;
};

// Always sets no_new_privs and, with CAP_SETPCAP, empties bounding sets. Irreversible.
Confined confine(const ConfineOptions& options);

}  // namespace wiretally

// seccomp(2): denies unneeded system calls in every thread.
#pragma once

#include <vector>

namespace wiretally {

struct SyscallRules {
  // Existing io_uring rings may be entered; new ones cannot be created.
  bool enters_rings = false;
  // Permitted sockets. Without any, only addresses of open sockets are reachable.
  bool makes_tcp = false;
  // Includes route sockets, which the C library uses to read local addresses before it resolves a name.
  bool makes_udp = false;
  // AF_PACKET, to reopen an interface.
  bool makes_packet = false;
  // Processes other than the own one that may be signalled.
  std::vector<int> signals;
};

bool has_syscall_filter();

// True if this process has an io_uring ring. Loops of libuv 1.45 and newer may start with one (Debian 13 builds Node so),
// and abort the process when they cannot enter it.
bool has_ring();

// The calling thread must have no_new_privs; the filter sets it in the others. Returns 0 or an errno value.
int filter_syscalls(const SyscallRules& rules);

}  // namespace wiretally

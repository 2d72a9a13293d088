// seccomp(2): system calls that nothing here ever needs are refused from now on, in every thread.
#pragma once

#include <vector>

namespace wiretally {

struct SyscallRules {
  // Rings of io_uring that are there may be entered; no other can be made.
  bool enters_rings = false;
  // Sockets that may be made. Without any, no address is reached that no open socket leads to.
  bool makes_tcp = false;
  // With sockets of routes, which the C library asks for addresses of this machine before it looks up a name.
  bool makes_udp = false;
  // AF_PACKET, for an interface that is opened again.
  bool makes_packet = false;
  // Processes beside the own one that may be signalled.
  std::vector<int> signals;
};

bool has_syscall_filter();

// Whether this process has a ring of io_uring. Loops of libuv 1.45 and newer may begin with one (Debian 13 builds Node so),
// and end the process when they cannot enter it.
bool has_ring();

// The calling thread must have no_new_privs; the others are given it. Returns 0 or an errno value.
int filter_syscalls(const SyscallRules& rules);

}  // namespace wiretally

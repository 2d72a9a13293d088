// seccomp(2): system calls that nothing here ever needs are refused from now on, in every thread.
#pragma once

namespace wiretally {

bool has_syscall_filter();

// Whether this process has a ring of io_uring. Loops of libuv 1.45 and newer may begin with one (Debian 13 builds Node so),
// and end the process when they cannot enter it.
bool has_ring();

// The calling thread must have no_new_privs; the others are given it. With `enters_rings`, rings that are
// there may be entered; no other can be made. Returns 0 or an errno value.
int filter_syscalls(bool enters_rings);

}  // namespace wiretally

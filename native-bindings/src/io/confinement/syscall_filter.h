// seccomp(2): system calls that nothing here ever needs are refused from now on, in every thread.
#pragma once

namespace wiretally {

bool has_syscall_filter();

// The calling thread must have no_new_privs; the others are given it. Returns 0 or an errno value.
int filter_syscalls();

}  // namespace wiretally

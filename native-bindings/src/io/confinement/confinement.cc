// Confinement: drops capabilities(7) and applies Landlock in each thread, and one system call filter to all threads.
#include "confinement.h"

#ifdef __linux__

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "every_thread.h"

namespace wiretally {

namespace {

struct ThreadRights {
  uint64_t keep;
  uint32_t become;
  int landlock;
};

// The C library would change all threads with one signal per call: here every thread changes itself. Groups are changed
// first, since the right is lost with the user. Capabilities remain until they are reduced, and affect
// access(2) too: DuckDB uses it to find logs next to a store, and would continue without a log that it cannot see.
int become_other(uint32_t user) {
  if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0) return errno;
  if (syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
  if (syscall(SYS_setresgid, user, user, user) != 0) return errno;
  return syscall(SYS_setresuid, user, user, user) == 0 ? 0 : errno;
}

int reduce(uint64_t keep, uint32_t become) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return errno;
  const int code = become == 0 ? 0 : become_other(become);
  for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    const auto kept = static_cast<uint32_t>(keep >> (32 * i));
    sets[i].permitted &= kept;
    sets[i].effective &= kept;
    sets[i].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) return errno;
  return code;
}

int give_up(const void* argument) {
  const auto* rights = static_cast<const ThreadRights*>(argument);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // Ends at the first number unknown to the kernel, or immediately without the right to drop.
  for (int i = 0; i < 64 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; ++i) {
  }
  const int code = reduce(rights->keep, rights->become);
  const int landlock_code = rights->landlock < 0 ? 0 : landlock_thread(rights->landlock);
  return code != 0 ? code : landlock_code;
}

}  // namespace

Confined confine(const ConfineOptions& options) {
  Confined confined;
  const int landlock = options.landlock == nullptr ? -1 : open_landlock(*options.landlock);
  if (options.landlock != nullptr && landlock < 0) confined.landlock_code = -landlock;
  const ThreadRights rights{options.keep, options.become, landlock};
  const EveryThread every = in_every_thread(give_up, &rights);
  if (landlock >= 0) close(landlock);
  confined.silent = every.silent;
  confined.rights_code = every.code;
  if (options.syscalls != nullptr) {
    confined.enters_rings = has_ring();
    SyscallRules rules = *options.syscalls;
    rules.enters_rings = confined.enters_rings;
    confined.filter_code = filter_syscalls(rules);
  }
  return confined;
}

}  // namespace wiretally

#else

#include <cerrno>

namespace wiretally {

Confined confine(const ConfineOptions& options) {
  Confined confined;
  confined.rights_code = ENOSYS;
  if (options.landlock != nullptr) confined.landlock_code = ENOSYS;
  if (options.syscalls != nullptr) confined.filter_code = ENOSYS;
  return confined;
}

}  // namespace wiretally

#endif

// Confinement: capabilities(7) and Landlock thread by thread, the filter of system calls for all at once.
#include "confinement.h"

#ifdef __linux__

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "every_thread.h"
#include "syscall_filter.h"

namespace wiretally {

namespace {

struct ThreadRights {
  uint64_t keep;
  int landlock;
};

int reduce(uint64_t keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return errno;
  for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    const auto kept = static_cast<uint32_t>(keep >> (32 * i));
    sets[i].permitted &= kept;
    sets[i].effective &= kept;
    sets[i].inheritable = 0;
  }
  return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

int give_up(const void* argument) {
  const auto* rights = static_cast<const ThreadRights*>(argument);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  // Ends at the first that the kernel does not have, or at once without the right; nothing can be gained by it then.
  for (int i = 0; i < 64 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; ++i) {
  }
  if (const int code = reduce(rights->keep); code != 0) return code;
  return rights->landlock < 0 ? 0 : landlock_thread(rights->landlock);
}

}  // namespace

Confined confine(const ConfineOptions& options) {
  Confined confined;
  const int landlock = options.landlock == nullptr ? -1 : open_landlock(*options.landlock);
  if (options.landlock != nullptr && landlock < 0) confined.landlock_code = -landlock;
  const ThreadRights rights{options.keep, landlock};
  const EveryThread every = in_every_thread(give_up, &rights);
  if (landlock >= 0) close(landlock);
  confined.silent = every.silent;
  confined.rights_code = every.code;
  if (options.filter_syscalls) {
    confined.enters_rings = has_ring();
    confined.filter_code = filter_syscalls(confined.enters_rings);
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
  if (options.filter_syscalls) confined.filter_code = ENOSYS;
  return confined;
}

}  // namespace wiretally

#endif

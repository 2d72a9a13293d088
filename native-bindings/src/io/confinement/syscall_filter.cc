// The filter is a list of what is refused, and not of what is taken: Node and DuckDB call what their versions like.
#include "syscall_filter.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <dirent.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <vector>

namespace wiretally {

namespace {

#ifdef __x86_64__
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// System calls of the x32 interface have this bit; elsewhere no number is as large.
constexpr unsigned kForeign = 0x40000000;
// Flags of clone(2) that make namespaces: of mounts, cgroups, names, IPC, users, processes, networks.
constexpr unsigned kNamespaces = 0x7e020000;
// Calls younger than the oldest kernel headers; the same on every architecture.
constexpr unsigned kClone3 = 435;
constexpr unsigned kRingEnter = 426;  // io_uring_enter

// clang-format off
// A line for each family.
constexpr unsigned kRefused[] = {
    // Other programs, started or looked into.
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, 438 /* pidfd_getfd */,
    // The kernel: programs, modules, other kernels, what it measures and logs.
    SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_perf_event_open, SYS_syslog,
    SYS_userfaultfd, SYS_reboot, SYS_personality,
    // io_uring carries out what it is asked behind the back of this filter: _setup, _enter, _register.
    425, kRingEnter, 427,
    // Keys.
    SYS_add_key, SYS_request_key, SYS_keyctl,
    // Mounts, the last line: open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff, SYS_quotactl, SYS_acct,
    SYS_open_by_handle_at, 428, 429, 430, 431, 432, 433, 442,
    // Namespaces, names and clocks of the machine.
    SYS_unshare, SYS_setns, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_vhangup,
    // Device files.
    SYS_mknodat,
#ifdef __x86_64__
    SYS_mknod, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_kexec_file_load,
#else
    294,  // kexec_file_load
#endif
};
// clang-format on

constexpr sock_filter statement(int code, unsigned value) { return {static_cast<unsigned short>(code), 0, 0, value}; }

constexpr sock_filter jump(int code, unsigned value, unsigned char when_true, unsigned char when_false) {
  return {static_cast<unsigned short>(BPF_JMP | BPF_K | code), when_true, when_false, value};
}

std::vector<sock_filter> program(bool enters_rings) {
  const sock_filter refuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  const sock_filter take = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  std::vector<sock_filter> code = {
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)), jump(BPF_JEQ, kArchitecture, 1, 0), refuse,
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), jump(BPF_JGE, kForeign, 0, 1), refuse,
      // Its flags lie in memory, where no filter sees them: the C library falls back on clone.
      jump(BPF_JEQ, kClone3, 0, 1), statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)};
  for (const unsigned number : kRefused) {
    if (enters_rings && number == kRingEnter) continue;
    code.push_back(jump(BPF_JEQ, number, 0, 1));
    code.push_back(refuse);
  }
  code.insert(code.end(),
              {jump(BPF_JEQ, SYS_clone, 1, 0), take, statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
               jump(BPF_JSET, kNamespaces, 0, 1), refuse, take});
  return code;
}

}  // namespace

bool has_ring() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return false;
  bool found = false;
  while (const dirent* entry = readdir(folder)) {
    char target[32];
    const ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target);
    found |= length > 0 && std::string_view(target, static_cast<size_t>(length)) == "anon_inode:[io_uring]";
  }
  closedir(folder);
  return found;
}

bool has_syscall_filter() {
  const unsigned action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int filter_syscalls(bool enters_rings) {
  std::vector<sock_filter> code = program(enters_rings);
  const sock_fprog filter{static_cast<unsigned short>(code.size()), code.data()};
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  // Above 0: the number of a thread that cannot be given it.
  return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

}  // namespace wiretally

#else

#include <cerrno>

namespace wiretally {

bool has_ring() { return false; }
bool has_syscall_filter() { return false; }
int filter_syscalls(bool) { return ENOSYS; }

}  // namespace wiretally

#endif

// Builds the seccomp filter. It is a deny list, because the system calls of Node and DuckDB vary between their versions.
#include "syscall_filter.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <asm/ioctls.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace wiretally {

namespace {

#ifdef __x86_64__
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// System calls of the x32 interface have this bit; on other architectures no number is as large.
constexpr unsigned kForeign = 0x40000000;
// Flags of clone(2) that make namespaces: of mounts, cgroups, names, IPC, users, processes, networks.
constexpr unsigned kNamespaces = 0x7e020000;
// Calls younger than the oldest kernel headers; the same on every architecture.
constexpr unsigned kClone3 = 435;
constexpr unsigned kRingEnter = 426;  // io_uring_enter

// Commands of fcntl(2) and ioctl(2) that send signals on I/O, inject terminal input, or change
// attributes of files.
constexpr unsigned kRefusedControls[] = {F_SETOWN, F_SETOWN_EX};
constexpr unsigned kRefusedRequests[] = {FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR};
constexpr unsigned kTypeOfSocket = 0xf;
constexpr unsigned kNamesOfRoutes = 0;  // NETLINK_ROUTE

// clang-format off
// A line for each family.
constexpr unsigned kRefused[] = {
    // Execution and inspection of other programs.
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, 438 /* pidfd_getfd */,
    // Signals (pidfd_send_signal), memory (process_madvise, process_mrelease), placement and priority of other programs.
    424, 440, 448, SYS_migrate_pages, SYS_move_pages, SYS_setpriority, SYS_ioprio_set, SYS_sched_setparam,
    SYS_sched_setscheduler, SYS_sched_setattr,
#ifdef __GLIBC__
    SYS_tkill,  // musl implements raise(3) with it
#endif
    // The kernel: programs, modules, other kernels, measurements and logs.
    SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_perf_event_open, SYS_syslog,
    SYS_userfaultfd, SYS_reboot, SYS_personality,
    // io_uring executes operations that this filter does not see: _setup, _enter, _register.
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
    // Modes, owners, attributes, times and lengths of files by name, which Landlock does not distinguish from reads:
    // files are created with their final mode. The last line: fchmodat2, setxattrat, removexattrat, file_setattr.
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr, SYS_utimensat, SYS_truncate,
    452, 463, 466, 469,
    // Socket pairs: a datagram pair can be connected to any address of AF_UNIX.
    SYS_socketpair,
    // Processes of one user share these by numbers and names.
    SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semop, SYS_semtimedop, SYS_semctl, SYS_msgget, SYS_msgsnd, SYS_msgrcv,
    SYS_msgctl, SYS_mq_open, SYS_mq_unlink,
#ifdef __x86_64__
    SYS_mknod, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_kexec_file_load,
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#else
    294,  // kexec_file_load
#endif
};
// clang-format on

constexpr sock_filter statement(int code, unsigned value) { return {static_cast<unsigned short>(code), 0, 0, value}; }

constexpr sock_filter jump(int code, unsigned value, unsigned char when_true, unsigned char when_false) {
  return {static_cast<unsigned short>(BPF_JMP | BPF_K | code), when_true, when_false, value};
}

constexpr sock_filter kRefuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
constexpr sock_filter kTake = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

using Code = std::vector<sock_filter>;

// The lower half: the kernel reads only that of an int. Both architectures store it first.
constexpr sock_filter load_argument(unsigned number) {
  return statement(BPF_LD | BPF_W | BPF_ABS,
                   static_cast<unsigned>(offsetof(seccomp_data, args) + number * sizeof(uint64_t)));
}

// Rules by arguments of a system call: `rule` ends with a verdict on every path.
void add_call(Code* code, unsigned call, const Code& rule) {
  code->push_back(jump(BPF_JEQ, call, 0, static_cast<unsigned char>(rule.size())));
  code->insert(code->end(), rule.begin(), rule.end());
}

Code taken_where(unsigned argument, const std::vector<unsigned>& values) {
  Code rule{load_argument(argument)};
  for (const unsigned value : values) rule.insert(rule.end(), {jump(BPF_JEQ, value, 0, 1), kTake});
  rule.push_back(kRefuse);
  return rule;
}

template <size_t kCount>
Code refused_where(unsigned argument, const unsigned (&values)[kCount]) {
  Code rule{load_argument(argument)};
  for (const unsigned value : values) rule.insert(rule.end(), {jump(BPF_JEQ, value, 0, 1), kRefuse});
  rule.push_back(kTake);
  return rule;
}

Code refused_with(unsigned argument, unsigned bits) {
  return {load_argument(argument), jump(BPF_JSET, bits, 0, 1), kRefuse, kTake};
}

// Sockets of one family: of this type, by one of two protocols. Other protocols of the family (MPTCP, SCTP) bypass Landlock.
void add_sockets(Code* rule, unsigned family, unsigned type, unsigned protocol) {
  rule->insert(rule->end(), {load_argument(0), jump(BPF_JEQ, family, 0, 7), load_argument(1),
                             statement(BPF_ALU | BPF_AND | BPF_K, kTypeOfSocket), jump(BPF_JEQ, type, 0, 4),
                             load_argument(2), jump(BPF_JEQ, 0, 1, 0), jump(BPF_JEQ, protocol, 0, 1), kTake});
}

Code sockets(const SyscallRules& rules) {
  Code rule;
  for (const unsigned family : {unsigned{AF_INET}, unsigned{AF_INET6}}) {
    if (rules.makes_tcp) add_sockets(&rule, family, SOCK_STREAM, IPPROTO_TCP);
    if (rules.makes_udp) add_sockets(&rule, family, SOCK_DGRAM, IPPROTO_UDP);
  }
  if (rules.makes_udp) add_sockets(&rule, AF_NETLINK, SOCK_RAW, kNamesOfRoutes);
  if (rules.makes_packet) add_sockets(&rule, AF_PACKET, SOCK_RAW, 0);
  rule.push_back(kRefuse);
  return rule;
}

// Signals to this process only, never to groups or all processes, and no limits of other processes.
void add_signals(Code* code, const std::vector<int>& others) {
  const auto own = static_cast<unsigned>(getpid());
  std::vector<unsigned> processes{own};
  for (const int process : others) processes.push_back(static_cast<unsigned>(process));
  add_call(code, SYS_kill, taken_where(0, processes));
  for (const unsigned call : {unsigned{SYS_tgkill}, unsigned{SYS_rt_sigqueueinfo}, unsigned{SYS_rt_tgsigqueueinfo}})
    add_call(code, call, taken_where(0, {own}));
  add_call(code, SYS_prlimit64, taken_where(0, {0, own}));
}

Code program(const SyscallRules& rules) {
  Code code = {
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)), jump(BPF_JEQ, kArchitecture, 1, 0), kRefuse,
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),   jump(BPF_JGE, kForeign, 0, 1),      kRefuse};
  // Its flags are in memory, which filters cannot read: the C library falls back to clone.
  add_call(&code, kClone3, {statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)});
  for (const unsigned number : kRefused) {
    if (!rules.enters_rings || number != kRingEnter) add_call(&code, number, {kRefuse});
  }
  add_call(&code, SYS_clone, refused_with(0, kNamespaces));
  add_signals(&code, rules.signals);
  add_call(&code, SYS_fcntl, refused_where(1, kRefusedControls));
  add_call(&code, SYS_ioctl, refused_where(1, kRefusedRequests));
  add_call(&code, SYS_socket, sockets(rules));
  // Landlock rules do not cover connections that are opened by a send.
  add_call(&code, SYS_sendto, refused_with(3, MSG_FASTOPEN));
  add_call(&code, SYS_sendmsg, refused_with(2, MSG_FASTOPEN));
  add_call(&code, SYS_sendmmsg, refused_with(3, MSG_FASTOPEN));
  code.push_back(kTake);
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

int filter_syscalls(const SyscallRules& rules) {
  Code code = program(rules);
  const sock_fprog filter{static_cast<unsigned short>(code.size()), code.data()};
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  // Above 0: the ID of a thread that cannot be synchronized.
  return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

}  // namespace wiretally

#else

#include <cerrno>

namespace wiretally {

bool has_ring() { return false; }
bool has_syscall_filter() { return false; }
int filter_syscalls(const SyscallRules&) { return ENOSYS; }

}  // namespace wiretally

#endif

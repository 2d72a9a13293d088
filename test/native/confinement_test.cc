// Denied operations of a confined process: each attempt in a separate process, once without confinement, where it must
// succeed, and then with it. The victim is this process, its files and its sockets.
#include "../../native-bindings/src/io/confinement/confinement.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace wiretally {
namespace {

// 0 or an errno value.
using Try = std::function<int()>;

int code_of(long result) { return result < 0 ? errno : 0; }

int in_child(const Try& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Files and sockets next to the writable folder.
struct Place {
  std::string folder;
  std::string inside;
  std::string file;
  std::string socket_path;
  std::string abstract_name;
  int listener = -1;
  int abstract_listener = -1;
  int port = 0;
  int tcp_listener = -1;

  Place() {
    char name[] = "/tmp/wiretally-tries-XXXXXX";
    folder = mkdtemp(name);
    inside = folder + "/inside";
    file = folder + "/file";
    socket_path = folder + "/socket";
    abstract_name = folder + "/abstract";
    mkdir(inside.c_str(), 0700);
    close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
    listener = listen_at(address_of(socket_path, false));
    abstract_listener = listen_at(address_of(abstract_name, true));
    tcp_listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(tcp_listener, reinterpret_cast<sockaddr*>(&address), length) == 0 && listen(tcp_listener, 4) == 0) {
      getsockname(tcp_listener, reinterpret_cast<sockaddr*>(&address), &length);
    }
    port = ntohs(address.sin_port);
  }

  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  ~Place() {
    for (const int socket : {listener, abstract_listener, tcp_listener}) close(socket);
    unlink(socket_path.c_str());
    unlink(file.c_str());
    unlink((inside + "/file").c_str());
    rmdir(inside.c_str());
    rmdir(folder.c_str());
  }

  struct LocalAddress {
    sockaddr_un address{};
    socklen_t length = 0;
  };

  static LocalAddress address_of(const std::string& name, bool is_abstract) {
    LocalAddress local;
    local.address.sun_family = AF_UNIX;
    const size_t start = is_abstract ? 1 : 0;
    std::memcpy(local.address.sun_path + start, name.data(), name.size());
    local.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + start + name.size());
    return local;
  }

  static sockaddr_in loopback(int number) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(number));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  static int listen_at(const LocalAddress& at) {
    const int made = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(made, reinterpret_cast<const sockaddr*>(&at.address), at.length) == 0) listen(made, 16);
    return made;
  }
};

int connect_local(const std::string& name, bool is_abstract) {
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  if (made < 0) return errno;
  const Place::LocalAddress at = Place::address_of(name, is_abstract);
  return code_of(connect(made, reinterpret_cast<const sockaddr*>(&at.address), at.length));
}

int connect_tcp(int port, int protocol) {
  const int made = socket(AF_INET, SOCK_STREAM, protocol);
  if (made < 0) return errno;
  const sockaddr_in address = Place::loopback(port);
  return code_of(connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

int send_to(int type, int port, int flags) {
  const int made = socket(AF_INET, type, 0);
  if (made < 0) return errno;
  const sockaddr_in address = Place::loopback(port);
  return code_of(sendto(made, "x", 1, flags, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

int open_as(const std::string& path, int flags) { return code_of(open(path.c_str(), flags | O_CLOEXEC, 0600)); }

struct Case {
  const char* name;
  Try act;
};

// Denied by the system call filter only, in addition to Landlock.
std::vector<Case> tries_at_processes() {
  const pid_t victim = getpid();
  return {
      {"kill", [=] { return code_of(kill(victim, 0)); }},
      {"kill of the group", [] { return code_of(kill(0, 0)); }},
      {"kill of all", [] { return code_of(kill(-1, 0)); }},
      {"tgkill", [=] { return code_of(syscall(SYS_tgkill, victim, victim, 0)); }},
      {"tkill", [=] { return code_of(syscall(SYS_tkill, victim, 0)); }},
      {"sigqueue", [=] { return code_of(sigqueue(victim, 0, {})); }},
      {"pidfd_send_signal",
       [=] { return code_of(syscall(424, static_cast<int>(syscall(434, victim, 0)), 0, nullptr, 0)); }},
      {"prlimit",
       [=] {
         rlimit limit{};
         return code_of(syscall(SYS_prlimit64, victim, RLIMIT_CORE, nullptr, &limit));
       }},
      {"F_SETOWN", [=] { return code_of(fcntl(socket(AF_INET, SOCK_STREAM, 0), F_SETOWN, victim)); }},
      {"FIOSETOWN",
       [=] {
         int owner = victim;
         return code_of(ioctl(socket(AF_INET, SOCK_STREAM, 0), FIOSETOWN, &owner));
       }},
      {"setpriority", [=] { return code_of(setpriority(PRIO_PROCESS, static_cast<id_t>(victim), 0)); }},
      {"shared memory", [] { return code_of(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)); }},
  };
}

std::vector<Case> tries_at_attributes(const Place& place) {
  const std::string file = place.file;
  return {
      {"fchmod", [=] { return code_of(fchmod(open(file.c_str(), O_RDONLY), 0600)); }},
      {"fchmodat", [=] { return code_of(fchmodat(AT_FDCWD, file.c_str(), 0600, 0)); }},
      {"fchown", [=] { return code_of(fchown(open(file.c_str(), O_RDONLY), 0, 0)); }},
      {"fchownat", [=] { return code_of(fchownat(AT_FDCWD, file.c_str(), 0, 0, 0)); }},
      {"setxattr", [=] { return code_of(setxattr(file.c_str(), "user.x", "x", 1, 0)); }},
      {"utimensat", [=] { return code_of(utimensat(AT_FDCWD, file.c_str(), nullptr, 0)); }},
      {"truncate", [=] { return code_of(truncate(file.c_str(), 0)); }},
#ifdef __x86_64__
      {"chmod", [=] { return code_of(syscall(SYS_chmod, file.c_str(), 0600)); }},
      {"chown", [=] { return code_of(syscall(SYS_chown, file.c_str(), 0, 0)); }},
      {"lchown", [=] { return code_of(syscall(SYS_lchown, file.c_str(), 0, 0)); }},
      {"utimes", [=] { return code_of(syscall(SYS_utimes, file.c_str(), nullptr)); }},
#endif
  };
}

std::vector<Case> tries_at_addresses(const Place& place) {
  const std::string path = place.socket_path;
  const std::string name = place.abstract_name;
  const int port = place.port;
  return {
      {"a local socket", [=] { return connect_local(path, false); }},
      {"an abstract socket", [=] { return connect_local(name, true); }},
      {"a pair of sockets",
       [] {
         int pair[2];
         return code_of(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
       }},
      {"UDP", [] { return send_to(SOCK_DGRAM, 9, 0); }},
      {"TCP", [=] { return connect_tcp(port, 0); }},
      {"routes", [] { return code_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }},
      {"audit", [] { return code_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)); }},
      {"packets", [] { return code_of(socket(AF_PACKET, SOCK_RAW, 0)); }},
      {"raw IP", [] { return code_of(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }},
  };
}

// A failing control shows that this machine lacks the feature.
void check_refused(const std::vector<Case>& cases, const std::function<int()>& confine_now) {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    if (const int code = in_child(each.act); code != 0) {
      MESSAGE("not tried: ", each.name, ": ", std::strerror(code));
      continue;
    }
    const int code = in_child([&] {
      const int failed = confine_now();
      return failed != 0 ? 200 : each.act();
    });
    CHECK((code == EPERM || code == EACCES));
  }
}

int confine_calls(const SyscallRules& rules) {
  ConfineOptions options;
  options.syscalls = &rules;
  const Confined confined = confine(options);
  return confined.rights_code != 0 ? confined.rights_code : confined.filter_code;
}

int confine_files(const LandlockRules& rules) {
  ConfineOptions options;
  options.landlock = &rules;
  const Confined confined = confine(options);
  return confined.rights_code != 0 ? confined.rights_code : confined.landlock_code;
}

bool is_root() { return geteuid() == 0; }

TEST_CASE("a filtered process touches no other process, no attribute of a file and no address") {
  if (!has_syscall_filter()) return;
  const Place place;
  const auto filter = [] { return confine_calls({}); };
  check_refused(tries_at_processes(), filter);
  check_refused(tries_at_attributes(place), filter);
  check_refused(tries_at_addresses(place), filter);
}

TEST_CASE("a filtered process signals itself, writes its files and makes the sockets that it was given") {
  if (!has_syscall_filter()) return;
  const Place place;
  const int own = in_child([&] {
    if (confine_calls({}) != 0) return 200;
    rlimit limit{};
    if (kill(getpid(), 0) != 0 || syscall(SYS_tgkill, getpid(), gettid(), 0) != 0) return 1;
    if (getrlimit(RLIMIT_DATA, &limit) != 0 || fcntl(1, F_GETFL) < 0) return 2;
    return open_as(place.inside + "/file", O_CREAT | O_RDWR);
  });
  CHECK(own == 0);
  const int port = place.port;
  const pid_t victim = getpid();
  CHECK(in_child([=] { return confine_calls({.makes_tcp = true}) + connect_tcp(port, 0); }) == 0);
  CHECK(in_child([=] { return confine_calls({.makes_tcp = true}) + send_to(SOCK_DGRAM, 9, 0); }) == EPERM);
  CHECK(in_child([=] { return confine_calls({.makes_udp = true}) + send_to(SOCK_DGRAM, 9, 0); }) == 0);
  CHECK(in_child([=] { return confine_calls({.makes_udp = true}) + connect_tcp(port, 0); }) == EPERM);
  CHECK(in_child([=] { return confine_calls({.signals = {victim}}) + code_of(kill(victim, 0)); }) == 0);
  CHECK(in_child([=] { return confine_calls({.signals = {victim}}) + code_of(kill(1, 0)); }) == EPERM);
}

TEST_CASE("what passes the rules for ports is refused where TCP is allowed") {
  if (!has_syscall_filter()) return;
  const Place place;
  const int port = place.port;
  // MPTCP.
  check_refused({{"MPTCP", [=] { return connect_tcp(port, 262); }},
                 {"a send that connects", [=] { return send_to(SOCK_STREAM, port, MSG_FASTOPEN); }}},
                [] { return confine_calls({.makes_tcp = true, .makes_udp = true}); });
}

TEST_CASE("Landlock alone keeps from files, ports, signals and abstract sockets outside") {
  if (landlock_version() == 0) return;
  const Place place;
  const auto confined = [&] {
    LandlockRules rules;
    rules.read = {"/usr"};
    rules.write = {place.inside};
    return confine_files(rules);
  };
  std::vector<Case> cases{
      {"a file, read", [&] { return open_as(place.file, O_RDONLY); }},
      {"a file, written", [&] { return open_as(place.file, O_WRONLY); }},
      {"passwords", [] { return open_as("/etc/shadow", O_RDONLY); }},
  };
  if (landlock_version() >= 4) cases.push_back({"a port", [&] { return connect_tcp(place.port, 0); }});
  if (landlock_version() >= kScopesVersion) {
    const pid_t victim = getpid();
    cases.push_back({"a signal", [=] { return code_of(kill(victim, 0)); }});
    cases.push_back({"an abstract socket", [&] { return connect_local(place.abstract_name, true); }});
  }
  check_refused(cases, confined);
  CHECK(in_child([&] { return confined() + open_as(place.inside + "/file", O_CREAT | O_WRONLY); }) == 0);
  CHECK(in_child([&] { return confined() + code_of(raise(SIGCONT)); }) == 0);
}

TEST_CASE("processes that are named may be signalled under Landlock too") {
  if (landlock_version() == 0) return;
  const pid_t victim = getpid();
  const int code = in_child([=] {
    LandlockRules rules;
    rules.scopes_signals = false;
    return confine_files(rules) + code_of(kill(victim, 0));
  });
  CHECK(code == 0);
}

// An older thread is confined with the rest, and the threads of the process can still signal each other.
TEST_CASE("every thread is confined, and may be signalled by the others") {
  if (!has_syscall_filter() || landlock_version() == 0) return;
  const pid_t victim = getpid();
  const int code = in_child([=] {
    std::atomic<bool> is_confined{false};
    std::atomic<int> outcome{-1};
    std::thread other([&] {
      while (!is_confined.load()) std::this_thread::yield();
      outcome = code_of(kill(victim, 0));
    });
    LandlockRules rules;
    SyscallRules calls;
    ConfineOptions options;
    options.landlock = &rules;
    options.syscalls = &calls;
    const Confined confined = confine(options);
    const int reached = pthread_kill(other.native_handle(), 0);
    is_confined = true;
    other.join();
    if (confined.silent != 0 || confined.landlock_code != 0) return 200;
    return reached != 0 ? 201 : outcome.load();
  });
  CHECK(code == EPERM);
}

TEST_CASE(
    "root becomes a user without an account in every thread, who reads what root could and writes nothing of it") {
  // An emulator of another processor has no filter, and does not reach all threads either.
  if (!is_root() || !has_syscall_filter()) return;
  constexpr uint32_t kUser = 65533;
  constexpr uint64_t kReadSearch = uint64_t{1} << 2;
  const Place place;
  const int code = in_child([&] {
    std::atomic<bool> is_confined{false};
    std::atomic<int> outcome{-1};
    const auto look = [&] {
      if (geteuid() != kUser || getuid() != kUser || getegid() != kUser || getgroups(0, nullptr) != 0) return 1;
      if (open_as(place.file, O_RDONLY) != 0 || access(place.file.c_str(), R_OK) != 0) return 2;
      if (open_as(place.file, O_WRONLY) != EACCES || open_as(place.inside + "/file", O_CREAT | O_WRONLY) != EACCES)
        return 3;
      return code_of(chmod(place.file.c_str(), 0600)) == EPERM && code_of(kill(getppid(), 0)) == EPERM ? 0 : 4;
    };
    std::thread other([&] {
      while (!is_confined.load()) std::this_thread::yield();
      outcome = look();
    });
    ConfineOptions options;
    options.keep = kReadSearch;
    options.become = kUser;
    const Confined confined = confine(options);
    is_confined = true;
    other.join();
    if (confined.silent != 0 || confined.rights_code != 0) return 200;
    return outcome.load() != 0 ? outcome.load() : look();
  });
  CHECK(code == 0);
}

}  // namespace
}  // namespace wiretally

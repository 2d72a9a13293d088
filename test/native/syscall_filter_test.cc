// A loop that began with a ring of io_uring lives on behind the filter, and no other ring can be made.
#include "../../native-bindings/src/io/confinement/syscall_filter.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include <doctest/doctest.h>

namespace wiretally {
namespace {

constexpr long kSetup = 425;
constexpr long kEnter = 426;
constexpr int kNoRing = 77;

// struct io_uring_params, all of it zero.
struct Parameters {
  unsigned char bytes[120] = {};
};

long make_ring() {
  Parameters parameters;
  return syscall(kSetup, 8, &parameters);
}

// A filter is irreversible: run in a separate process. Returns its exit status.
int in_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    _exit(act());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int filter_then_enter() {
  const long ring = make_ring();
  if (ring < 0) return kNoRing;
  if (!has_ring()) return 1;
  if (filter_syscalls({.enters_rings = true}) != 0) return 2;
  if (syscall(kEnter, ring, 0, 0, 0, nullptr, 0) != 0) return 3;
  return make_ring() < 0 && errno == EPERM ? 0 : 4;
}

int filter_without_ring() {
  if (has_ring()) return 1;
  if (filter_syscalls({}) != 0) return 2;
  return syscall(kEnter, 0, 0, 0, 0, nullptr, 0) < 0 && errno == EPERM ? 0 : 3;
}

TEST_CASE("a ring that was there is entered behind the filter, and no other is made") {
  if (!has_syscall_filter()) return;
  const int code = in_child(filter_then_enter);
  if (code == kNoRing) MESSAGE("this kernel makes no rings");
  CHECK((code == 0 || code == kNoRing));
}

TEST_CASE("without a ring io_uring is refused") {
  if (!has_syscall_filter()) return;
  CHECK(in_child(filter_without_ring) == 0);
}

}  // namespace
}  // namespace wiretally

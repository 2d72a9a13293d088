// Runs a call in every thread: by a signal to each in turn, as the C library does for setuid(2).
#include "every_thread.h"

#ifdef __linux__

#include <dirent.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <vector>

namespace wiretally {

namespace {

// The C libraries reserve this signal and let no thread block it; Node's own threads block all others.
constexpr int kSignal = 33;
// A thread that waits for a core on a busy machine answers late; io_uring threads never do.
constexpr int64_t kMaxWaitNs = 5'000'000'000;
// Interval at which a thread that has not answered is tested for existence.
constexpr int64_t kTestNs = 1'000'000;
// Each scan of the list finds the threads that unreached threads have created since the previous scan.
constexpr int kMaxLooks = 64;

// struct sigaction as the kernel has it: larger than on any machine that Node runs on.
struct KernelAction {
  unsigned char bytes[64] = {};
};
constexpr size_t kSignalSetBytes = 8;

std::atomic<ThreadCall> running{nullptr};
std::atomic<const void*> given{nullptr};
std::atomic<int> answer{0};
// The last thread with a result; set after its result. The kernel reads it as a futex.
std::atomic<int> answered{0};
static_assert(sizeof(answered) == sizeof(int) && std::atomic<int>::is_always_lock_free);

long futex(int operation, int value, const timespec* limit) {
  return syscall(SYS_futex, &answered, operation, value, limit, nullptr, 0);
}

int own_number() { return static_cast<int>(syscall(SYS_gettid)); }

void on_signal(int) {
  const int kept = errno;
  const ThreadCall call = running.load();
  if (call != nullptr) answer.store(call(given.load()));
  answered.store(own_number());
  futex(FUTEX_WAKE_PRIVATE, 1, nullptr);
  errno = kept;
}

bool raw_action(int signal, const KernelAction* fresh, KernelAction* old) {
  return syscall(SYS_rt_sigaction, signal, fresh, old, kSignalSetBytes) == 0;
}

// The C library refuses to set the action of this signal. Its kernel-level action for another signal, including the return
// trampoline, is copied.
bool install(KernelAction* before) {
  struct sigaction ours {};
  ours.sa_handler = on_signal;
  ours.sa_flags = SA_RESTART;
  sigfillset(&ours.sa_mask);
  struct sigaction borrowed {};
  KernelAction raw;
  if (sigaction(SIGRTMAX, &ours, &borrowed) != 0) return false;
  const bool is_read = raw_action(SIGRTMAX, nullptr, &raw);
  sigaction(SIGRTMAX, &borrowed, nullptr);
  return is_read && raw_action(kSignal, &raw, before);
}

int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

enum class Reply { kDone, kEnded, kNone };

Reply ask(int thread) {
  const int process = static_cast<int>(getpid());
  answered.store(0);
  if (syscall(SYS_tgkill, process, thread, kSignal) != 0) return Reply::kEnded;
  const int64_t until = now_ns() + kMaxWaitNs;
  const timespec interval{0, kTestNs};
  for (int last = answered.load(); last != thread; last = answered.load()) {
    if (now_ns() > until) return Reply::kNone;
    const bool is_late = futex(FUTEX_WAIT_PRIVATE, last, &interval) != 0 && errno == ETIMEDOUT;
    if (is_late && syscall(SYS_tgkill, process, thread, 0) != 0) return Reply::kEnded;
  }
  return Reply::kDone;
}

std::vector<int> threads() {
  std::vector<int> found;
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return found;
  while (const dirent* entry = readdir(folder)) {
    if (const int number = std::atoi(entry->d_name); number > 0) found.push_back(number);
  }
  closedir(folder);
  return found;
}

void in_own_thread(ThreadCall call, const void* argument, EveryThread* result) {
  if (const int code = call(argument); code != 0) result->code = code;
  result->reached += 1;
}

}  // namespace

EveryThread in_every_thread(ThreadCall call, const void* argument) {
  EveryThread result;
  std::vector<int> asked{own_number()};
  KernelAction before;
  given.store(argument);
  running.store(call);
  if (!install(&before)) {
    result.silent = static_cast<unsigned>(threads().size()) - 1;
    in_own_thread(call, argument, &result);
    return result;
  }
  bool is_grown = true;
  for (int look = 0; is_grown && look < kMaxLooks; ++look) {
    is_grown = false;
    for (const int thread : threads()) {
      if (std::find(asked.begin(), asked.end(), thread) != asked.end()) continue;
      asked.push_back(thread);
      is_grown = true;
      const Reply reply = ask(thread);
      if (reply == Reply::kDone && answer.load() != 0) result.code = answer.load();
      result.reached += reply == Reply::kDone ? 1 : 0;
      result.silent += reply == Reply::kNone ? 1 : 0;
    }
  }
  running.store(nullptr);
  // The calling thread is the last: in a Landlock domain with scoped signals, kernels from Linux 6.12 until
  // their fix do not let it signal other threads. Threads created from now on inherit from a restricted one.
  in_own_thread(call, argument, &result);
  // A late answer must not meet a handler with other parameters.
  if (result.silent == 0) raw_action(kSignal, &before, nullptr);
  return result;
}

}  // namespace wiretally

#else

namespace wiretally {

EveryThread in_every_thread(ThreadCall, const void*) { return {}; }

}  // namespace wiretally

#endif

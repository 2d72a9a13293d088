// A failed allocation in the engine throws and becomes an error in JavaScript; in Node it aborts. A separate thread measures
// time: a query in preparation blocks the thread of Node's timers.
#include "limits.h"

#include <cerrno>

#ifdef __linux__

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace wiretally {

namespace {

// Never freed: a signal handler and a detached thread read it.
const Limits* limits_now = nullptr;

void say(const std::string& words) {
  // A failure here cannot be reported.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, words.data(), words.size());
}

// Only functions of signal-safety(7).
void on_abort(int) {
  say(limits_now->memory_words);
  _exit(limits_now->exit_code);
}

void end_late() {
  std::this_thread::sleep_for(std::chrono::seconds(limits_now->seconds));
  say(limits_now->time_words);
  std::error_code ignored;
  if (!limits_now->aside.empty()) std::filesystem::remove_all(limits_now->aside, ignored);
  _exit(limits_now->exit_code);
}

}  // namespace

int limit_process(const Limits& limits) {
  if (limits_now != nullptr) return EBUSY;
  limits_now = new Limits(limits);
  std::thread(end_late).detach();
  struct sigaction action {};
  action.sa_handler = on_abort;
  if (sigaction(SIGABRT, &action, nullptr) != 0) return errno;
  rlimit most{};
  if (getrlimit(RLIMIT_DATA, &most) != 0) return errno;
  if (most.rlim_max == RLIM_INFINITY || most.rlim_max > limits.data_bytes) most.rlim_max = limits.data_bytes;
  most.rlim_cur = most.rlim_max;
  return setrlimit(RLIMIT_DATA, &most) == 0 ? 0 : errno;
}

}  // namespace wiretally

#else

namespace wiretally {

int limit_process(const Limits&) { return ENOSYS; }

}  // namespace wiretally

#endif

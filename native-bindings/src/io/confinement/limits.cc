// A library that got no memory throws, and is answered in JavaScript; Node gives up with abort(). Time is kept by a thread of
// its own: a question that is being prepared holds the thread on which a timer of Node would have to run.
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

// Never freed: a handler of signals and a thread that is never joined read it.
const Limits* limits_now = nullptr;

void say(const std::string& words) {
  // Nobody can be told that this failed.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, words.data(), words.size());
}

// Only what signal-safety(7) allows.
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

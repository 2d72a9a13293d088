// Ends the process with a message when it exceeds its time, or when Node aborts because it is out of memory. In DuckDB a
// failed allocation throws, and JavaScript receives an error. A separate thread measures time, because a query in
// preparation blocks the thread of Node's timers.
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
const Limits* current_limits = nullptr;

void write_stderr(const std::string& text) {
  // A failure here cannot be reported.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// Calls only functions that signal-safety(7) lists.
void on_abort(int) {
  write_stderr(current_limits->memory_message);
  _exit(current_limits->exit_code);
}

void end_after_limit() {
  std::this_thread::sleep_for(std::chrono::seconds(current_limits->seconds));
  write_stderr(current_limits->time_message);
  std::error_code ignored;
  if (!current_limits->spill_folder.empty()) std::filesystem::remove_all(current_limits->spill_folder, ignored);
  _exit(current_limits->exit_code);
}

}  // namespace

int limit_process(const Limits& limits) {
  if (current_limits != nullptr) return EBUSY;
  current_limits = new Limits(limits);
  std::thread(end_after_limit).detach();
  struct sigaction action {};
  action.sa_handler = on_abort;
  if (sigaction(SIGABRT, &action, nullptr) != 0) return errno;
  rlimit limit{};
  if (getrlimit(RLIMIT_DATA, &limit) != 0) return errno;
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > limits.data_bytes) limit.rlim_max = limits.data_bytes;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
}

}  // namespace wiretally

#else

namespace wiretally {

int limit_process(const Limits&) { return ENOSYS; }

}  // namespace wiretally

#endif

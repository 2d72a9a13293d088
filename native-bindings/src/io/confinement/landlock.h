// Landlock(7): restricts the folders that a process may read and write, its TCP destination ports, and signals to
// other process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wiretally {

struct LandlockRules {
  // Files and folders; missing ones are skipped. Writable implies readable.
  std::vector<std::string> read;
  std::vector<std::string> write;
  // Permitted TCP destination ports, with a kernel that supports it (Linux 6.7). Listening is never permitted.
  std::vector<uint16_t> ports;
  // False where older child processes must be signalled. Abstract sockets of others are unreachable either way.
  bool scopes_signals = true;
};

// The first version with scopes (Linux 6.12).
constexpr int kScopesVersion = 6;

// The version of the kernel interface; 0 without Landlock, or when it is disabled.
int landlock_version();

// A ruleset descriptor for restrict_thread, to be closed; below 0 a negated errno value.
int open_landlock(const LandlockRules& rules);

// For the calling thread and its future threads; requires no_new_privs. Returns 0 or an errno value.
int landlock_thread(int rules);

}  // namespace wiretally

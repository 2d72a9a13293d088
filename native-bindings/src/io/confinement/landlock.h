// Landlock(7): below which folders a process may read and write, which TCP ports it may reach, and that it signals no
// other process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wiretally {

struct LandlockRules {
  // Files and folders; what is not there is left out. Whatever may be written may be read.
  std::vector<std::string> read;
  std::vector<std::string> write;
  // TCP ports that may be connected to, where the kernel can tell (Linux 6.7). None may be listened on.
  std::vector<uint16_t> ports;
  // False where children that were there before must be signalled. Abstract sockets of others are out of reach either way.
  bool scopes_signals = true;
};

// The first version with scopes (Linux 6.12).
constexpr int kScopesVersion = 6;

// The version of the kernel's interface; 0 when it has none, or when it is switched off.
int landlock_version();

// A descriptor of the rules for restrict_thread, to be closed; below 0 an errno value, negated.
int open_landlock(const LandlockRules& rules);

// For the calling thread and those that it makes; it must have no_new_privs. Returns 0 or an errno value.
int landlock_thread(int rules);

}  // namespace wiretally

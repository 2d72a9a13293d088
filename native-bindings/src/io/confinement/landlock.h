// Landlock(7): below which folders a process may read and write, and which TCP ports it may reach.
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
};

// The version of the kernel's interface; 0 when it has none, or when it is switched off.
int landlock_version();

// A descriptor of the rules for restrict_thread, to be closed; below 0 an errno value, negated.
int open_landlock(const LandlockRules& rules);

// For the calling thread and those that it makes; it must have no_new_privs. Returns 0 or an errno value.
int landlock_thread(int rules);

}  // namespace wiretally

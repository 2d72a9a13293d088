// Calls Landlock by system call number, because no C library has functions for it. The numbers and structures below are
// those of linux/landlock.h, which old systems do not have.
#include "landlock.h"

#ifdef __linux__

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace wiretally {

namespace {

// System call numbers, which are the same on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kPathBeneath = 1;
constexpr int kNetPort = 2;

struct Ruleset {
  uint64_t files = 0;
  uint64_t net = 0;
  uint64_t scoped = 0;
};

struct [[gnu::packed]] PathBeneath {
  uint64_t allowed = 0;
  int32_t parent = -1;
};

struct NetPort {
  uint64_t allowed = 0;
  uint64_t port = 0;
};

constexpr uint64_t kExecute = 1u << 0;
constexpr uint64_t kWriteFile = 1u << 1;
constexpr uint64_t kReadFile = 1u << 2;
constexpr uint64_t kReadFolder = 1u << 3;
constexpr uint64_t kRemove = 1u << 4 | 1u << 5;
constexpr uint64_t kMakeFolder = 1u << 7;
constexpr uint64_t kMakeFile = 1u << 8;
// All rights to create entries: also device files, sockets, pipes and links.
constexpr uint64_t kMakeAny = 0x7fu << 6;
constexpr uint64_t kRename = 1u << 13;    // from version 2
constexpr uint64_t kTruncate = 1u << 14;  // from version 3
constexpr uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate;

constexpr uint64_t kBind = 1u << 0;  // from version 4
constexpr uint64_t kConnect = 1u << 1;

constexpr uint64_t kScopeAbstractSockets = 1u << 0;  // from version 6
constexpr uint64_t kScopeSignals = 1u << 1;

// No rule grants kRename, so no file can be moved to another folder. Version 1 lacks this right and always denies it.
uint64_t known_rights(int version) {
  const uint64_t first = kExecute | kWriteFile | kReadFile | kReadFolder | kRemove | kMakeAny;
  return first | (version >= 2 ? kRename : 0) | (version >= 3 ? kTruncate : 0);
}

// The kernel rejects fields unknown to its version: the second needs version 4, the third version 6.
size_t known_size(int version) {
  if (version >= kScopesVersion) return sizeof(Ruleset);
  return version >= 4 ? offsetof(Ruleset, scoped) : offsetof(Ruleset, net);
}

int add_path(int rules, const std::string& path, uint64_t rights) {
  PathBeneath rule;
  rule.parent = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (rule.parent < 0) return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : errno;
  struct stat status {};
  const bool is_folder = fstat(rule.parent, &status) == 0 && S_ISDIR(status.st_mode);
  rule.allowed = is_folder ? rights : rights & kOfFiles;
  const int code = syscall(kAddRule, rules, kPathBeneath, &rule, 0) == 0 ? 0 : errno;
  close(rule.parent);
  return code;
}

int add_rules(int ruleset, const LandlockRules& rules, int version) {
  const uint64_t read = kReadFile | kReadFolder;
  const uint64_t write = read | kWriteFile | kRemove | kMakeFolder | kMakeFile | (kTruncate & known_rights(version));
  int code = 0;
  for (const std::string& path : rules.read) code = code != 0 ? code : add_path(ruleset, path, read);
  for (const std::string& path : rules.write) code = code != 0 ? code : add_path(ruleset, path, write);
  if (version < 4) return code;
  for (const uint16_t port : rules.ports) {
    const NetPort rule{kConnect, port};
    if (code == 0 && syscall(kAddRule, ruleset, kNetPort, &rule, 0) != 0) code = errno;
  }
  return code;
}

}  // namespace

int landlock_version() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

int open_landlock(const LandlockRules& rules) {
  const int version = landlock_version();
  if (version == 0) return -ENOSYS;
  const uint64_t scoped = kScopeAbstractSockets | (rules.scopes_signals ? kScopeSignals : 0);
  const Ruleset ruleset{known_rights(version), version >= 4 ? kBind | kConnect : 0,
                        version >= kScopesVersion ? scoped : 0};
  const int handle = static_cast<int>(syscall(kCreateRuleset, &ruleset, known_size(version), 0));
  if (handle < 0) return -errno;
  const int code = add_rules(handle, rules, version);
  if (code == 0) return handle;
  close(handle);
  return -code;
}

int landlock_thread(int rules) { return syscall(kRestrictSelf, rules, 0) == 0 ? 0 : errno; }

}  // namespace wiretally

#else

#include <cerrno>

namespace wiretally {

int landlock_version() { return 0; }
int open_landlock(const LandlockRules&) { return -ENOSYS; }
int landlock_thread(int) { return ENOSYS; }

}  // namespace wiretally

#endif

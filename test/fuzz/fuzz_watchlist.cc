// The names of the export filter. The first line is a server name, the others are patterns: the result must equal a plain
// interpretation of each pattern.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../../native-bindings/src/base/watchlist.h"
#include "../cost.h"

using namespace wiretally;

namespace {

// Patterns are our own catalogue's, and fewer than that; names are anybody's.
constexpr size_t kMaxPatterns = 16;
constexpr size_t kMaxPatternBytes = 64;
// A name and a glob with many stars: the product of their lengths in the worst case.
constexpr uint64_t kMaxSteps = kMaxPatterns * kMaxPatternBytes * Watchlist::kMaxNameBytes * 8;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Which ends of the text a pattern reaches, one character of the pattern at a time.
bool is_glob_of(std::string_view pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const char p : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (p == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else {
        next[i] = i > 0 && reached[i - 1] && text[i - 1] == p;
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

bool is_named(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return false;
  if (pattern.find('*') != std::string_view::npos) return is_glob_of(pattern, name);
  if (pattern[0] != '.') return pattern == name;
  const std::string_view suffix = pattern.substr(1);
  return !suffix.empty() &&
         (name == suffix || (name.size() > suffix.size() && name.substr(name.size() - pattern.size()) == pattern));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, kMaxSteps);
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(data[i]);
    }
  }
  const std::vector<std::string> patterns(lines.begin() + 1, lines.end());
  if (patterns.size() > kMaxPatterns) return 0;
  for (const std::string& pattern : patterns) {
    if (pattern.size() > kMaxPatternBytes) return 0;
  }
  const Watchlist set(patterns, {}, {});
  std::string name = lower(lines[0]);
  const bool is_short = name.size() <= Watchlist::kMaxNameBytes;
  if (!name.empty() && name.back() == '.') name.pop_back();
  // The root, ".", is no name: not even "*" matches it.
  const bool is_compared = is_short && !name.empty();
  bool expected = false;
  for (const std::string& pattern : patterns) expected = expected || (is_compared && is_named(lower(pattern), name));
  const Span bytes{reinterpret_cast<const uint8_t*>(lines[0].data()), lines[0].size()};
  if (set.has_name(bytes) != expected) std::abort();
  return 0;
}

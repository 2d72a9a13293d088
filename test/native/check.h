// CHECK and CHECK_EQ for plain test executables: a failed check prints where and what and the run goes on; a test ends
// with `return check::report();`.
#pragma once

#include <cstdio>
#include <iostream>
#include <string>

namespace check {

struct Count {
  int done = 0;
  int failed = 0;
};

inline Count& count() {
  static Count value;
  return value;
}

inline bool that(bool holds, const char* text, const char* file, int line) {
  ++count().done;
  if (!holds) {
    ++count().failed;
    std::cerr << file << ':' << line << ": not so: " << text << '\n';
  }
  return holds;
}

template <typename A, typename B>
bool equal(const A& actual, const B& expected, const char* text, const char* file, int line) {
  const bool holds = actual == expected;
  that(holds, text, file, line);
  if (!holds) std::cerr << "  actual   " << actual << "\n  expected " << expected << '\n';
  return holds;
}

inline int report() {
  std::cerr << count().done << " checks, " << count().failed << " failed\n";
  return count().failed == 0 ? 0 : 1;
}

}  // namespace check

#define CHECK(condition) ::check::that(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define CHECK_EQ(actual, expected) ::check::equal((actual), (expected), #actual " == " #expected, __FILE__, __LINE__)

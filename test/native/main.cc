// The program of all C++ tests: `build/quick/tests --help` says how to choose among them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#define DOCTEST_CONFIG_IMPLEMENT  // precompiled.h has read what comes before
#include <doctest/doctest.h>

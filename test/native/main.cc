// The program of all C++ tests: `build/quick/tests --help` lists the selection options.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#define DOCTEST_CONFIG_IMPLEMENT  // precompiled.h has read what comes before
#include <doctest/doctest.h>

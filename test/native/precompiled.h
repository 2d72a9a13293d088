// Headers of the standard library that most files of the core and of its tests read, compiled once.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>
#if __has_include(<doctest/doctest.h>) && defined(WIRETALLY_TESTS)
#include <doctest/doctest.h>
#endif

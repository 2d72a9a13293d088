// Headers of the standard library that most sources include. binding.gyp has them compiled once for all sources, since
// reading them took more than half of the time of a build. Each source still includes what it needs.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

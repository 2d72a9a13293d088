// Texts of records and windows: UTF-8, in the order of JavaScript texts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

// Converts packet bytes, which have no declared encoding. Well-formed UTF-8 is unchanged. Other bytes above
// 0x7f are escaped as "\xNN", as in Zeek and tshark.
std::string readable_text(Span bytes);

// Returns the UTF-8 character at `*at`, and moves `*at` after it; kReplacement for a byte that begins none.
constexpr uint32_t kReplacement = 0xfffd;
uint32_t next_character(std::string_view text, size_t* at);

// Returns lower case for the first 256 characters.
std::string lower_case(std::string_view text);

// Returns the length in UTF-16 code units. Ill-formed bytes count as the JavaScript decoder replaces them.
size_t utf16_length(std::string_view text);

// Compares in the order of UTF-16 code units: negative if `a` is first.
int compare_texts(std::string_view a, std::string_view b);

inline bool text_is_before(std::string_view a, std::string_view b) { return compare_texts(a, b) < 0; }

// Adds an item to a sorted list without duplicates, and keeps the `limit` smallest items.
template <typename T, typename Before>
void add_smallest(std::vector<T>* list, const T& item, size_t limit, Before before) {
  const auto at = std::lower_bound(list->begin(), list->end(), item, before);
  if (at != list->end() && !before(item, *at)) return;
  if (list->size() >= limit && at == list->end()) return;
  list->insert(at, item);
  if (list->size() > limit) list->pop_back();
}

inline void add_smallest_text(std::vector<std::string>* list, const std::string& text, size_t limit) {
  add_smallest(list, text, limit, [](const std::string& a, const std::string& b) { return text_is_before(a, b); });
}

template <typename T>
void add_smallest_number(std::vector<T>* list, T number, size_t limit) {
  add_smallest(list, number, limit, [](T a, T b) { return a < b; });
}

}  // namespace wiretally

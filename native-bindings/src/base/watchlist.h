// Watchlist: names, cipher hashes and product tokens of flows that are tracked. It is built once at open, then
// read-only and shared by all workers.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cursor.h"

namespace wiretally {

class Watchlist {
 public:
  // Maximum length of a compared server name: RFC 1035 §2.3.4 allows 255.
  static constexpr size_t kMaxNameBytes = 255;
  // Maximum length of a product token of a User-Agent.
  static constexpr size_t kMaxAgentBytes = 64;

  // `names`: exact names, ".suffix" (the suffix itself and everything below it) and globs in which '*' matches any
  // run of characters, dots included. `ciphers`: JA4_b texts. `agents`: prefixes of User-Agent values.
  Watchlist(const std::vector<std::string>& names, const std::vector<std::string>& ciphers,
            const std::vector<std::string>& agents);

  // Tests if the watchlist contains a name, case-insensitive, with or without the trailing dot.
  bool has_name(Span name) const;

  // Tests if the cipher part of a JA4 text (the 12 characters after the first '_') belongs to a watched runtime.
  bool has_cipher_of(std::string_view ja4) const;

  bool has_agents() const { return !agents_.empty(); }

  // Returns the first product of a User-Agent value ("name/version") if the list contains it, else an empty span.
  Span agent_product(Span user_agent) const;

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Suffix {
    bool all = false;                // everything below matters
    std::vector<std::string> globs;  // patterns that end in this suffix
  };

  void add_name(std::string name);
  void add_exact(std::string name);
  Suffix& add_suffix(std::string suffix);
  // Returns false if neither the name nor any of its suffixes was added. It reads no table.
  bool may_have(Span name) const;
  // Each expects a name in lower case without the trailing dot.
  bool is_listed(std::string_view text) const;
  bool has_front(std::string_view text) const;
  bool has_loose_glob(std::string_view text) const;

  static constexpr size_t kFilterBits = 1u << 16;  // some 2,000 texts: a few names in a hundred pass in vain
  static size_t bit_of(uint32_t hash) { return (hash ^ hash >> 16) % kFilterBits; }

  std::bitset<kFilterBits> filter_;        // Hashes of the texts in exact_ and suffixes_.
  std::bitset<kFilterBits> front_filter_;  // Hashes of the texts in fronts_.
  std::unordered_set<std::string, TextHash, std::equal_to<>> exact_;
  std::unordered_map<std::string, Suffix, TextHash, std::equal_to<>> suffixes_;  // keys without the leading dot
  std::unordered_set<std::string, TextHash, std::equal_to<>> fronts_;            // Fronts of "name.*", without the dot.
  std::vector<std::string> loose_globs_;  // their last label holds a '*': they cannot be found by suffix
  std::unordered_set<std::string, TextHash, std::equal_to<>> ciphers_;
  std::vector<std::string> agents_;
};

}  // namespace wiretally

#include "watchlist.h"

namespace wiretally {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_text(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// FNV-1a from the last character to the first, which computes the hashes of all suffixes of a name in one pass.
constexpr uint32_t kHashStart = 2166136261u;

uint32_t hash_before(uint32_t hash, char c) { return (hash ^ static_cast<uint8_t>(c)) * 16777619u; }

uint32_t hash_backwards(std::string_view text) {
  uint32_t hash = kHashStart;
  for (size_t i = text.size(); i-- > 0;) hash = hash_before(hash, text[i]);
  return hash;
}

uint32_t hash_forwards(std::string_view text) {
  uint32_t hash = kHashStart;
  for (const char c : text) hash = hash_before(hash, c);
  return hash;
}

// '*' matches any run of characters. The loop has one point to backtrack to: it is linear in practice, and names are
// short.
bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

Watchlist::Watchlist(const std::vector<std::string>& names, const std::vector<std::string>& ciphers,
                     const std::vector<std::string>& agents) {
  for (const std::string& name : names) add_name(lower_text(name));
  for (const std::string& cipher : ciphers) ciphers_.insert(lower_text(cipher));
  for (const std::string& agent : agents) {
    if (!agent.empty()) agents_.push_back(lower_text(agent));
  }
}

void Watchlist::add_name(std::string name) {
  if (name.empty()) return;
  const size_t star = name.rfind('*');
  if (star == std::string::npos) {
    if (name[0] == '.') {
      if (name.size() > 1) add_suffix(name.substr(1)).all = true;
    } else {
      add_exact(std::move(name));
    }
    return;
  }
  const size_t dot = name.find('.', star);
  if (dot == std::string::npos || dot + 1 == name.size()) {
    const bool is_front = star > 1 && star + 1 == name.size() && name.find('*') == star && name[star - 1] == '.';
    if (is_front) {
      const std::string front = name.substr(0, star - 1);
      front_filter_.set(bit_of(hash_forwards(front)));
      fronts_.insert(front);
    } else {
      loose_globs_.push_back(std::move(name));
    }
    return;
  }
  Suffix& suffix = add_suffix(name.substr(dot + 1));
  suffix.globs.push_back(std::move(name));
}

void Watchlist::add_exact(std::string name) {
  filter_.set(bit_of(hash_backwards(name)));
  exact_.insert(std::move(name));
}

Watchlist::Suffix& Watchlist::add_suffix(std::string suffix) {
  filter_.set(bit_of(hash_backwards(suffix)));
  return suffixes_[std::move(suffix)];
}

bool Watchlist::may_have(Span name) const {
  size_t left = name.size;
  if (left > 0 && name.data[left - 1] == '.') --left;
  uint32_t hash = kHashStart;
  while (left > 0) {
    hash = hash_before(hash, lower(static_cast<char>(name.data[--left])));
    const bool is_suffix = left == 0 || name.data[left - 1] == '.';
    if (is_suffix && filter_.test(bit_of(hash))) return true;
  }
  return false;
}

bool Watchlist::has_name(Span name) const {
  if (name.size == 0 || name.size > kMaxNameBytes) return false;
  const bool may_be_listed = may_have(name);
  if (!may_be_listed && fronts_.empty() && loose_globs_.empty()) return false;
  char buffer[kMaxNameBytes];
  for (size_t i = 0; i < name.size; ++i) buffer[i] = lower(static_cast<char>(name.data[i]));
  std::string_view text(buffer, name.size);
  if (text.back() == '.') text.remove_suffix(1);
  if (text.empty()) return false;
  return (may_be_listed && is_listed(text)) || has_front(text) || has_loose_glob(text);
}

bool Watchlist::is_listed(std::string_view text) const {
  if (exact_.find(text) != exact_.end()) return true;
  if (suffixes_.empty()) return false;
  for (std::string_view rest = text;;) {
    const auto found = suffixes_.find(rest);
    if (found != suffixes_.end()) {
      if (found->second.all) return true;
      for (const std::string& glob : found->second.globs) {
        if (glob_matches(glob, text)) return true;
      }
    }
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return false;
    rest.remove_prefix(dot + 1);
  }
}

bool Watchlist::has_front(std::string_view text) const {
  if (fronts_.empty()) return false;
  uint32_t hash = kHashStart;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && front_filter_.test(bit_of(hash)) && fronts_.find(text.substr(0, i)) != fronts_.end())
      return true;
    hash = hash_before(hash, text[i]);
  }
  return false;
}

bool Watchlist::has_loose_glob(std::string_view text) const {
  for (const std::string& glob : loose_globs_) {
    if ((glob[0] == '*' || glob[0] == text[0]) && glob_matches(glob, text)) return true;
  }
  return false;
}

bool Watchlist::has_cipher_of(std::string_view ja4) const {
  constexpr size_t kCipherHashCharacters = 12;
  const size_t at = ja4.find('_');
  if (at == std::string_view::npos || ja4.size() < at + 1 + kCipherHashCharacters) return false;
  return ciphers_.find(ja4.substr(at + 1, kCipherHashCharacters)) != ciphers_.end();
}

Span Watchlist::agent_product(Span user_agent) const {
  for (const std::string& agent : agents_) {
    if (agent.size() > user_agent.size) continue;
    size_t same = 0;
    while (same < agent.size() && lower(static_cast<char>(user_agent.data[same])) == agent[same]) ++same;
    if (same < agent.size()) continue;
    size_t length = 0;
    while (length < user_agent.size && length < kMaxAgentBytes && user_agent.data[length] > ' ' &&
           user_agent.data[length] < 0x7f) {
      ++length;
    }
    return Span{user_agent.data, length};
  }
  return Span{};
}

}  // namespace wiretally

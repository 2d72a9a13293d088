// OrderedMap: a hash map that iterates in the order of insertion, like a JavaScript Map.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>

#include "address.h"

namespace wiretally {

template <typename Value, typename Key = uint64_t, typename Hash = NumberHash>
class OrderedMap {
 public:
  using Entry = std::pair<const Key, Value>;
  using List = std::list<Entry>;

  Value* find(const Key& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }
  bool contains(const Key& key) const { return index_.contains(key); }
  size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }

  // Appends the entry. If the key exists, replaces its value in place.
  Value* put(const Key& key, Value value) {
    if (Value* existing = find(key)) {
      *existing = std::move(value);
      return existing;
    }
    entries_.emplace_back(key, std::move(value));
    index_.emplace(key, std::prev(entries_.end()));
    return &entries_.back().second;
  }
  void move_to_back(const Key& key) {
    const auto found = index_.find(key);
    if (found != index_.end()) entries_.splice(entries_.end(), entries_, found->second);
  }
  bool erase(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    entries_.erase(found->second);
    index_.erase(found);
    return true;
  }
  // Returns the first inserted entry. The map must not be empty.
  Entry& front() { return entries_.front(); }

  // `visit` may erase its own entry only.
  template <typename Visit>
  void for_each(Visit visit) {
    for (auto at = entries_.begin(); at != entries_.end();) {
      Entry& entry = *at++;
      visit(entry.first, entry.second);
    }
  }

 private:
  List entries_;
  std::unordered_map<Key, typename List::iterator, Hash> index_;
};

}  // namespace wiretally

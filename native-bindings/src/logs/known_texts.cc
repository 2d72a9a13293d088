#include "known_texts.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

uint64_t KnownTexts::hash_of(TextKind kind, Span text) {
  constexpr uint64_t kPrime = 0x9e3779b97f4a7c15;
  uint64_t hash = (static_cast<uint64_t>(kind) << 32 | text.size) * kPrime;
  for (size_t at = 0; at < text.size; at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data + at, std::min(sizeof word, text.size - at));
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  }
  return hash == 0 ? 1 : hash;
}

size_t KnownTexts::place_of(uint64_t hash, Span text) const {
  const size_t mask = entries_.size() - 1;
  size_t at = hash & mask;
  for (; entries_[at].hash != 0; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    const bool is_same = entry.hash == hash && entry.length == text.size;
    if (is_same && std::equal(text.data, text.data + text.size, bytes_.data() + entry.start)) break;
  }
  return at;
}

const KnownText* KnownTexts::find(TextKind kind, Span text) const {
  if (entries_.empty()) return nullptr;
  const uint64_t hash = hash_of(kind, text);
  const Entry& entry = entries_[place_of(hash, text)];
  return entry.hash == 0 ? nullptr : &entry.known;
}

void KnownTexts::set(TextKind kind, Span text, const KnownText& known) {
  if (text.size > kMaxLength) return;
  if (count_ == kMaxTexts) clear();
  if (2 * (count_ + 1) > entries_.size()) grow();
  const uint64_t hash = hash_of(kind, text);
  Entry& entry = entries_[place_of(hash, text)];
  if (entry.hash == 0) {
    entry.hash = hash;
    entry.start = static_cast<uint32_t>(bytes_.size());
    entry.length = static_cast<uint32_t>(text.size);
    bytes_.insert(bytes_.end(), text.data, text.data + text.size);
    ++count_;
  }
  entry.known = known;
}

void KnownTexts::clear() {
  entries_.clear();
  bytes_.clear();
  count_ = 0;
}

size_t KnownIp4::place_of(uint32_t number) const {
  const size_t mask = entries_.size() - 1;
  size_t at = ((number ^ (number >> 15)) * 0x9e3779b1) & mask;
  while (entries_[at].flags != 0 && entries_[at].hash != number) at = (at + 1) & mask;
  return at;
}

const KnownText* KnownIp4::find(uint32_t number) const {
  if (entries_.empty()) return nullptr;
  const KnownText& entry = entries_[place_of(number)];
  return entry.flags == 0 ? nullptr : &entry;
}

void KnownIp4::set(const KnownText& known) {
  if (count_ == kMaxAddresses) clear();
  if (2 * (count_ + 1) > entries_.size()) {
    std::vector<KnownText> before(entries_.empty() ? kFirstPlaces : 2 * entries_.size());
    before.swap(entries_);
    for (const KnownText& entry : before) {
      if (entry.flags != 0) entries_[place_of(entry.hash)] = entry;
    }
  }
  KnownText& entry = entries_[place_of(known.hash)];
  if (entry.flags == 0) ++count_;
  entry = known;
}

void KnownIp4::clear() {
  entries_.clear();
  count_ = 0;
}

bool parse_ip4(Span text, uint32_t* number) {
  constexpr size_t kShortest = 7;
  constexpr size_t kLongest = 15;
  if (text.size < kShortest || text.size > kLongest) return false;
  *number = 0;
  uint32_t part = 0;
  size_t digits = 0;
  size_t dots = 0;
  for (size_t i = 0; i < text.size; ++i) {
    const uint8_t byte = text.data[i];
    if (byte >= '0' && byte <= '9' && (part > 0 || digits == 0)) {
      part = part * 10 + byte - '0';
      ++digits;
      if (part > 255) return false;
    } else if (byte == '.' && digits > 0) {
      *number = (*number << 8) | part;
      part = 0;
      digits = 0;
      ++dots;
    } else {
      return false;
    }
  }
  *number = (*number << 8) | part;
  return dots == 3 && digits > 0;
}

void KnownTexts::grow() {
  std::vector<Entry> before(entries_.empty() ? kFirstPlaces : 2 * entries_.size());
  before.swap(entries_);
  const size_t mask = entries_.size() - 1;
  for (const Entry& entry : before) {
    if (entry.hash == 0) continue;
    size_t at = entry.hash & mask;
    while (entries_[at].hash != 0) at = (at + 1) & mask;
    entries_[at] = entry;
  }
}

}  // namespace wiretally

// FingerprintCache: finds fingerprints by the lists that they are computed from.
#include "fingerprint_cache.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "../base/uninitialized.h"
#include "grease.h"

namespace wiretally {

namespace {

constexpr size_t kEntries = 256;
// The lists of real hellos take up to 250 bytes; longer ones are hashed each time.
constexpr size_t kMaxKeyBytes = 480;
constexpr uint16_t kAnyGrease = 0x0a0a;

// The input of ja3() and ja4(), each list after its length. GREASE values vary from hello to hello
// and only their position matters; all are mapped to one.
class Key {
 public:
  explicit Key(const ClientHello& hello) {
    put(static_cast<uint16_t>(hello.protocol));
    put(hello.has_sni_extension ? 1 : 0);
    put(hello.legacy_version);
    put_values(hello.ciphers);
    put(hello.extension_count);
    for (size_t i = 0; i < hello.extension_count; ++i) put_value(hello.extension_types[i]);
    put_values(hello.groups);
    put_values(hello.signature_algorithms);
    put_values(hello.supported_versions);
    put_bytes(hello.point_formats);
    put_bytes(hello.alpn);
    while (size_ % sizeof(uint64_t) != 0) bytes_[size_++] = 0;
  }

  bool fits() const { return fits_; }
  const uint8_t* data() const { return bytes_; }
  size_t size() const { return size_; }

  uint64_t hash() const {
    uint64_t hash = size_;
    for (size_t at = 0; at < size_; at += sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, bytes_ + at, sizeof word);
      hash = (hash ^ word) * 0xff51afd7ed558ccd;
      hash ^= hash >> 32;
    }
    return hash;
  }

 private:
  bool has_room(size_t count) {
    if (size_ + count > kMaxKeyBytes) fits_ = false;
    return fits_;
  }
  void put(uint16_t value) {
    if (!has_room(sizeof value)) return;
    std::memcpy(bytes_ + size_, &value, sizeof value);
    size_ += sizeof value;
  }
  void put_value(uint16_t value) { put(is_grease(value) ? kAnyGrease : value); }
  void put_values(Span values) {
    put(static_cast<uint16_t>(values.size));
    const size_t count = values.size / 2;
    if (!has_room(2 * count)) return;
    for (size_t i = 0; i < count; ++i) {
      uint16_t value = static_cast<uint16_t>(values.data[2 * i] << 8 | values.data[2 * i + 1]);
      if (is_grease(value)) value = kAnyGrease;
      std::memcpy(bytes_ + size_ + 2 * i, &value, sizeof value);
    }
    size_ += 2 * count;
  }
  void put_bytes(Span bytes) {
    put(static_cast<uint16_t>(bytes.size));
    if (!has_room(bytes.size) || bytes.size == 0) return;
    std::memcpy(bytes_ + size_, bytes.data, bytes.size);
    size_ += bytes.size;
  }

  uint8_t bytes_[kMaxKeyBytes + sizeof(uint64_t)];
  size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace

struct FingerprintCache::Entry {
  uint16_t key_size = 0;  // 0: empty
  bool has_text = false;
  uint8_t key[kMaxKeyBytes];
  std::shared_ptr<const Fingerprint> print;
  std::string ja3_text;
};

FingerprintCache::FingerprintCache() = default;
FingerprintCache::~FingerprintCache() = default;

std::shared_ptr<const Fingerprint> FingerprintCache::hash(const ClientHello& hello, Span* ja3_text) {
  auto print = std::make_shared<Fingerprint>();
  if (ja3_text == nullptr) {
    fingerprint(hello, print.get(), nullptr, nullptr);
    return print;
  }
  if (text_ == nullptr) text_ = make_uninitialized<char>(kMaxJa3Text);
  size_t length = 0;
  fingerprint(hello, print.get(), text_.get(), &length);
  *ja3_text = {reinterpret_cast<const uint8_t*>(text_.get()), std::min(length, kMaxJa3Text)};
  return print;
}

std::shared_ptr<const Fingerprint> FingerprintCache::find(const ClientHello& hello, Span* ja3_text) {
  const Key key(hello);
  if (!key.fits() || key.size() > kMaxKeyBytes) return hash(hello, ja3_text);
  if (entries_ == nullptr) entries_ = std::make_unique<Entry[]>(kEntries);
  Entry& entry = entries_[key.hash() % kEntries];
  const bool is_same = entry.key_size == key.size() && std::memcmp(entry.key, key.data(), key.size()) == 0;
  if (!is_same || (ja3_text != nullptr && !entry.has_text)) {
    entry.print = hash(hello, ja3_text);
    entry.key_size = static_cast<uint16_t>(key.size());
    std::memcpy(entry.key, key.data(), key.size());
    entry.has_text = ja3_text != nullptr;
    if (entry.has_text) entry.ja3_text.assign(reinterpret_cast<const char*>(ja3_text->data), ja3_text->size);
  }
  if (ja3_text != nullptr) *ja3_text = {reinterpret_cast<const uint8_t*>(entry.ja3_text.data()), entry.ja3_text.size()};
  return entry.print;
}

}  // namespace wiretally

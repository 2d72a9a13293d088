#include "waiting_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wiretally {

namespace {

// Field, how it is written, and length of a value.
constexpr size_t kHead = 2 + sizeof(uint32_t);

}  // namespace

const WaitingRow* WaitingRows::find(const std::string& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? nullptr : &found->second;
}

void WaitingRows::add(const std::string& key, size_t form, std::string packed) {
  rows_.try_emplace(key, WaitingRow{serial_++, form, std::move(packed)});
}

std::vector<WaitingRow> WaitingRows::take_all() {
  std::vector<WaitingRow> all;
  all.reserve(rows_.size());
  for (auto& [_, row] : rows_) all.push_back(std::move(row));
  rows_.clear();
  std::sort(all.begin(), all.end(), [](const WaitingRow& a, const WaitingRow& b) { return a.serial < b.serial; });
  return all;
}

std::string pack_fields(Span line, const FieldPlaces& places) {
  size_t size = 0;
  for (size_t field = 0; field < places.count; ++field) {
    if (places.written[field] != 0) size += kHead + static_cast<size_t>(places.ends[field] - places.starts[field]);
  }
  std::string packed;
  if (size > WaitingRows::kMaxPacked) return packed;
  packed.reserve(size);
  for (size_t field = 0; field < places.count; ++field) {
    if (places.written[field] == 0) continue;
    const auto start = static_cast<size_t>(places.starts[field]);
    const auto length = static_cast<uint32_t>(places.ends[field]) - static_cast<uint32_t>(start);
    packed.push_back(static_cast<char>(field));
    packed.push_back(static_cast<char>(places.written[field]));
    for (size_t i = 0; i < sizeof length; ++i) packed.push_back(static_cast<char>(length >> (8 * i)));
    packed.append(reinterpret_cast<const char*>(line.data + start), length);
  }
  return packed;
}

void unpack_fields(const std::string& packed, const FieldPlaces& places) {
  std::fill_n(places.written, places.count, uint8_t{0});
  for (size_t at = 0; packed.size() - at >= kHead;) {
    const size_t field = static_cast<uint8_t>(packed[at]);
    uint32_t length = 0;
    for (size_t i = 0; i < sizeof length; ++i) {
      length |= static_cast<uint32_t>(static_cast<uint8_t>(packed[at + 2 + i])) << (8 * i);
    }
    const size_t start = at + kHead;
    if (field >= places.count || length > packed.size() - start) return;
    places.starts[field] = static_cast<int32_t>(start);
    places.ends[field] = static_cast<int32_t>(start + length);
    places.written[field] = static_cast<uint8_t>(packed[at + 1]);
    at = start + length;
  }
}

}  // namespace wiretally

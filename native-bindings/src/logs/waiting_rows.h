// WaitingRows: rows of connections that came before the rows with their names, as src/reading/logs/early-rows.ts keeps others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "../base/cursor.h"
#include "field_scanner.h"

namespace wiretally {

// `packed`: the values of the row, as Fields.pack of src/reading/logs/fields.ts writes them.
struct WaitingRow {
  uint64_t serial = 0;
  size_t form = 0;
  std::string packed;
};

class WaitingRows {
 public:
  // Waiting rows of both sides. More are not kept.
  static constexpr int32_t kMaxRows = 65'536;
  // Longer ones are not kept.
  static constexpr size_t kMaxPacked = 2048;

  bool has(const std::string& key) const { return rows_.contains(key); }
  // Null for none. Valid until the row is removed.
  const WaitingRow* find(const std::string& key) const;
  void add(const std::string& key, size_t form, std::string packed);
  void remove(const std::string& key) { rows_.erase(key); }
  size_t size() const { return rows_.size(); }
  // All rows in the order in which they came; none is left.
  std::vector<WaitingRow> take_all();

 private:
  std::unordered_map<std::string, WaitingRow> rows_;
  uint64_t serial_ = 0;
};

// The values of a row as one text; empty for one that is too long.
std::string pack_fields(Span line, const FieldPlaces& places);
// Places of the values in `packed`, which pack_fields made.
void unpack_fields(const std::string& packed, const FieldPlaces& places);

}  // namespace wiretally

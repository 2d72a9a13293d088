// FieldScanner: finds the wanted fields of one log line in place. A line of JSON has some forty values, of which a reader
// needs ten; the others are stepped over here.
// Sources: RFC 8259; RFC 4180; W3C, "Extended Log File Format" (WD-logfile-960323); ArcSight, "Common Event Format" rev. 16
// §"Header information" and §"Character encoding"; IBM, "Log Event Extended Format" version 2 §"LEEF event components", whose
// version 1 some products write with "|" between attributes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "../base/cursor.h"

namespace wiretally {

// Receives the values of a line, by field. The memory belongs to the caller; each has a place for each field.
struct FieldPlaces {
  int32_t* starts = nullptr;
  int32_t* ends = nullptr;
  uint8_t* written = nullptr;  // Written; kAbsent for all fields before a line is read
  size_t count = 0;

  FieldPlaces at_line(size_t line) const {
    return {starts + line * count, ends + line * count, written + line * count, count};
  }
};

enum class Written : uint8_t { kAbsent = 0, kPlain = 1, kEscaped = 2, kList = 3, kObject = 4 };

// Why a line is ignored; src/reading/logs/split-line.ts has their texts.
enum class LineFault : uint8_t {
  kNone,
  kNoObject,
  kCut,
  kTooDeep,
  kOpenQuote,
  kMoreColumns,
  kFewerColumns,
  kNoPair,
  kNoHeader,
  kCutHeader,
};

// Form of the pairs of a line: `mark` is between key and value.
struct PairForm {
  uint8_t separator = ' ';
  uint8_t mark = '=';
};

// Fields of the columns in one kind of line, -1 for other columns. A line has this kind if the column at `place` has one
// of `texts`; without texts, every line has it.
struct ColumnForm {
  size_t place = 0;
  std::vector<std::string> texts;
  std::vector<int16_t> columns;
};

// Form of the cells in a line of Zeek: a cell that is `unset` or `empty` is absent. No byte is -1.
struct CellForm {
  int separator = '\t';
  Span unset;
  Span empty;
};

class FieldScanner {
 public:
  // `is_ranked`: of several values in a line, that of the name with the lowest rank counts, and "-" is absent; else the last one.
  FieldScanner(FieldPlaces places, bool is_ranked) : places_(places), ranks_(places.count), is_ranked_(is_ranked) {}

  // The values of the next line go there: as many places as before.
  void set_places(FieldPlaces places) { places_ = places; }

  // A name in its plain form: lower case, with "_" for ".", "$", "/", "-" and a space.
  void add_name(std::string_view name, size_t field, uint32_t rank);

  // Each reads a line that begins at `start` and is the rest of `bytes`; places are those in `bytes`.

  // One object is the whole line. Lists, and objects without a wanted field, are not entered.
  LineFault json(Span bytes, size_t start);

  // Values in the order of `columns`: fields, -1 for others. A quoted value may hold the separator. `has_more`: a line may
  // have more columns, or fewer.
  LineFault columns(Span bytes, size_t start, uint8_t separator, const int16_t* columns, size_t count, bool has_more);

  // The same by the first of the forms that the line has.
  LineFault columns(Span bytes, size_t start, uint8_t separator, const std::vector<ColumnForm>& forms, bool has_more);

  // The same without quotes and spaces around values.
  LineFault cells(Span bytes, size_t start, const CellForm& form, const int16_t* columns, size_t count);

  // `key=value key="a value"`, apart from each other by one separator; text in front of the first key is of no use.
  LineFault pairs(Span bytes, size_t start, PairForm form);

  // "CEF:0|vendor|product|version|class|name|severity|key=value …", "LEEF:2.0|vendor|product|version|event|delimiter|…".
  LineFault header(Span bytes, size_t start);

 private:
  static constexpr size_t kFirstPlaces = 256;

  // `field` is -1 in a free place.
  struct Name {
    uint32_t hash = 0;
    int32_t field = -1;
    uint32_t rank = 0;
  };

  size_t skip_space(size_t at) const;
  // `at`: behind the opening quote, then behind the closing one.
  bool read_key(size_t* at, uint32_t path, uint32_t* hash) const;
  // The same for a string that is no key.
  bool skip_string(size_t* at, bool* is_escaped) const;
  // Steps over a list, or an object that is not entered. `depth`: of the objects around it.
  LineFault skip_nested(size_t* at, size_t depth) const;
  // Steps over a value that is no object to enter, and sets its field.
  LineFault read_value(size_t* at, uint32_t hash, size_t depth);
  // An empty value replaces no other one.
  void set_found(uint32_t hash, size_t start, size_t end, Written written);
  // The place of the name with this hash, or the free one where it belongs.
  size_t name_place(uint32_t hash) const;
  // -1 for a name that is not wanted, and where the field has the value of a preferred name.
  int place(uint32_t hash);
  void set(int field, size_t start, size_t end, Written written);
  // Sets a value without its quotes and the spaces around it; an empty one and "-" are absent.
  void set_trimmed(int field, size_t start, size_t end);
  // The same for a cell of CSV, in which a quote is written twice.
  void set_unquoted(int field, size_t start, size_t end);
  bool read_pairs(size_t start, PairForm form);
  void read_extension(size_t start);
  void read_attributes(size_t start, bool may_name_delimiter);
  // A key with ":" and a quoted value.
  bool begins_pair(size_t at) const;
  bool is_at(size_t at, uint8_t byte) const { return at < line_.size && line_.data[at] == byte; }

  FieldPlaces places_;
  std::vector<uint32_t> ranks_;  // Rank of the name of each field's value.
  bool is_ranked_;
  // Names by hash, which two of the few wanted ones never share: a power of two, of which at most a quarter is taken, because most
  // keys are no wanted names.
  std::vector<Name> names_ = std::vector<Name>(kFirstPlaces);
  size_t name_count_ = 0;
  std::unordered_set<uint32_t> paths_;  // hashes of what stands before the parts of names
  Span line_;                           // the bytes that end with the line
};

}  // namespace wiretally

#include "field_scanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace wiretally {

namespace {

// Documents of sensors have at most six levels.
constexpr size_t kMaxDepth = 32;
// Headers of syslog in front of CEF and LEEF are shorter.
constexpr size_t kMaxPrefix = 512;
constexpr uint32_t kHashStart = 0x811c9dc5;

// Bytes of names in their plain form.
constexpr std::array<uint8_t, 256> kPlainBytes = [] {
  std::array<uint8_t, 256> plain{};
  for (size_t i = 0; i < plain.size(); ++i) {
    const bool is_upper = i >= 'A' && i <= 'Z';
    const bool is_mark = i == '.' || i == '$' || i == '/' || i == '-' || i == ' ';
    plain[i] = static_cast<uint8_t>(is_mark ? '_' : is_upper ? i + 32 : i);
  }
  return plain;
}();

// FNV-1a over the plain form.
uint32_t hash_byte(uint32_t hash, uint8_t byte) { return (hash ^ kPlainBytes[byte]) * 0x01000193; }

bool is_literal(uint8_t byte) {
  return byte > 0x20 && byte != ',' && byte != '}' && byte != ']' && byte != ':' && byte != '"';
}

bool is_word(uint8_t byte) {
  const int letter = byte | 0x20;
  return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

int hex_value(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const int letter = byte | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The character of the escape whose letter is at `at`, which ends on the last byte of it; -1: JSON has no such escape.
int escaped_unit(Span key, size_t* at) {
  switch (key.data[*at]) {
    case '"':
    case '\\':
    case '/': return key.data[*at];
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return -1;
  }
  if (key.size - *at < 5) return -1;
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(key.data[++*at]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// Hash of the key that one with escapes stands for; `path` for one that JSON does not allow, which is no name.
uint32_t hash_escaped(Span key, uint32_t path) {
  uint32_t hash = path;
  for (size_t at = 0; at < key.size; ++at) {
    int unit = key.data[at];
    if (unit < 0x20 || (unit == '\\' && ++at == key.size)) return path;
    if (unit == '\\') unit = escaped_unit(key, &at);
    if (unit < 0) return path;
    // No name has other characters than those of ASCII.
    hash = hash_byte(hash, static_cast<uint8_t>(unit < 0x80 ? unit : 0xff));
  }
  return hash;
}

// The same as in src/reading/logs/gateways/line.ts: quotes may stand around the column, and commas in others with quotes.
bool has_form(Span line, size_t start, const ColumnForm& form) {
  if (form.texts.empty()) return true;
  const uint8_t* data = line.data;
  size_t at = start;
  size_t column = 0;
  bool is_quoted = false;
  for (; at < line.size && column < form.place; ++at) {
    if (data[at] == '"') {
      is_quoted = !is_quoted;
    } else if (data[at] == ',' && !is_quoted) {
      ++column;
    }
  }
  if (column < form.place) return false;
  while (at < line.size && data[at] == ' ') ++at;
  if (at < line.size && data[at] == '"') ++at;
  return std::any_of(form.texts.begin(), form.texts.end(), [&](const std::string& text) {
    if (line.size - at < text.size() || !std::equal(text.begin(), text.end(), data + at)) return false;
    const size_t behind = at + text.size();
    return behind == line.size || data[behind] == ',' || data[behind] == '"';
  });
}

// "|", "^", "x09" or "0x09".
uint8_t parse_delimiter(Span text) {
  if (text.size == 0) return '\t';
  size_t at = text.size > 1 && text.data[0] == '0' ? 1 : 0;
  const size_t digits = text.size - at - 1;
  if ((text.data[at] | 0x20) != 'x' || digits < 1 || digits > 2) return text.data[0];
  int number = 0;
  while (++at < text.size) {
    const int digit = hex_value(text.data[at]);
    if (digit < 0) return text.data[0];
    number = number * 16 + digit;
  }
  return static_cast<uint8_t>(number);
}

}  // namespace

void FieldScanner::add_name(std::string_view name, size_t field, uint32_t rank) {
  if (field >= places_.count) return;
  uint32_t hash = kHashStart;
  for (const char letter : name) {
    hash = hash_byte(hash, static_cast<uint8_t>(letter));
    if (letter == '_') paths_.insert(hash);
  }
  if (4 * (name_count_ + 1) > names_.size()) {
    std::vector<Name> before(2 * names_.size());
    before.swap(names_);
    for (const Name& known : before) {
      if (known.field >= 0) names_[name_place(known.hash)] = known;
    }
  }
  Name& known = names_[name_place(hash)];
  if (known.field >= 0) return;
  known = {hash, static_cast<int32_t>(field), rank};
  ++name_count_;
}

size_t FieldScanner::name_place(uint32_t hash) const {
  const size_t mask = names_.size() - 1;
  size_t at = hash & mask;
  while (names_[at].field >= 0 && names_[at].hash != hash) at = (at + 1) & mask;
  return at;
}

int FieldScanner::place(uint32_t hash) {
  const Name& known = names_[name_place(hash)];
  const int field = known.field;
  const uint32_t rank = known.rank;
  if (field < 0) return -1;
  const auto at = static_cast<size_t>(field);
  const bool has_text = places_.written[at] != 0 && places_.ends[at] > places_.starts[at];
  if (is_ranked_ && has_text && ranks_[at] < rank) return -1;
  ranks_[at] = rank;
  return field;
}

void FieldScanner::set(int field, size_t start, size_t end, Written written) {
  const auto at = static_cast<size_t>(field);
  places_.starts[at] = static_cast<int32_t>(start);
  places_.ends[at] = static_cast<int32_t>(end);
  places_.written[at] = static_cast<uint8_t>(written);
}

size_t FieldScanner::skip_space(size_t at) const {
  while (at < line_.size && line_.data[at] <= 0x20) ++at;
  return at;
}

bool FieldScanner::skip_string(size_t* at, bool* is_escaped) const {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint8_t* data = line_.data;
  size_t i = *at;
  for (;;) {
    // Eight bytes at once: the lowest byte that is a quote or a backslash.
    for (uint64_t word = 0; line_.size - i >= sizeof word; i += sizeof word) {
      std::memcpy(&word, data + i, sizeof word);
      const uint64_t quotes = word ^ (kOnes * '"');
      const uint64_t slashes = word ^ (kOnes * '\\');
      const uint64_t found = (((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes)) & (kOnes << 7);
      if (found == 0) continue;
      i += static_cast<size_t>(std::countr_zero(found)) / 8;
      break;
    }
    while (i < line_.size && data[i] != '"' && data[i] != '\\') ++i;
    if (i >= line_.size) return false;
    if (data[i] == '"') break;
    *is_escaped = true;
    i += 2;
    if (i > line_.size) return false;
  }
  *at = i + 1;
  return true;
}

bool FieldScanner::read_key(size_t* at, uint32_t path, uint32_t* hash) const {
  const size_t start = *at;
  *hash = path;
  for (size_t i = start; i < line_.size && line_.data[i] != '\\'; ++i) {
    if (line_.data[i] == '"') {
      *at = i + 1;
      return true;
    }
    *hash = hash_byte(*hash, line_.data[i]);
  }
  bool is_escaped = false;
  if (!skip_string(at, &is_escaped)) return false;
  *hash = hash_escaped({line_.data + start, *at - 1 - start}, path);
  return true;
}

LineFault FieldScanner::skip_nested(size_t* at, size_t depth) const {
  bool is_escaped = false;
  size_t inside = 0;
  for (size_t i = *at; i < line_.size;) {
    const uint8_t byte = line_.data[i++];
    if (byte == '"') {
      if (!skip_string(&i, &is_escaped)) break;
    } else if (byte == '[' || byte == '{') {
      if (++inside + depth > kMaxDepth) return LineFault::kTooDeep;
    } else if ((byte == ']' || byte == '}') && --inside == 0) {
      *at = i;
      return LineFault::kNone;
    }
  }
  return LineFault::kCut;
}

void FieldScanner::set_found(uint32_t hash, size_t start, size_t end, Written written) {
  if (is_ranked_ && end - start == 1 && line_.data[start] == '-') return;
  const int field = place(hash);
  if (field >= 0 && (end > start || places_.written[static_cast<size_t>(field)] == 0)) set(field, start, end, written);
}

LineFault FieldScanner::read_value(size_t* at, uint32_t hash, size_t depth) {
  const size_t start = *at;
  const uint8_t first = line_.data[start];
  if (first == '"') {
    bool is_escaped = false;
    if (!skip_string(&++*at, &is_escaped)) return LineFault::kCut;
    set_found(hash, start + 1, *at - 1, is_escaped ? Written::kEscaped : Written::kPlain);
  } else if (first == '{' || first == '[') {
    const bool is_object = first == '{';
    const LineFault fault = skip_nested(at, is_object ? depth : 0);
    if (fault != LineFault::kNone) return fault;
    set_found(hash, start, *at, is_object ? Written::kObject : Written::kList);
  } else {
    while (*at < line_.size && is_literal(line_.data[*at])) ++*at;
    if (*at == start) return LineFault::kNoObject;
    const bool is_null = *at - start == 4 && first == 'n';
    if (!is_null) set_found(hash, start, *at, Written::kPlain);
  }
  return LineFault::kNone;
}

LineFault FieldScanner::json(Span bytes, size_t start) {
  struct Object {
    uint32_t path = kHashStart;  // Hash of the keys above, with a "." behind each.
    uint32_t hash = 0;           // Hash of the key.
    size_t start = 0;
  };
  line_ = bytes;
  size_t at = skip_space(start);
  if (!is_at(at, '{')) return LineFault::kNoObject;
  ++at;
  std::array<Object, kMaxDepth> objects;
  objects[0] = {};
  size_t depth = 1;
  bool is_behind_comma = false;
  for (;;) {
    at = skip_space(at);
    if (at >= line_.size) return LineFault::kCut;
    bool is_entered = false;
    if (is_behind_comma || line_.data[at] != '}') {
      if (line_.data[at++] != '"') return LineFault::kNoObject;
      uint32_t hash = 0;
      if (!read_key(&at, objects[depth - 1].path, &hash)) return LineFault::kCut;
      at = skip_space(at);
      if (at >= line_.size) return LineFault::kCut;
      if (line_.data[at] != ':') return LineFault::kNoObject;
      at = skip_space(at + 1);
      if (at >= line_.size) return LineFault::kCut;
      const uint32_t path = hash_byte(hash, '.');
      is_entered = line_.data[at] == '{' && paths_.contains(path);
      if (is_entered) {
        if (depth == kMaxDepth) return LineFault::kTooDeep;
        objects[depth++] = {path, hash, at++};
      } else {
        const LineFault fault = read_value(&at, hash, depth);
        if (fault != LineFault::kNone) return fault;
        at = skip_space(at);
      }
    }
    while (!is_entered && is_at(at, '}')) {
      ++at;
      if (--depth == 0) return skip_space(at) == line_.size ? LineFault::kNone : LineFault::kNoObject;
      set_found(objects[depth].hash, objects[depth].start, at, Written::kObject);
      at = skip_space(at);
    }
    if (!is_entered && at >= line_.size) return LineFault::kCut;
    is_behind_comma = !is_entered;
    if (is_behind_comma && line_.data[at++] != ',') return LineFault::kNoObject;
  }
}

void FieldScanner::set_trimmed(int field, size_t start, size_t end) {
  const uint8_t* data = line_.data;
  while (start < end && data[start] == ' ') ++start;
  while (end > start && data[end - 1] == ' ') --end;
  if (end - start >= 2 && data[start] == '"' && data[end - 1] == '"') {
    ++start;
    --end;
  }
  if (end == start || (end - start == 1 && data[start] == '-')) return;
  set(field, start, end, Written::kPlain);
}

void FieldScanner::set_unquoted(int field, size_t start, size_t end) {
  while (start < end && line_.data[start] == '"') ++start;
  while (end > start && line_.data[end - 1] == '"') --end;
  set_trimmed(field, start, end);
}

LineFault FieldScanner::columns(Span bytes, size_t start, uint8_t separator, const int16_t* columns, size_t count,
                                bool has_more) {
  line_ = bytes;
  const uint8_t* data = bytes.data;
  const size_t end = bytes.size;
  size_t column = 0;
  for (size_t at = start; at <= end; ++at) {
    const size_t from = at;
    while (is_at(at, ' ') && separator != ' ') ++at;
    if (is_at(at, '"')) {
      // A quote inside is written twice.
      for (++at; at < end && (data[at] != '"' || is_at(at + 1, '"')); ++at) {
        if (data[at] == '"') ++at;
      }
      if (at >= end) return LineFault::kOpenQuote;
    }
    while (at < end && data[at] != separator) ++at;
    if (column >= count && has_more) continue;  // A quote without its end may be in any column.
    if (column >= count) return LineFault::kMoreColumns;
    const int field = columns[column++];
    if (field >= 0 && static_cast<size_t>(field) < places_.count) set_trimmed(field, from, at);
  }
  return column < count && !has_more ? LineFault::kFewerColumns : LineFault::kNone;
}

LineFault FieldScanner::columns(Span bytes, size_t start, uint8_t separator, const std::vector<ColumnForm>& forms,
                                bool has_more) {
  for (const ColumnForm& form : forms) {
    if (!has_form(bytes, start, form)) continue;
    return columns(bytes, start, separator, form.columns.data(), form.columns.size(), has_more);
  }
  return LineFault::kNoHeader;
}

LineFault FieldScanner::cells(Span bytes, size_t start, const CellForm& form, const int16_t* columns, size_t count) {
  const uint8_t* data = bytes.data;
  const auto is = [data](size_t from, size_t to, Span text) {
    return to - from == text.size && std::equal(data + from, data + to, text.data);
  };
  size_t column = 0;
  for (size_t at = start; at <= bytes.size; ++at) {
    const size_t from = at;
    while (at < bytes.size && data[at] != form.separator) ++at;
    if (column >= count) return LineFault::kMoreColumns;
    const int field = columns[column++];
    const bool is_wanted = field >= 0 && static_cast<size_t>(field) < places_.count;
    if (is_wanted && !is(from, at, form.unset) && !is(from, at, form.empty)) set(field, from, at, Written::kPlain);
  }
  return column < count ? LineFault::kFewerColumns : LineFault::kNone;
}

bool FieldScanner::read_pairs(size_t start, PairForm form) {
  const uint8_t* data = line_.data;
  const size_t end = line_.size;
  bool has_pair = false;
  bool is_quoted = false;  // the whole pair, as a cell of CSV
  uint32_t hash = kHashStart;
  for (size_t at = start; at < end;) {
    const uint8_t byte = data[at++];
    if (byte != form.mark) {
      const bool is_between = byte == form.separator || byte == ' ' || byte == '\t' || byte == '"';
      if (is_between) is_quoted = byte == '"';
      hash = is_between ? kHashStart : hash_byte(hash, byte);
      continue;
    }
    has_pair = true;
    const int field = place(hash);
    hash = kHashStart;
    const size_t from = at;
    if (is_quoted) {
      while (at < end && !(data[at] == '"' && (at + 1 == end || data[at + 1] == form.separator))) ++at;
      if (field >= 0) set_unquoted(field, from, at);
      is_quoted = false;
      continue;
    }
    if (is_at(at, '"')) {
      bool is_escaped = false;
      ++at;
      if (!skip_string(&at, &is_escaped)) at = end;
    } else {
      while (at < end && data[at] != form.separator && data[at] != '\t') ++at;
    }
    if (field >= 0) set_trimmed(field, from, at);
  }
  return has_pair;
}

bool FieldScanner::begins_pair(size_t at) const {
  const size_t start = at;
  while (at < line_.size && is_word(line_.data[at])) ++at;
  if (at == start || !is_at(at, ':')) return false;
  return is_at(at + 1, '"') || (is_at(at + 1, ':') && is_at(at + 2, '"'));
}

LineFault FieldScanner::pairs(Span bytes, size_t start, PairForm form) {
  line_ = bytes;
  // Pairs with ":" stand in brackets, because a time in front of them has it as well. Headers of syslog have other brackets.
  while (form.mark == ':' && start < line_.size && !(line_.data[start++] == '[' && begins_pair(start))) {
  }
  return read_pairs(start, form) ? LineFault::kNone : LineFault::kNoPair;
}

LineFault FieldScanner::header(Span bytes, size_t start) {
  // The start of CEF and LEEF, and behind each "|" of the header.
  constexpr size_t kLeefParts = 6;
  constexpr size_t kCefParts = 8;
  line_ = bytes;
  const uint8_t* data = bytes.data;
  const size_t end = bytes.size;
  const size_t last = std::min(end, start + kMaxPrefix + 5);
  const auto begins = [&](size_t at, std::string_view word) {
    return last - at >= word.size() && std::memcmp(data + at, word.data(), word.size()) == 0;
  };
  size_t from = start;
  while (from + 5 <= last && !begins(from, "CEF:") && !begins(from, "LEEF:")) ++from;
  if (from + 5 > last) return LineFault::kNoHeader;
  const bool is_leef = data[from] == 'L';
  const size_t most = is_leef ? kLeefParts : kCefParts;
  std::array<size_t, kCefParts> parts{from};
  size_t count = 1;
  for (size_t at = from; at < end && count < most; ++at) {
    if (data[at] == '\\') {
      ++at;
    } else if (data[at] == '|') {
      parts[count++] = at + 1;
    }
  }
  if (count <= (is_leef ? kLeefParts - 1 : kCefParts - 2)) return LineFault::kCutHeader;
  const auto set_part = [&](std::string_view name, size_t part) {
    uint32_t hash = kHashStart;
    for (const char letter : name) hash = hash_byte(hash, static_cast<uint8_t>(letter));
    const int field = place(hash);
    if (field >= 0) set_trimmed(field, parts[part], parts[part + 1] - 1);
  };
  set_part(is_leef ? "header.event" : "header.class", 4);
  if (!is_leef) set_part("header.name", 5);
  const size_t body = parts[count - 1];
  if (is_leef) {
    // Some products write version 2 without its delimiter.
    read_attributes(body, data[from + 5] == '2');
  } else {
    read_extension(body);
  }
  return LineFault::kNone;
}

void FieldScanner::read_attributes(size_t start, bool may_name_delimiter) {
  constexpr size_t kMaxDelimiter = 4;  // "0x09"
  const uint8_t* data = line_.data;
  const size_t end = line_.size;
  size_t at = start;
  while (may_name_delimiter && at < end && at - start < kMaxDelimiter && data[at] != '|') ++at;
  if (may_name_delimiter && is_at(at, '|')) {
    read_pairs(at + 1, {parse_delimiter({data + start, at - start}), '='});
    return;
  }
  const size_t left = end - start;
  const bool has_tab = left > 0 && std::memchr(data + start, '\t', left) != nullptr;
  const bool has_bar = left > 0 && std::memchr(data + start, '|', left) != nullptr;
  read_pairs(start, {static_cast<uint8_t>(has_tab || !has_bar ? '\t' : '|'), '='});
}

void FieldScanner::read_extension(size_t start) {
  const uint8_t* data = line_.data;
  const size_t end = line_.size;
  int field = -1;
  size_t from = start;
  size_t key = start;  // behind the last space: a value goes on to the space in front of the next key
  for (size_t at = start; at < end; ++at) {
    if (data[at] == '\\') {
      ++at;
    } else if (data[at] == ' ') {
      key = at + 1;
    } else if (data[at] == '=' && key >= from) {
      if (field >= 0 && key - 1 > from) set_trimmed(field, from, key - 1);
      uint32_t hash = kHashStart;
      for (size_t i = key; i < at; ++i) hash = hash_byte(hash, data[i]);
      field = place(hash);
      from = at + 1;
    }
  }
  if (field >= 0 && end > from) set_trimmed(field, from, end);
}

}  // namespace wiretally

#include "quoted_words.h"

#include <algorithm>
#include <array>

namespace wiretally {

namespace {

struct Member {
  std::string_view text;
  QuotedWord word;
};
struct Value {
  std::string_view text;
  QuotedWord member;
  QuotedWord word;
};

constexpr size_t kMembers = static_cast<size_t>(QuotedWord::kChat) - 1;

// Members are sorted by length, so that a text is compared only with those of its own length: hostile traffic may have
// many texts.
constexpr std::array<Member, kMembers> members_by_length() {
  std::array<Member, kMembers> members{{
#define WIRETALLY_ENTRY(name, text) {text, QuotedWord::k##name},
      WIRETALLY_MEMBERS(WIRETALLY_ENTRY)
#undef WIRETALLY_ENTRY
  }};
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return a.text.size() < b.text.size() || (a.text.size() == b.text.size() && a.word < b.word);
  });
  return members;
}

constexpr std::array<Member, kMembers> kByLength = members_by_length();
constexpr size_t kLongestMember = kByLength[kMembers - 1].text.size();

// Finds where the members of each length begin.
constexpr std::array<uint8_t, kLongestMember + 2> first_of_length() {
  std::array<uint8_t, kLongestMember + 2> first{};
  size_t at = 0;
  for (size_t length = 0; length < first.size(); ++length) {
    while (at < kMembers && kByLength[at].text.size() < length) ++at;
    first[length] = static_cast<uint8_t>(at);
  }
  return first;
}

constexpr std::array<uint8_t, kLongestMember + 2> kFirstOfLength = first_of_length();

constexpr Value kValues[] = {
#define WIRETALLY_ENTRY(name, member, text) {text, QuotedWord::k##member, QuotedWord::k##name},
    WIRETALLY_VALUES(WIRETALLY_ENTRY)
#undef WIRETALLY_ENTRY
};

QuotedWord member_of(std::string_view text) {
  // The MCP revision of July 2026 has its members below a prefix.
  constexpr std::string_view kPrefix = "io.modelcontextprotocol/";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  if (text.size() > kLongestMember) return QuotedWord::kNone;
  for (size_t at = kFirstOfLength[text.size()]; at < kFirstOfLength[text.size() + 1]; ++at) {
    if (kByLength[at].text == text) return kByLength[at].word;
  }
  return QuotedWord::kNone;
}

bool is_router_message(std::string_view text) {
  constexpr std::string_view kStart = "msg_";
  constexpr size_t kDigits = 13;  // milliseconds of the clock
  return text.size() == kStart.size() + kDigits && text.starts_with(kStart) &&
         std::all_of(text.begin() + kStart.size(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

QuotedWord value_of(QuotedWord member, std::string_view text) {
  if ((member == QuotedWord::kId || member == QuotedWord::kSessionId) && text.starts_with("ses_")) {
    return QuotedWord::kSessionValue;
  }
  if (member == QuotedWord::kId && is_router_message(text)) return QuotedWord::kRouterMessageValue;
  if (member == QuotedWord::kName && text.starts_with("Gemini ")) return QuotedWord::kGeminiValue;
  for (const Value& value : kValues) {
    if (value.member == member && value.text == text) return value.word;
  }
  return QuotedWord::kNone;
}

void note(QuotedWord word, WordSet* words) {
  if (word != QuotedWord::kNone) words->set(static_cast<size_t>(word));
}

bool is_mcp_method(QuotedWord word) { return word >= QuotedWord::kInitialize && word <= QuotedWord::kToolsCall; }

// The first method in a message of MCP is its own; another one is part of an argument.
bool has_mcp_method(const WordSet& words) {
  for (auto word = static_cast<size_t>(QuotedWord::kInitialize); word <= static_cast<size_t>(QuotedWord::kToolsCall);
       ++word) {
    if (words[word]) return true;
  }
  return false;
}

bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

void SoftwareVersion::read(std::string_view text) {
  constexpr uint32_t kMaxPart = 65'535;
  if (text.starts_with('v')) text.remove_prefix(1);
  SoftwareVersion found;
  size_t at = 0;
  for (; found.count < 3; ++at) {
    const size_t first = at;
    uint32_t number = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = number * 10 + static_cast<uint32_t>(text[at] - '0');
      if (number > kMaxPart) return;
    }
    if (at == first) return;
    found.parts[found.count++] = static_cast<uint16_t>(number);
    if (at == text.size() || text[at] != '.' || text.substr(at).starts_with(".post")) break;
  }
  const std::string_view suffix = text.substr(std::min(at, text.size()));
  const bool is_released = suffix.empty() || suffix.starts_with('+') || suffix.starts_with(".post");
  if (found.count >= 2 && is_released) *this = found;
}

// A text is the name of a member when a colon follows, else a value.
void QuotedWords::on_text(WordSet* words, SoftwareVersion* version) {
  if (member_ != QuotedWord::kNone && size_ <= kMaxText && !has_escape_) {
    const QuotedWord value = value_of(member_, text());
    if (!is_mcp_method(value) || !has_mcp_method(*words)) note(value, words);
    const bool is_version = member_ == QuotedWord::kVersion || member_ == QuotedWord::kQwenCodeVersion;
    if (is_version && version->count == 0) version->read(text());
  }
  member_ = QuotedWord::kNone;
}

void QuotedWords::read(Span bytes, WordSet* words, SoftwareVersion* version) {
  for (size_t i = 0; i < bytes.size; ++i) {
    const uint8_t c = bytes.data[i];
    switch (place_) {
      case Place::kBehind:
        if (is_space(c)) break;
        place_ = Place::kOutside;
        if (c == ':') {
          member_ = size_ <= kMaxText && !has_escape_ ? member_of(text()) : QuotedWord::kNone;
          note(member_, words);
          break;
        }
        on_text(words, version);
        [[fallthrough]];
      case Place::kOutside:
        if (c == '"') {
          place_ = Place::kText;
          size_ = 0;
          has_escape_ = false;
        } else if (c == ',' || c == '}' || c == '\n') {
          member_ = QuotedWord::kNone;
        }
        break;
      case Place::kText:
        if (c == '"') {
          place_ = Place::kBehind;
        } else if (c == '\\') {
          place_ = Place::kEscape;
          has_escape_ = true;
        } else if (c == '\n') {
          place_ = Place::kOutside;  // no JSON text has one
        } else if (size_ < kMaxText) {
          text_[size_++] = static_cast<char>(c);
        } else {
          size_ = kMaxText + 1;
        }
        break;
      case Place::kEscape: place_ = Place::kText; break;
    }
  }
}

}  // namespace wiretally

#include "dns_need.h"

#include <string_view>

namespace wiretally {

namespace {

// The zone is the last two labels, or three below a country: "example.co.uk".
constexpr size_t kZoneLabels = 2, kMaxSecondLevel = 3, kCountryCode = 2;
// Names of hosts below a zone are rarely longer; a quarter of their bytes counts as content.
constexpr uint32_t kHostBytes = 16, kHostShare = 4;

bool carries_text(uint16_t type) { return type == kDnsTypeTxt || type == kDnsTypeNull || type >= kFirstPrivateDnsType; }

// FNV-1a.
uint64_t hash_bytes(std::string_view bytes, uint64_t hash = 0xcbf29ce484222325) {
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return hash;
}

// Finds the start of the zone in the name.
size_t zone_start(std::string_view name) {
  const auto dot_before = [&](size_t end) { return end == 0 ? std::string_view::npos : name.rfind('.', end - 1); };
  size_t dot = name.size();
  for (size_t i = 0; i < kZoneLabels; ++i) {
    dot = dot_before(dot);
    if (dot == std::string_view::npos) return 0;
  }
  const size_t second = dot + 1, top = name.rfind('.') + 1;
  const bool is_public = name.size() - top == kCountryCode && top - 1 - second <= kMaxSecondLevel;
  if (!is_public) return second;
  const size_t before = dot_before(dot);
  return before == std::string_view::npos ? 0 : before + 1;
}

bool is_small_number(std::string_view label) {
  return label.size() <= 3 && label.find_first_not_of("0123456789") == std::string_view::npos;
}

// Counts bytes of content in the labels: an address in a name has a byte for each number, or half a byte for each
// digit.
uint32_t content_bytes(std::string_view labels) {
  uint32_t halves = 0;
  while (!labels.empty()) {
    const std::string_view label = labels.substr(0, labels.find('.'));
    halves += label.size() <= 1 ? 1 : is_small_number(label) ? 2 : static_cast<uint32_t>(2 * label.size());
    labels.remove_prefix(label.size() == labels.size() ? label.size() : label.size() + 1);
  }
  return (halves + 1) / 2;
}

}  // namespace

uint64_t mix_numbers(uint64_t a, uint64_t b) {
  const uint64_t mixed = (a ^ (b >> 32 | b << 32)) * 0x9e3779b97f4a7c15;
  return (mixed ^ mixed >> 29) * 0xff51afd7ed558ccd;
}

DnsNeed need_of(const DnsMessage& message, Span bytes) {
  const std::string_view name(message.query.text, message.query.length);
  const size_t start = zone_start(name);
  const uint32_t content = content_bytes(name.substr(0, start == 0 ? 0 : start - 1));
  DnsNeed need{hash_bytes(name.substr(start)), hash_bytes(name),
               content <= kHostBytes ? (content + kHostShare - 1) / kHostShare : content - kHostBytes + kHostShare, 0};
  if (!carries_text(message.query_type) && message.query_type != kDnsTypeAny) return need;
  DnsRecordReader reader(bytes, DnsRecordReader::Sections::kAnswers);
  for (DnsRecordView record; reader.next(&record);) {
    if (!carries_text(record.type)) continue;
    need.text_bytes += static_cast<uint32_t>(record.data.size);
    need.content = hash_bytes({reinterpret_cast<const char*>(record.data.data), record.data.size}, need.content);
  }
  return need;
}

}  // namespace wiretally

#include "tls_message.h"

#include <algorithm>

namespace wiretally {

namespace {

// The size of a browser hello: growing to it in steps took five per cent of a hello in two datagrams (measured).
constexpr size_t kFirstBytes = 2048;
constexpr size_t kFirstRanges = 16;

}  // namespace

MessageAssembly::Added MessageAssembly::add(uint64_t offset, Span piece) {
  if (offset < origin_) {
    const uint64_t known = origin_ - offset;
    if (known >= piece.size) return Added::kNothingNew;
    piece = Span{piece.data + known, piece.size - static_cast<size_t>(known)};
    offset = origin_;
  }
  if (piece.size == 0) return Added::kNothingNew;
  const uint64_t from = offset - origin_;
  if (from > bytes_.size() + kMaxGap || from + piece.size > kMaxBytes) return Added::kRefused;
  const auto begin = static_cast<uint32_t>(from);
  const auto end = static_cast<uint32_t>(from + piece.size);
  // These ranges overlap or touch the piece: [first, last).
  const auto first = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.end >= begin; });
  const auto last = std::find_if(first, ranges_.end(), [&](const Range& r) { return r.begin > end; });
  if (first == last) {
    if (ranges_.size() == kMaxRanges) return Added::kRefused;
    copy(begin, end, begin, piece);
    const auto at = first - ranges_.begin();
    if (ranges_.capacity() == 0) ranges_.reserve(kFirstRanges);
    ranges_.insert(ranges_.begin() + at, Range{begin, end});
    return Added::kNew;
  }
  uint32_t missing_from = begin;
  bool is_new = false;
  for (auto range = first; range != last; ++range) {
    if (missing_from < range->begin) {
      copy(missing_from, range->begin, begin, piece);
      is_new = true;
    }
    missing_from = std::max(missing_from, range->end);
  }
  if (missing_from < end) {
    copy(missing_from, end, begin, piece);
    is_new = true;
  }
  first->begin = std::min(first->begin, begin);
  first->end = std::max((last - 1)->end, end);
  ranges_.erase(first + 1, last);
  return is_new ? Added::kNew : Added::kNothingNew;
}

void MessageAssembly::copy(uint32_t begin, uint32_t end, uint32_t piece_begin, Span piece) {
  if (bytes_.capacity() < end) {
    const size_t wanted = std::max({size_t{end}, 2 * bytes_.capacity(), kFirstBytes});
    bytes_.reserve(std::min(kMaxBytes, wanted));
  }
  if (bytes_.size() < end) bytes_.resize(end);
  std::memcpy(bytes_.data() + begin, piece.data + (begin - piece_begin), end - begin);
}

Span MessageAssembly::prefix() const {
  if (ranges_.empty() || ranges_.front().begin != 0) return Span{};
  return Span{bytes_.data(), ranges_.front().end};
}

void MessageAssembly::consume(size_t count) {
  origin_ += count;
  if (count >= bytes_.size()) {
    give_back();
    return;
  }
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(count));
  const auto cut = static_cast<uint32_t>(count);
  std::erase_if(ranges_, [&](const Range& range) { return range.end <= cut; });
  for (Range& range : ranges_) {
    range.begin = range.begin < cut ? 0 : range.begin - cut;
    range.end -= cut;
  }
}

void MessageAssembly::clear() {
  origin_ = 0;
  give_back();
}

void MessageAssembly::give_back() {
  bytes_ = std::vector<uint8_t>();
  ranges_ = std::vector<Range>();
}

}  // namespace wiretally

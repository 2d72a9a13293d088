#include "stream_records.h"

#include <algorithm>
#include <cstring>

#include "../protocol/tls.h"

namespace wiretally {

namespace {

constexpr uint32_t kHeaderBytes = kTlsRecordHeaderBytes;
constexpr uint32_t kFullRecord = 16384 + 17 + kHeaderBytes;  // a full TLS 1.3 record on the wire

bool is_header(const uint8_t* p) {
  const uint32_t length = (uint32_t{p[3]} << 8) | p[4];
  return p[0] >= 20 && p[0] <= 23 && p[1] == 3 && p[2] <= 4 && length > 0 && length <= kMaxTlsRecordBytes;
}

// This many consecutive headers are no coincidence, and the search stops: a segment of only
// headers would be walked to its end from every byte.
constexpr int kEnoughHeaders = 4;

// In the middle of a stream only application data and alerts of TLS 1.2 and later are expected (RFC 8446 §5.1:
// legacy_record_version 0x0303): three fixed bytes and a length that leads on make a false hit rarer than 2^-26 a byte.
bool starts_header_chain(Span data, size_t at) {
  bool is_first = true;
  for (int i = 0; i < kEnoughHeaders && at + kHeaderBytes <= data.size; ++i) {
    const uint8_t* p = data.data + at;
    if (!is_header(p) || (is_first && (p[2] != 3 || (p[0] != 23 && p[0] != 21)))) return false;
    const uint32_t length = (uint32_t{p[3]} << 8) | p[4];
    if (p[0] == 23 && length < 17) return false;
    is_first = false;
    at += kHeaderBytes + length;
  }
  return !is_first;
}

}  // namespace

void RecordScanner::finish(int64_t ts_ns, ScannedRecord* record) {
  *record = ScannedRecord{type_, has_gap_, length_, 1, ts_ns};
  has_gap_ = false;
}

void RecordScanner::lose_sync(uint32_t unknown_bytes, int64_t ts_ns) {
  is_synced_ = false;
  left_ = 0;
  header_bytes_ = 0;
  unknown_ = unknown_bytes;
  unknown_ts_ns_ = ts_ns;
}

void RecordScanner::settle(ScannedRecord* record) {
  record->count = 0;
  if (is_synced_ || unknown_ <= kHeaderBytes) return;
  const uint32_t count = (unknown_ + kFullRecord - 1) / kFullRecord;
  *record = ScannedRecord{23, true, unknown_ - count * kHeaderBytes, count, unknown_ts_ns_};
  unknown_ = 0;
}

uint32_t RecordScanner::find_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record) {
  for (size_t at = 0; at + kHeaderBytes <= data.size; ++at) {
    if (!starts_header_chain(data, at)) continue;
    unknown_ += static_cast<uint32_t>(at);
    if (at > 0) unknown_ts_ns_ = ts_ns;
    settle(record);
    is_synced_ = true;
    unknown_ = 0;
    has_gap_ = false;
    // A caller needs progress: the header that was found is read immediately.
    return static_cast<uint32_t>(at);
  }
  unknown_ += extent;
  unknown_ts_ns_ = ts_ns;
  return extent;
}

uint32_t RecordScanner::read_header(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record) {
  const uint32_t wanted = kHeaderBytes - header_bytes_;
  const uint32_t available = static_cast<uint32_t>(std::min<size_t>(wanted, data.size));
  if (available > 0) memcpy(header_ + header_bytes_, data.data, available);
  header_bytes_ = static_cast<uint8_t>(header_bytes_ + available);
  if (header_bytes_ < kHeaderBytes) {
    if (extent == available) return available;
    lose_sync(header_bytes_ + extent - available, ts_ns);  // the snaplen cut into the header
    return extent;
  }
  header_bytes_ = 0;
  if (!is_header(header_)) {
    has_misread_ = true;
    lose_sync(kHeaderBytes, ts_ns);
    return available;
  }
  type_ = header_[0];
  length_ = left_ = (uint32_t{header_[3]} << 8) | header_[4];
  const uint32_t body = std::min(left_, extent - available);
  if (available + body > data.size) has_gap_ = true;
  left_ -= body;
  if (left_ == 0) finish(ts_ns, record);
  return available + body;
}

uint32_t RecordScanner::step(Span data, uint32_t extent, int64_t ts_ns, ScannedRecord* record) {
  record->count = 0;
  if (!is_synced_) {
    const uint32_t consumed = find_header(data, extent, ts_ns, record);
    if (consumed > 0 || !is_synced_) return consumed;
    if (record->count > 0) return 0;  // the stretch before the header ended exactly here
  }
  if (left_ == 0) return read_header(data, extent, ts_ns, record);
  const uint32_t body = std::min(left_, extent);
  if (body > data.size) has_gap_ = true;
  left_ -= body;
  if (left_ == 0) finish(ts_ns, record);
  return body;
}

uint32_t RecordScanner::skip(uint32_t count, int64_t ts_ns, ScannedRecord* record) {
  record->count = 0;
  if (count == 0) return 0;
  if (is_synced_ && left_ > 0) {
    const uint32_t body = std::min(left_, count);
    has_gap_ = true;
    left_ -= body;
    if (left_ == 0) finish(ts_ns, record);
    return count - body;
  }
  if (is_synced_) {
    lose_sync(header_bytes_ + count, ts_ns);
  } else {
    unknown_ += count;
    unknown_ts_ns_ = ts_ns;
  }
  return 0;
}

}  // namespace wiretally

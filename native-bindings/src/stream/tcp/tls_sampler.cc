#include "tls_sampler.h"

#include <algorithm>
#include <cstring>

#include "../../protocol/tls.h"

namespace wiretally {

namespace {

constexpr size_t kLongest = kTlsRecordHeaderBytes + kMaxTlsRecordBytes;

bool is_header(const uint8_t* bytes) {
  TlsRecordHeader header;
  return read_tls_record_header(Span{bytes, kTlsRecordHeaderBytes}, &header) && is_tls_record_header(header);
}

}  // namespace

void TlsSampler::begin() {
  if (state_ == State::kLost) return;
  *this = TlsSampler();
  state_ = State::kStarting;
}

void TlsSampler::on_segment(unsigned side, const Segment& segment) {
  if (!is_sampling() || segment.extent == 0) return;
  if (state_ == State::kStarting) {
    state_ = State::kSampling;
    side_ = static_cast<uint8_t>(side);
    next_ = segment.seq;
  }
  if (side != side_ || !seq_before(next_, segment.end())) return;
  const uint32_t repeated = seq_before(segment.seq, next_) ? next_ - segment.seq : 0;
  if (seq_before(next_, segment.seq)) {
    bytes_ = 0;
    std::memset(kept_, 0, sizeof kept_);
  }
  next_ = segment.end();
  const size_t skipped = std::min<size_t>(repeated, segment.data.size);
  const Span bytes{segment.data.data + skipped, segment.data.size - skipped};
  if (segment.data.size < segment.extent || holds_header(bytes)) {
    state_ = State::kFound;
    return;
  }
  keep_end(bytes);
  const size_t sum = bytes_ + bytes.size;
  if (sum > kLongest) lose();
  bytes_ = static_cast<uint16_t>(std::min<size_t>(sum, UINT16_MAX));
}

bool TlsSampler::holds_header(Span bytes) const {
  uint8_t seam[2 * kKeptBytes] = {};
  std::memcpy(seam, kept_, sizeof kept_);
  for (size_t i = 0; i < std::min<size_t>(bytes.size, kKeptBytes); ++i) seam[kKeptBytes + i] = bytes.data[i];
  for (size_t at = 0; at + kTlsRecordHeaderBytes <= sizeof seam; ++at) {
    if (is_header(seam + at)) return true;
  }
  for (size_t at = 0; at + kTlsRecordHeaderBytes <= bytes.size; ++at) {
    // Most bytes are no type of a record.
    const uint8_t type = bytes.data[at];
    const bool is_type = type >= static_cast<uint8_t>(TlsContent::kChangeCipherSpec) &&
                         type <= static_cast<uint8_t>(TlsContent::kHeartbeat);
    if (is_type && is_header(bytes.data + at)) return true;
  }
  return false;
}

void TlsSampler::keep_end(Span bytes) {
  for (size_t i = 0; i < kKeptBytes; ++i) {
    const size_t at = bytes.size + i;
    kept_[i] = at < kKeptBytes ? kept_[at] : bytes.data[at - kKeptBytes];
  }
}

}  // namespace wiretally

#include "clear_text.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

namespace {

constexpr uint16_t kSwitching = 101;

}  // namespace

void ClearText::on_segment(unsigned side_index, const Segment& segment) {
  if (is_broken_ || segment.extent == 0) return;
  Side& side = sides_[side_index & 1];
  if (!side.is_known) {
    side.is_known = true;
    side.next = segment.seq;
  }
  if (!seq_before(side.next, segment.end())) return;  // a copy
  if (seq_before(side.next, segment.seq)) {
    const uint32_t hole = segment.seq - side.next;
    if (hole > kMaxHole) {
      is_broken_ = true;
      return;
    }
    skip(&side, hole);
    side.next = segment.seq;
  }
  const uint32_t repeated = side.next - segment.seq;
  const size_t skipped = std::min<size_t>(repeated, segment.data.size);
  read(&side, Span{segment.data.data + skipped, segment.data.size - skipped});
  const uint32_t read_until = segment.seq + static_cast<uint32_t>(std::max<size_t>(segment.data.size, repeated));
  if (seq_before(read_until, segment.end())) skip(&side, segment.end() - read_until);
  side.next = segment.end();
  weigh(side, segment.extent - repeated);
}

// A tunnel sends in both directions at once; HTTP uses one direction at a time.
void ClearText::weigh(const Side& side, uint32_t bytes) {
  if (protocol_ == Protocol::kDns) return;
  if (!side.is_response) {
    open_bytes_ += bytes;
    return;
  }
  const Side& other = &side == &sides_[0] ? sides_[1] : sides_[0];
  early_bytes_ = other.is_in_message && side.status >= 200 ? early_bytes_ + bytes : 0;
  if (early_bytes_ > kMaxEarlyAnswer) is_broken_ = true;
}

void ClearText::read(Side* side, Span bytes) {
  if (protocol_ == Protocol::kDns) {
    read_dns(side, bytes);
    return;
  }
  side->http.read(bytes, side);
  if (side->http.is_over()) is_broken_ = true;
}

void ClearText::skip(Side* side, uint32_t count) {
  if (protocol_ == Protocol::kDns) {
    if (count > side->left) {
      is_broken_ = true;
    } else {
      side->left -= count;
    }
    return;
  }
  side->http.skip(count, side);
  if (side->http.is_over()) is_broken_ = true;
}

// RFC 1035 §4.2.2: a length of two bytes precedes the message. Its header distinguishes queries from answers.
void ClearText::read_dns(Side* side, Span bytes) {
  constexpr uint32_t kDnsHeader = 12;
  constexpr uint16_t kResponse = 0x8000, kReserved = 0x0040;
  size_t at = 0;
  while (at < bytes.size && !is_broken_) {
    if (side->left > 0) {
      const size_t step = std::min<size_t>(side->left, bytes.size - at);
      side->left -= static_cast<uint32_t>(step);
      at += step;
      continue;
    }
    const size_t step = std::min(sizeof side->head - side->length_bytes, bytes.size - at);
    std::memcpy(side->head + side->length_bytes, bytes.data + at, step);
    side->length_bytes = static_cast<uint8_t>(side->length_bytes + step);
    at += step;
    if (side->length_bytes < sizeof side->head) return;
    side->length_bytes = 0;
    Cursor cursor(Span{side->head, sizeof side->head});
    const uint32_t length = cursor.be16();
    cursor.skip(2);
    const uint16_t flags = cursor.be16();
    const uint16_t questions = cursor.be16();
    const unsigned opcode = static_cast<unsigned>(flags >> 11 & 0xf);
    const bool is_known_opcode = opcode == 0 || opcode == 4 || opcode == 5;
    if (length < kDnsHeader || questions > 1 || (flags & kReserved) != 0 || !is_known_opcode) {
      is_broken_ = true;
      return;
    }
    ++((flags & kResponse) != 0 ? answers_ : requests_);
    side->left = length - kDnsHeader;
  }
}

void ClearText::Side::on_start(std::string_view line) {
  const bool is_answer = line.substr(0, 5) == "HTTP/";
  const Side& other = this == &text->sides_[0] ? text->sides_[1] : text->sides_[0];
  if (is_answer && other.is_response) text->is_broken_ = true;
  is_response = is_answer;
  is_in_message = true;
  if (is_answer) {
    status = read_http_status(Span{reinterpret_cast<const uint8_t*>(line.data()), line.size()});
    if (text->requests_ == 0) text->is_broken_ = true;
    return;
  }
  ++text->requests_;
  text->is_head_ = line.substr(0, 5) == "HEAD ";
  // The bytes after the answer belong to another protocol.
  if (line.substr(0, 8) == "CONNECT ") text->is_broken_ = true;
}

void ClearText::Side::on_field(std::string_view, std::string_view) {}

HttpBody ClearText::Side::on_head_end() {
  if (text->is_broken_) return HttpBody::kStop;
  if (!is_response) return HttpBody::kDeclared;
  if (status == kSwitching) {
    text->is_broken_ = true;
    return HttpBody::kStop;
  }
  if (status < 200) return HttpBody::kNone;
  ++text->answers_;
  text->open_bytes_ = 0;
  // RFC 9112 §6.3.
  return status == 204 || status == 304 || text->is_head_ ? HttpBody::kNone : HttpBody::kDeclared;
}

void ClearText::Side::on_end() { is_in_message = false; }

}  // namespace wiretally

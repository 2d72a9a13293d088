// AnswerWatch: addresses out of DNS messages.
#include "answer_watch.h"

#include <algorithm>
#include <cstring>

#include "../stream/dns_observer.h"

namespace wiretally {

namespace {

// A response with one question, at the offset of the length of the first message: RFC 1035 §4.1.1.
bool begins_message(Span bytes) {
  Cursor cursor(bytes);
  cursor.skip(2);  // id
  const uint16_t flags = cursor.be16();
  const uint16_t questions = cursor.be16();
  const uint16_t answers = cursor.be16();
  constexpr uint16_t kResponse = 0x8000, kOpcode = 0x7800, kReserved = 0x0040;
  return cursor.ok() && (flags & (kResponse | kOpcode | kReserved)) == kResponse && questions == 1 && answers > 0;
}

}  // namespace

void AnswerWatch::see(const Packet& packet) {
  constexpr uint8_t kProtocolUdp = 17;
  if (packet.ends.protocol == kProtocolUdp) {
    read_message(packet.payload);
  } else {
    read_stream(packet.payload);
  }
}

// Messages over TCP have a length prefix (RFC 1035 §4.2.2). Segments are not reassembled here: of a message that continues
// in the next one, the answers in this one are read, and one whose length was in a separate segment is
// read from its header on. Addresses in later segments are missed, so a flow to one of them without a name
// is added to the totals of its host. If every address counted as answered instead, one segment from port 53 would
// permanently export every flow.
void AnswerWatch::read_stream(Span bytes) {
  if (begins_message(bytes)) {
    read_message(bytes);
    return;
  }
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const uint16_t length = cursor.be16();
    if (!cursor.ok() || length == 0) return;
    read_message(cursor.take(std::min<size_t>(length, cursor.remaining())));
  }
}

void AnswerWatch::read_message(Span bytes) {
  parse_dns(bytes, message_.get());
  const bool is_watched = dns_matters(*message_, TrackerOptions::Dns::kWatchlist, watchlist_.get());
  const auto add = [&](const uint8_t* address) {
    rules_->named->add(address);
    if (is_watched) rules_->answered->add(address);
  };
  uint8_t address[16] = {};
  for (size_t i = 0; i < message_->a_count; ++i) {
    std::memcpy(address, message_->a[i], 4);
    add(address);
  }
  for (size_t i = 0; i < message_->aaaa_count; ++i) add(message_->aaaa[i]);
}

}  // namespace wiretally

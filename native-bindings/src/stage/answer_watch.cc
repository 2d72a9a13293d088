// AnswerWatch: addresses out of DNS messages.
#include "answer_watch.h"

#include <cstring>

#include "../flow/naming.h"

namespace wiretally {

void AnswerWatch::see(const Packet& packet) {
  constexpr uint8_t kProtocolUdp = 17;
  if (packet.ends.protocol == kProtocolUdp) {
    read_message(packet.payload);
  } else {
    read_stream(packet.payload);
  }
}

// Messages over TCP have their length in front (RFC 1035 §4.2.2). Here they are only read where one segment
// holds them whole; otherwise nothing is known of what was answered, and every address might have been.
void AnswerWatch::read_stream(Span bytes) {
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const uint16_t length = cursor.be16();
    const Span message = cursor.take(length);
    if (!cursor.ok() || length == 0) {
      rules_->answered->add_all();
      return;
    }
    read_message(message);
  }
}

void AnswerWatch::read_message(Span bytes) {
  parse_dns(bytes, message_.get());
  if (!dns_matters(*message_, TrackerOptions::Dns::kInterest, interest_.get())) return;
  uint8_t address[16] = {};
  for (size_t i = 0; i < message_->a_count; ++i) {
    std::memcpy(address, message_->a[i], 4);
    rules_->answered->add(address);
  }
  for (size_t i = 0; i < message_->aaaa_count; ++i) rules_->answered->add(message_->aaaa[i]);
}

}  // namespace wiretally

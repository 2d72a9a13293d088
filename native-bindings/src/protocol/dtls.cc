#include "dtls.h"

#include <algorithm>

#include "tls.h"

namespace wiretally {

namespace {

constexpr uint8_t kClientHello = 1, kServerHello = 2, kHelloVerifyRequest = 3;
constexpr uint8_t kFirstContent = 20, kHandshakeContent = 22, kLastContent = 25;
constexpr uint32_t kMaxHelloBody = 65536 - kTlsHandshakeHeaderBytes;
constexpr size_t kDtlsRandomOffset = 6, kDtlsRandomBytes = 32;  // Offset in a message: type, u24 length, version.

struct Record {
  uint8_t type = 0;
  uint16_t epoch = 0;
  Span body;
};

// RFC 6347 §4.1, and DTLSPlaintext of RFC 9147 §4.
bool read_record(Cursor* cursor, Record* record) {
  record->type = cursor->u8();
  const uint16_t version = cursor->be16();
  record->epoch = cursor->be16();
  cursor->skip(6);  // sequence number
  record->body = cursor->take(cursor->be16());
  const bool is_known_version = version == 0xfeff || version == 0xfefd || version == 0x0100;
  return cursor->ok() && is_known_version && record->type >= kFirstContent && record->type <= kLastContent &&
         record->body.size <= kMaxTlsRecordBytes;
}

}  // namespace

struct DtlsClientHandshake::Fragment {
  uint8_t type = 0;
  uint32_t length = 0;  // Length of the body of the whole message.
  uint16_t sequence = 0;
  uint32_t offset = 0;
  Span body;
};

bool looks_like_dtls(Span datagram) {
  if (datagram.size == 0 || datagram.data[0] < kFirstContent || datagram.data[0] > kLastContent) return false;
  Cursor cursor(datagram);
  Record record;
  return read_record(&cursor, &record) && record.body.size != 0;
}

DtlsDatagramResult DtlsClientHandshake::on_datagram(Span datagram, Counters* counters) {
  DtlsDatagramResult result;
  result.is_dtls = looks_like_dtls(datagram);
  ++datagrams_;
  Cursor cursor(datagram);
  while (result.is_dtls && !cursor.empty()) {
    Record record;
    if (!read_record(&cursor, &record)) {
      if (counters != nullptr) counters->count(Malformed::kDtlsRecord);
      break;
    }
    // Epochs above 0 are encrypted.
    if (record.type == kHandshakeContent && record.epoch == 0) on_handshake(record.body, &result, counters);
  }
  return result;
}

void DtlsClientHandshake::on_handshake(Span record, DtlsDatagramResult* result, Counters* counters) {
  Cursor cursor(record);
  while (!cursor.empty()) {
    Fragment fragment;
    fragment.type = cursor.u8();
    fragment.length = cursor.be24();
    fragment.sequence = cursor.be16();
    fragment.offset = cursor.be24();
    fragment.body = cursor.take(cursor.be24());
    if (!cursor.ok() || fragment.offset + fragment.body.size > fragment.length) {
      if (counters != nullptr) counters->count(Malformed::kDtlsRecord);
      return;
    }
    switch (fragment.type) {
      case kClientHello: on_client_fragment(fragment, result, counters); break;
      case kHelloVerifyRequest: result->retry_seen = true; break;
      case kServerHello: {
        // The random value that marks a HelloRetryRequest is at the start: the first fragment is sufficient.
        if (fragment.offset != 0) break;
        std::vector<uint8_t> message = {kServerHello, 0, static_cast<uint8_t>(fragment.body.size >> 8),
                                        static_cast<uint8_t>(fragment.body.size)};
        message.insert(message.end(), fragment.body.data, fragment.body.data + fragment.body.size);
        ServerHelloInfo hello;
        const bool is_retry = parse_server_hello(Span{message.data(), message.size()}, &hello) &&
                              hello.is_hello_retry_request;
        (is_retry ? result->retry_seen : result->server_hello) = true;
        break;
      }
      default: break;
    }
  }
  retry_asked_ = retry_asked_ || result->retry_seen;
}

void DtlsClientHandshake::on_client_fragment(const Fragment& fragment, DtlsDatagramResult* result, Counters* counters) {
  result->has_client_hello = true;
  if (fragment.length == 0 || fragment.length > kMaxHelloBody) {
    if (counters != nullptr) counters->count(Malformed::kDtlsClientHello);
    return;
  }
  Message& message = message_of(fragment, counters);
  const auto added = message.body.add(fragment.offset, fragment.body);
  if (added == MessageAssembly::Added::kRefused && counters != nullptr) {
    counters->count(Malformed::kDtlsClientHello);
  }
  if (added == MessageAssembly::Added::kNew && message.datagram != datagrams_) {
    ++message.packets;
    message.datagram = datagrams_;
  }
  if (message.body.prefix().size != message.length) return;
  finish_hello(message, result);
  messages_.pop_back();
}

DtlsClientHandshake::Message& DtlsClientHandshake::message_of(const Fragment& fragment, Counters* counters) {
  const auto known = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
    return message.length == fragment.length && message.sequence == fragment.sequence;
  });
  if (known != messages_.end()) {
    std::rotate(known, known + 1, messages_.end());
    return messages_.back();
  }
  if (messages_.size() == kMaxMessages) {
    messages_.erase(messages_.begin());
    if (counters != nullptr) counters->count(Malformed::kDtlsClientHello);
  }
  return messages_.emplace_back(Message{{}, fragment.length, fragment.sequence});
}

void DtlsClientHandshake::finish_hello(const Message& message, DtlsDatagramResult* result) {
  const Span body = message.body.prefix();
  const bool had_hello = !hello_.empty();
  const bool is_same_random = had_hello && hello_.size() >= kDtlsRandomOffset + kDtlsRandomBytes &&
                              body.size >= 2 + kDtlsRandomBytes &&
                              std::memcmp(hello_.data() + kDtlsRandomOffset, body.data + 2, kDtlsRandomBytes) == 0;
  const bool is_repeat = is_same_random && message.sequence == given_sequence_ && !retry_asked_;
  if (!is_repeat) {
    hello_ = {kClientHello, 0, static_cast<uint8_t>(body.size >> 8), static_cast<uint8_t>(body.size)};
    hello_.insert(hello_.end(), body.data, body.data + body.size);
    result->hello = Span{hello_.data(), hello_.size()};
    result->packets = message.packets;
    // RFC 6347 §4.2.2: the answer to a HelloVerifyRequest has the next message_seq; a new handshake begins at 0. A
    // capture of one direction shows the number only.
    result->is_second_hello = had_hello && (retry_asked_ || message.sequence > given_sequence_);
    given_sequence_ = message.sequence;
  }
  retry_asked_ = false;
}

size_t DtlsClientHandshake::memory_bytes() const {
  size_t bytes = hello_.capacity() + messages_.capacity() * sizeof(Message);
  for (const Message& message : messages_) bytes += message.body.memory_bytes();
  return bytes;
}

}  // namespace wiretally

#include "dns.h"

namespace wiretally {

namespace {

constexpr size_t kHeaderBytes = 12;
constexpr uint16_t kClassInternet = 1;
constexpr uint16_t kClassMask = 0x7fff;  // RFC 6762 §10.2: the top bit is mDNS's cache flush
constexpr uint16_t kParamIp4Hint = 4, kParamEch = 5, kParamIp6Hint = 6;  // RFC 9460 §14.3.2
// Answers are nearly always in the order of the chain. Other orders take one more walk per late name.
constexpr int kMaxWalks = 4;

struct Header {
  uint16_t id, flags, questions, answers, authorities, additionals;
};

bool read_header(Span bytes, Header* header) {
  Cursor cursor(bytes);
  header->id = cursor.be16();
  header->flags = cursor.be16();
  header->questions = cursor.be16();
  header->answers = cursor.be16();
  header->authorities = cursor.be16();
  header->additionals = cursor.be16();
  return cursor.ok();
}

// Collects answers for the query name and its CNAME chain.
class Collector {
 public:
  Collector(Span bytes, DnsMessage* message) : bytes_(bytes), message_(message), names_(bytes) {}

  // Returns false if the message is malformed.
  bool walk() {
    for (int i = 0; i < kMaxWalks; ++i) {
      message_->a_count = 0;
      message_->aaaa_count = 0;
      message_->min_ttl_seconds = 0;
      came_too_late_ = false;
      DnsRecordReader reader(bytes_, DnsRecordReader::Sections::kAnswers);
      DnsRecordView record;
      while (reader.next(&record)) {
        if (!take(record)) return false;
      }
      if (!reader.ok()) return false;
      if (!came_too_late_) break;
    }
    return true;
  }

 private:
  bool take(const DnsRecordView& record) {
    const bool is_svcb = record.type == kDnsTypeSvcb || record.type == kDnsTypeHttps;
    const bool is_address = record.type == kDnsTypeA || record.type == kDnsTypeAaaa;
    if (!is_svcb && !is_address && record.type != kDnsTypeCname) return true;
    if ((record.record_class & kClassMask) != kClassInternet) return true;
    if (!names_.read(record.owner_offset, &owner_, nullptr)) return false;
    if (message_->question_count == 0 && message_->query.length == 0) {
      message_->query = owner_;
      message_->query_type = record.type;
    }
    const bool is_ours = is_in_chain(owner_);
    if (is_svcb) return take_svcb(record, is_ours);
    if (record.type == kDnsTypeCname) return take_cname(record, is_ours);
    if (record.data.size != (record.type == kDnsTypeA ? 4u : 16u)) return false;
    if (!is_ours) {
      missed_ = true;
      return true;
    }
    add_address(record.data);
    const bool is_first = message_->a_count + message_->aaaa_count == 1;
    if (is_first || record.ttl_seconds < message_->min_ttl_seconds) message_->min_ttl_seconds = record.ttl_seconds;
    return true;
  }

  bool take_cname(const DnsRecordView& record, bool is_ours) {
    if (!names_.read(record.data_offset, &target_, nullptr)) return false;
    if (is_ours) {
      add_target();
    } else {
      missed_ = true;
    }
    return true;
  }

  // RFC 9460 §2.2: priority, target, parameters in the order of their keys.
  bool take_svcb(const DnsRecordView& record, bool is_ours) {
    size_t end = 0;
    if (record.data.size < 3 || !names_.read(record.data_offset + 2, &target_, &end)) return false;
    const size_t data_end = record.data_offset + record.data.size;
    if (end > data_end) return false;
    if (is_ours) {
      message_->has_https_answer = true;
      add_target();
    } else {
      missed_ = true;
    }
    Cursor parameters(bytes_.data + end, data_end - end);
    while (!parameters.empty()) {
      const uint16_t key = parameters.be16();
      const Span value = parameters.take(parameters.be16());
      if (!parameters.ok()) return false;
      if (is_ours) take_parameter(key, value, record.ttl_seconds);
    }
    return true;
  }

  void take_parameter(uint16_t key, Span value, uint32_t ttl_seconds) {
    if (key == kParamEch) {
      const bool is_first = !message_->carries_ech;
      message_->carries_ech = true;
      if (is_first || ttl_seconds < message_->ech_ttl_seconds) message_->ech_ttl_seconds = ttl_seconds;
    }
    if (key != kParamIp4Hint && key != kParamIp6Hint) return;
    const size_t unit = key == kParamIp4Hint ? 4 : 16;
    for (Cursor hints(value); hints.remaining() >= unit;) add_address(hints.take(unit));
  }

  void add_address(Span address) {
    if (address.size == 4 && message_->a_count < kMaxDnsAddresses) {
      std::memcpy(message_->a[message_->a_count++], address.data, 4);
    }
    if (address.size == 16 && message_->aaaa_count < kMaxDnsAddresses) {
      std::memcpy(message_->aaaa[message_->aaaa_count++], address.data, 16);
    }
  }

  bool is_in_chain(const DnsName& name) const {
    if (name.equals(message_->query)) return true;
    size_t begin = 0;
    while (begin < message_->cnames_length) {
      const void* zero = std::memchr(message_->cnames + begin, 0, message_->cnames_length - begin);
      const size_t end = zero == nullptr ? message_->cnames_length
                                         : static_cast<size_t>(static_cast<const char*>(zero) - message_->cnames);
      if (name.equals(message_->cnames + begin, end - begin)) return true;
      begin = end + 1;
    }
    return false;
  }

  void add_target() {
    if (target_.length == 0 || is_in_chain(target_)) return;  // the root means the owner name itself (RFC 9460 §2.5)
    const size_t separator = message_->cnames_length == 0 ? 0 : 1;
    if (message_->cnames_length + separator + target_.length > kMaxDnsCnameBytes) return;
    if (separator != 0) message_->cnames[message_->cnames_length++] = 0;
    std::memcpy(message_->cnames + message_->cnames_length, target_.text, target_.length);
    message_->cnames_length = static_cast<uint16_t>(message_->cnames_length + target_.length);
    came_too_late_ = came_too_late_ || missed_;
  }

  Span bytes_;
  DnsMessage* message_;
  DnsNameReader names_;
  DnsName owner_;
  DnsName target_;
  bool missed_ = false;         // an answer was skipped because its owner was not known
  bool came_too_late_ = false;  // A record after a skipped answer added a name, which may be its owner.
};

void clear(DnsMessage* message) {
  message->is_response = false;
  message->is_truncated = false;
  message->rcode = 0;
  message->question_count = 0;
  message->query_type = 0;
  message->query.length = 0;
  message->carries_ech = false;
  message->ech_ttl_seconds = 0;
  message->has_https_answer = false;
  message->min_ttl_seconds = 0;
  message->cnames_length = 0;
  message->a_count = 0;
  message->aaaa_count = 0;
}

}  // namespace

DnsRecordReader::DnsRecordReader(Span message, Sections sections) : message_(message) {
  Header header;
  if (!read_header(message, &header)) {
    ok_ = false;
    return;
  }
  left_ = header.answers;
  if (sections == Sections::kAll) left_ += uint32_t{header.authorities} + header.additionals;
  if (left_ > kMaxDnsRecords) ok_ = false;
  for (unsigned i = 0; i < header.questions && ok_; ++i) {
    at_ = skip_dns_name(message, at_);
    if (at_ == 0 || at_ + 4 > message.size) ok_ = false;
    at_ += 4;  // type and class
  }
}

bool DnsRecordReader::next(DnsRecordView* record) {
  if (!ok_ || left_ == 0) return false;
  --left_;
  record->owner_offset = at_;
  const size_t behind_name = skip_dns_name(message_, at_);
  if (behind_name == 0) return fail();
  Cursor cursor(message_.data + behind_name, message_.size - behind_name);
  record->type = cursor.be16();
  record->record_class = cursor.be16();
  const uint32_t ttl = cursor.be32();
  record->ttl_seconds = ttl > kMaxDnsTtl ? 0 : ttl;
  record->data = cursor.take(cursor.be16());
  if (!cursor.ok()) return fail();
  at_ = message_.size - cursor.remaining();
  record->data_offset = at_ - record->data.size;
  return true;
}

bool parse_dns(Span bytes, DnsMessage* message) {
  clear(message);
  Header header;
  if (!read_header(bytes, &header)) return false;
  message->id = header.id;
  message->is_response = (header.flags & 0x8000) != 0;
  message->is_truncated = (header.flags & 0x0200) != 0;
  message->rcode = header.flags & 0x0f;
  if ((header.flags & 0x7800) != 0) return true;  // NOTIFY, UPDATE and others contain nothing of interest
  if (header.questions != 0) {
    size_t end = 0;
    if (!read_dns_name(bytes, kHeaderBytes, &message->query, &end)) return false;
    Cursor cursor(bytes.data + end, bytes.size - end);
    message->query_type = cursor.be16();
    cursor.skip(2);  // class
    if (!cursor.ok()) return false;
    message->question_count = header.questions;
  }
  return !message->is_response || Collector(bytes, message).walk();
}

}  // namespace wiretally

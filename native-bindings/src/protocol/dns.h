// Parses DNS messages (RFC 1035 §4, EDNS RFC 6891, SVCB and HTTPS RFC 9460) as far as names and addresses need it. Over
// TCP the caller strips the two length bytes. Parsing allocates nothing: callers keep a DnsMessage and fill it again.
#pragma once

#include <cstdint>

#include "../base/cursor.h"
#include "dns_name.h"

namespace wiretally {

constexpr size_t kMaxDnsCnameBytes = 2048;  // a chain of about twenty names; the rest is dropped
constexpr size_t kMaxDnsAddresses = 128;    // Maximum addresses of each family; the rest is dropped.
constexpr size_t kMaxDnsRecords = 2048;     // records walked in one message; more is malformed

constexpr uint16_t kDnsTypeA = 1, kDnsTypeCname = 5, kDnsTypeNull = 10, kDnsTypeTxt = 16, kDnsTypeAaaa = 28,
                   kDnsTypeSvcb = 64, kDnsTypeHttps = 65, kDnsTypeAny = 255;
// RFC 6895 §3.1, for private use.
constexpr uint16_t kFirstPrivateDnsType = 65280;

struct DnsMessage {
  bool is_response = false;
  bool is_truncated = false;  // TC: the answer is repeated over TCP
  uint8_t rcode = 0;
  uint16_t id = 0;
  uint16_t question_count = 0;  // 0 also for opcodes other than QUERY, of which nothing else is read
  uint16_t query_type = 0;
  DnsName query;                 // Name of the first question; without a question, the owner of the first answer.
  bool carries_ech = false;      // an HTTPS or SVCB answer with SvcParam 5
  uint32_t ech_ttl_seconds = 0;  // the smallest of these answers
  bool has_https_answer = false;
  uint32_t min_ttl_seconds = 0;  // over the address records below; 0 without any
  // CNAME targets, and targets of HTTPS and SVCB, reached from the query name; joined by zero bytes.
  uint16_t cnames_length = 0;
  char cnames[kMaxDnsCnameBytes];
  // Addresses owned by the query name or a name of its chain: A and AAAA records, ipv4hint and ipv6hint.
  uint16_t a_count = 0;
  uint8_t a[kMaxDnsAddresses][4];
  uint16_t aaaa_count = 0;
  uint8_t aaaa[kMaxDnsAddresses][16];
};

// Returns false if the message is malformed; fields before the fault are in `message` and may be used if question_count
// is not 0.
bool parse_dns(Span bytes, DnsMessage* message);

// A larger TTL counts as 0 (RFC 2181 §8).
constexpr uint32_t kMaxDnsTtl = 0x7fffffff;

// One raw resource record, for readers that need more than parse_dns returns (mDNS).
struct DnsRecordView {
  uint16_t type = 0;
  uint16_t record_class = 0;
  uint32_t ttl_seconds = 0;
  size_t owner_offset = 0;  // into the message, for read_dns_name
  size_t data_offset = 0;
  Span data;
};

// Walks the resource records of a message; with `kAnswers` only those of the answer section.
class DnsRecordReader {
 public:
  enum class Sections : uint8_t { kAnswers, kAll };
  DnsRecordReader(Span message, Sections sections);

  // Reads the next record; returns false at the end or after a fault, see ok().
  bool next(DnsRecordView* record);
  bool ok() const { return ok_; }
  // Returns the offset behind the last record, or behind the questions if there is no record.
  size_t end() const { return at_; }

 private:
  bool fail() {
    ok_ = false;
    return false;
  }

  Span message_;
  size_t at_ = 12;  // behind the header
  uint32_t left_ = 0;
  bool ok_ = true;
};

}  // namespace wiretally

// DNS messages (RFC 1035 §4, EDNS RFC 6891, SVCB and HTTPS RFC 9460) as far as names and addresses go. Over TCP the
// caller strips the two length bytes. Nothing is allocated: a DnsMessage is meant to be kept and filled again.
#pragma once

#include <cstdint>

#include "cursor.h"

namespace wiretally {

constexpr size_t kMaxDnsName = 255;        // RFC 1035 §2.3.4; text with dots is never longer
constexpr size_t kMaxDnsCnameBytes = 2048; // a chain of some twenty names; what comes after it is left out
constexpr size_t kMaxDnsAddresses = 128;   // of each family; what comes after them is left out
constexpr size_t kMaxDnsRecords = 2048;    // records walked in one message; more is malformed

constexpr uint16_t kDnsTypeA = 1, kDnsTypeCname = 5, kDnsTypePtr = 12, kDnsTypeTxt = 16, kDnsTypeAaaa = 28,
                   kDnsTypeSrv = 33, kDnsTypeOpt = 41, kDnsTypeSvcb = 64, kDnsTypeHttps = 65;

// A name in lower case with dots between labels, without the dot of the root. Bytes that are not printable, and dots
// and backslashes inside a label, stand as \DDD (RFC 1035 §5.1).
struct DnsName {
  uint16_t length = 0;
  char text[1024] = {};  // 255 bytes, each at most four characters
};

struct DnsMessage {
  bool is_response = false;
  bool is_truncated = false;        // TC: the rest comes over TCP
  uint8_t rcode = 0;
  uint16_t id = 0;
  uint16_t question_count = 0;
  uint16_t query_type = 0;
  DnsName query;                    // of the first question; for a message without one, the owner of the first answer
  bool carries_ech = false;         // an HTTPS or SVCB answer with SvcParam 5
  bool has_https_answer = false;
  uint32_t min_ttl_seconds = 0;     // over the address answers below; 0 without any
  // CNAME targets (and AliasMode and ServiceMode targets of HTTPS/SVCB) reached from the query name, joined by zero bytes.
  uint16_t cnames_length = 0;
  char cnames[kMaxDnsCnameBytes] = {};
  // Addresses owned by the query name or a name of its chain: A and AAAA records, ipv4hint and ipv6hint.
  uint16_t a_count = 0;
  uint8_t a[kMaxDnsAddresses][4] = {};
  uint16_t aaaa_count = 0;
  uint8_t aaaa[kMaxDnsAddresses][16] = {};
};

// False when the message is malformed; what was read before the fault is then in `message` and may be used when
// question_count is not 0. Zone transfers, updates and other opcodes than QUERY are refused.
bool parse_dns(Span bytes, DnsMessage* message);

// One resource record as it stands, for readers that want more than parse_dns keeps (mDNS).
struct DnsRecordView {
  uint16_t type = 0;
  uint16_t record_class = 0;
  uint32_t ttl_seconds = 0;
  size_t owner_offset = 0;  // into the message, for read_dns_name
  size_t data_offset = 0;
  Span data;
};

// Walks the records of all three sections behind the questions. Give a null visitor result false to stop.
// Returns false when the message is malformed.
bool visit_dns_records(Span message, void* context, bool (*visitor)(void* context, const DnsRecordView& record));

// Reads the name at `offset`, following compression pointers (only backwards, at most kMaxDnsName bytes in all).
// `end` (may be null) receives the offset behind the name where it stands. False when it is malformed.
bool read_dns_name(Span message, size_t offset, DnsName* name, size_t* end);

}  // namespace wiretally

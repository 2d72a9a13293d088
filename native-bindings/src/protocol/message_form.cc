#include "message_form.h"

#include "dns.h"

namespace wiretally {

namespace {

constexpr uint16_t kDhcpServer = 67, kDhcpClient = 68, kNtp = 123, kNetbiosNames = 137, kNetbiosDatagrams = 138,
                   kDhcp6Client = 546, kDhcp6Server = 547, kMdns = 5353, kLlmnr = 5355;

// Names of hosts and services, with the hashes that block lists and anti-virus programs put into them, are shorter.
constexpr size_t kMaxNameBytes = 96;
// A policy of a mail domain and its keys fit into one datagram of 512 bytes and little more.
constexpr size_t kMaxTextBytes = 640;

// RFC 1035 §4.1.1, RFC 6895 §2.2: QUERY, NOTIFY and UPDATE are in use.
bool is_known_opcode(unsigned opcode) { return opcode == 0 || opcode == 4 || opcode == 5; }

struct DnsCounts {
  uint16_t flags = 0;
  uint16_t questions = 0;
};

bool read_counts(Span message, DnsCounts* counts) {
  Cursor cursor(message);
  cursor.skip(2);
  counts->flags = cursor.be16();
  counts->questions = cursor.be16();
  return cursor.ok();
}

// NetBIOS names have opcodes of their own (RFC 1002 §4.2.1.1).
bool is_whole_dns(Span message, bool is_cut, bool is_netbios) {
  constexpr unsigned kMaxQuestions = 64;
  constexpr uint16_t kReserved = 0x0040;
  DnsCounts counts;
  if (!read_counts(message, &counts) || counts.questions > kMaxQuestions) return false;
  const bool is_head_right = is_netbios || ((counts.flags & kReserved) == 0 &&
                                            is_known_opcode(static_cast<unsigned>(counts.flags >> 11 & 0xf)));
  if (!is_head_right) return false;
  DnsRecordReader reader(message, DnsRecordReader::Sections::kAll);
  DnsRecordView record;
  while (reader.next(&record)) {
  }
  if (is_cut) return true;
  return reader.ok() && reader.end() == message.size;
}

// RFC 5905 §7.3: version and mode, stratum, poll and precision, then extensions and a MAC in words of four bytes.
bool is_ntp(Span datagram) {
  constexpr size_t kHeader = 48, kMost = 512;
  if (datagram.size < kHeader || datagram.size > kMost || datagram.size % 4 != 0) return false;
  const uint8_t* data = datagram.data;
  const unsigned version = data[0] >> 3 & 7, mode = data[0] & 7;
  const auto signed_of = [](uint8_t byte) { return byte < 128 ? int{byte} : int{byte} - 256; };
  const int poll = signed_of(data[2]), precision = signed_of(data[3]);
  return version >= 1 && version <= 4 && mode >= 1 && mode <= 5 && data[1] <= 16 && poll >= -6 && poll <= 17 &&
         precision <= 0;
}

// RFC 2131 §2: the message begins with BOOTP fields and the cookie.
bool is_dhcp(Span datagram) {
  Cursor cursor(datagram);
  const uint8_t operation = cursor.u8();
  cursor.skip(235);
  return cursor.be32() == 0x63825363 && cursor.ok() && (operation == 1 || operation == 2);
}

// RFC 8415 §8 and §9: a type, then options to the last byte; relay messages have addresses before them.
bool is_dhcp6(Span datagram, bool is_cut) {
  constexpr uint8_t kRelayForward = 12, kRelayReply = 13, kMaxType = 36;
  Cursor cursor(datagram);
  const uint8_t type = cursor.u8();
  if (type == 0 || type > kMaxType) return false;
  cursor.skip(type == kRelayForward || type == kRelayReply ? 33 : 3);
  while (cursor.ok() && !cursor.empty()) {
    cursor.skip(2);
    cursor.skip(cursor.be16());
  }
  return cursor.ok() || is_cut;
}

// RFC 1002 §4.4.1: the type of the message, flags, and the length of what follows.
bool is_netbios_datagram(Span datagram, bool is_cut) {
  Cursor cursor(datagram);
  const uint8_t type = cursor.u8();
  cursor.skip(9);
  const uint16_t length = cursor.be16();
  constexpr size_t kHeader = 14;
  if (type < 0x10 || type > 0x16 || !cursor.ok()) return false;
  return type > 0x12 || is_cut || size_t{length} + kHeader == datagram.size;
}

}  // namespace

MessageForm dns_form(Span message, bool is_cut) {
  if (!is_whole_dns(message, is_cut, false)) return MessageForm::kOther;
  DnsCounts counts;
  read_counts(message, &counts);
  constexpr size_t kHeaderBytes = 12;
  size_t name_end = kHeaderBytes;
  uint16_t type = 0;
  if (counts.questions != 0) {
    name_end = skip_dns_name(message, kHeaderBytes);
    Cursor cursor(message.data + name_end, message.size - name_end);
    type = cursor.be16();
  }
  if (name_end > kHeaderBytes + kMaxNameBytes) return MessageForm::kTunnelLike;
  if (type == kDnsTypeNull || type >= kFirstPrivateDnsType) return MessageForm::kTunnelLike;
  size_t text_bytes = 0;
  DnsRecordReader reader(message, DnsRecordReader::Sections::kAnswers);
  for (DnsRecordView record; reader.next(&record);) {
    if (record.type == kDnsTypeTxt || record.type == kDnsTypeNull) text_bytes += record.data.size;
  }
  return text_bytes > kMaxTextBytes ? MessageForm::kTunnelLike : MessageForm::kSound;
}

bool is_naming_port(uint16_t port) {
  switch (port) {
    case kDhcpServer:
    case kDhcpClient:
    case kNtp:
    case kNetbiosNames:
    case kNetbiosDatagrams:
    case kDhcp6Client:
    case kDhcp6Server:
    case kMdns:
    case kLlmnr: return true;
    default: return false;
  }
}

bool is_naming_message(uint16_t port, Span datagram, bool is_cut) {
  switch (port) {
    case kDhcpServer:
    case kDhcpClient: return is_dhcp(datagram) || is_cut;
    case kNtp: return is_ntp(datagram);
    case kNetbiosNames: return is_whole_dns(datagram, is_cut, true);
    case kNetbiosDatagrams: return is_netbios_datagram(datagram, is_cut);
    case kDhcp6Client:
    case kDhcp6Server: return is_dhcp6(datagram, is_cut);
    case kMdns:
    case kLlmnr: return is_whole_dns(datagram, is_cut, false);
    default: return false;
  }
}

}  // namespace wiretally

#include "nbns.h"

#include "../dns.h"

namespace wiretally {

namespace {

constexpr size_t kHeaderBytes = 12;
constexpr uint16_t kTypeNb = 0x20, kTypeStatus = 0x21;
constexpr uint16_t kGroupFlag = 0x8000;
constexpr size_t kNameBytes = 15;  // A suffix with the purpose of the name follows.
constexpr uint8_t kSuffixWorkstation = 0x00, kSuffixServer = 0x20;

bool is_host_suffix(uint8_t suffix) { return suffix == kSuffixWorkstation || suffix == kSuffixServer; }

// Removes the padding of a name. "*" is a wildcard query.
bool set_padded_name(HostObservation* observation, const uint8_t* name) {
  size_t size = kNameBytes;
  while (size > 0 && (name[size - 1] == ' ' || name[size - 1] == 0)) --size;
  if (size == 0 || name[0] == '*') return false;
  set_name(observation, Span{name, size});
  return observation->name_length != 0;
}

// RFC 1001 §14.1: each byte as two letters from 'A' on, in one label of 32, which may be the target of a pointer.
bool read_netbios_name(Span message, size_t offset, uint8_t name[kNameBytes + 1]) {
  DnsName text;
  if (!read_dns_name(message, offset, &text, nullptr) || text.length < 32) return false;
  if (text.length > 32 && text.text[32] != '.') return false;  // a scope may follow
  for (size_t i = 0; i <= kNameBytes; ++i) {
    const int high = text.text[2 * i] - 'a', low = text.text[2 * i + 1] - 'a';
    if (high < 0 || high > 15 || low < 0 || low > 15) return false;
    name[i] = static_cast<uint8_t>((high << 4) | low);
  }
  return true;
}

// RFC 1002 §4.2.2, §4.2.13: flags and address, repeated.
bool take_addresses(Span message, const DnsRecordView& record, HostObservations* out) {
  uint8_t name[kNameBytes + 1];
  if (!read_netbios_name(message, record.owner_offset, name)) return false;
  Cursor data(record.data);
  while (data.remaining() >= 6) {
    const uint16_t flags = data.be16();
    const Span address = data.take(4);
    if ((flags & kGroupFlag) != 0 || !is_host_suffix(name[kNameBytes]) || is_zero(address)) continue;
    if (out->count == kMaxObservations) return true;
    HostObservation& observation = add_observation(out, ObservationSource::kNbns);
    set_address(&observation, address);
    if (!set_padded_name(&observation, name)) --out->count;
  }
  return data.empty();
}

// RFC 1002 §4.2.18: names of a node, then the MAC of its interface.
bool take_status(const DnsRecordView& record, HostObservations* out) {
  Cursor data(record.data);
  HostObservation found;
  found.source = ObservationSource::kNbns;
  for (unsigned left = data.u8(); left > 0; --left) {
    const Span name = data.take(kNameBytes);
    const uint8_t suffix = data.u8();
    const uint16_t flags = data.be16();
    if (!data.ok()) return false;
    if (found.name_length == 0 && suffix == kSuffixWorkstation && (flags & kGroupFlag) == 0) {
      set_padded_name(&found, name.data);
    }
  }
  const Span mac = data.take(6);
  if (!data.ok()) return false;
  set_mac(&found, mac);
  if (found.name_length != 0 && found.has_mac) add_observation(out, ObservationSource::kNbns) = found;
  return true;
}

}  // namespace

bool parse_nbns(Span payload, HostObservations* out) {
  out->count = 0;
  if (payload.size < kHeaderBytes) return false;
  DnsRecordReader reader(payload, DnsRecordReader::Sections::kAll);
  DnsRecordView record;
  while (reader.next(&record)) {
    if (record.type == kTypeNb && !take_addresses(payload, record, out)) return false;
    if (record.type == kTypeStatus && !take_status(record, out)) return false;
  }
  return reader.ok();
}

}  // namespace wiretally

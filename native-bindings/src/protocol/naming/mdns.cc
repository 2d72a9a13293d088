#include "mdns.h"

#include "../dns.h"

namespace wiretally {

namespace {

constexpr uint8_t kResponseBit = 0x80;
constexpr char kLocal[] = ".local";
constexpr size_t kLocalBytes = sizeof(kLocal) - 1;

// "mac-book.local" is the host mac-book. Names outside .local, and service names, are no host names.
size_t host_length(const DnsName& name) {
  if (name.length <= kLocalBytes) return 0;
  const size_t length = name.length - kLocalBytes;
  const bool is_local = std::memcmp(name.text + length, kLocal, kLocalBytes) == 0;
  return is_local && std::memchr(name.text, '.', length) == nullptr ? length : 0;
}

}  // namespace

bool parse_mdns(Span payload, HostObservations* out) {
  out->count = 0;
  if (payload.size < 12) return false;
  if ((payload.data[2] & kResponseBit) == 0) return true;
  DnsRecordReader reader(payload, DnsRecordReader::Sections::kAll);
  DnsRecordView record;
  DnsNameReader names(payload);
  while (reader.next(&record)) {
    const bool is_address = (record.type == kDnsTypeA && record.data.size == 4) ||
                            (record.type == kDnsTypeAaaa && record.data.size == 16);
    if (!is_address || out->count == kMaxObservations) continue;
    DnsName name;
    if (!names.read(record.owner_offset, &name, nullptr)) return false;
    const size_t length = host_length(name);
    if (length == 0 || is_zero(record.data)) continue;
    HostObservation& observation = add_observation(out, ObservationSource::kMdns);
    set_address(&observation, record.data);
    set_name(&observation, Span{reinterpret_cast<const uint8_t*>(name.text), length});
    if (observation.name_length == 0) --out->count;
  }
  return reader.ok();
}

}  // namespace wiretally

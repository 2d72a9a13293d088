#include "dhcp.h"

#include "../dns_name.h"

namespace wiretally {

namespace {

constexpr uint32_t kMagicCookie = 0x63825363;
constexpr uint8_t kDhcpEthernet = 1;

enum Option : uint8_t {
  kPad = 0,
  kHostName = 12,
  kRequestedAddress = 50,
  kLeaseTime = 51,
  kMessageType = 53,
  kClientFqdn = 81,
  kEnd = 255,
};
enum MessageType : uint8_t { kDiscover = 1, kRequest = 3, kAck = 5, kInform = 8 };
constexpr uint8_t kFqdnIsEncoded = 0x04;  // RFC 4702 §2.1: the E bit, name in DNS wire format

struct Options {
  uint8_t message_type = 0;
  Span host_name;
  Span fqdn;  // flags and two result codes in front
  Span requested;
  uint32_t lease_seconds = 0;
};

bool read_options(Cursor cursor, Options* options) {
  while (!cursor.empty()) {
    const uint8_t code = cursor.u8();
    if (code == kPad) continue;
    if (code == kEnd) return true;
    Cursor body(cursor.take(cursor.u8()));
    if (!cursor.ok()) return false;
    switch (code) {
      case kMessageType: options->message_type = body.u8(); break;
      case kHostName: options->host_name = body.rest(); break;
      case kClientFqdn: options->fqdn = body.rest(); break;
      case kRequestedAddress: options->requested = body.take(4); break;
      case kLeaseTime: options->lease_seconds = body.be32(); break;
      default: break;
    }
    if (!body.ok()) return false;
  }
  return cursor.ok();  // many senders leave the end option out
}

void set_fqdn(HostObservation* observation, Span option) {
  if (option.size <= 3) return;
  const Span name{option.data + 3, option.size - 3};
  if ((option.data[0] & kFqdnIsEncoded) == 0) {
    set_name(observation, name);
    return;
  }
  DnsName text;
  // RFC 4702 §3.1 allows a partial name without the root at its end; such a name is not read.
  if (read_dns_name(name, 0, &text, nullptr)) {
    set_name(observation, Span{reinterpret_cast<const uint8_t*>(text.text), text.length});
  }
}

// Returns the client address by message type; an empty span if there is none.
Span client_address(const Options& options, Span current, Span assigned) {
  switch (options.message_type) {
    case kAck: return is_zero(assigned) ? current : assigned;
    case kRequest: return is_zero(current) ? options.requested : current;
    case kInform: return current;
    default: return Span{};
  }
}

}  // namespace

bool parse_dhcp4(Span payload, HostObservations* out) {
  out->count = 0;
  Cursor cursor(payload);
  cursor.skip(1);  // operation: the message type is more specific
  const uint8_t hardware = cursor.u8();
  const uint8_t hardware_bytes = cursor.u8();
  cursor.skip(9);  // hops, transaction, seconds, flags
  const Span current = cursor.take(4);
  const Span assigned = cursor.take(4);
  cursor.skip(4);  // next server
  const Span relay = cursor.take(4);
  const Span mac = cursor.take(16);
  cursor.skip(64 + 128);  // server name and boot file
  const uint32_t cookie = cursor.be32();
  if (!cursor.ok()) return false;
  if (cookie != kMagicCookie) return true;  // BOOTP, RFC 951
  Options options;
  if (!read_options(cursor, &options)) return false;
  const bool is_known = options.message_type == kDiscover || options.message_type == kRequest ||
                        options.message_type == kAck || options.message_type == kInform;
  if (!is_known || hardware != kDhcpEthernet || hardware_bytes != 6) return true;
  if (!is_usable_mac(Span{mac.data, 6})) return true;
  HostObservation& observation = add_observation(out, ObservationSource::kDhcp);
  set_mac(&observation, Span{mac.data, 6});
  const Span address = client_address(options, current, assigned);
  if (address.size == 4) set_address(&observation, address);
  set_name(&observation, options.host_name);
  if (observation.name_length == 0) set_fqdn(&observation, options.fqdn);
  observation.is_relayed = options.message_type != kAck && !is_zero(relay);
  if (options.message_type == kAck) observation.lease_seconds = options.lease_seconds;
  if (observation.ip_version == 0 && observation.name_length == 0) out->count = 0;
  return true;
}

}  // namespace wiretally

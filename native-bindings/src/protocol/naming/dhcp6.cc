#include "dhcp6.h"

#include "../dns_name.h"

namespace wiretally {

namespace {

enum Dhcp6Message : uint8_t {
  kSolicit = 1,
  kAdvertise = 2,
  kReply = 7,
  kRelayForward = 12,
  kRelayReply = 13,
};
enum Dhcp6Option : uint16_t {
  kClientId = 1,
  kIaNa = 3,
  kIaAddress = 5,
  kRelayMessage = 9,
  kDhcp6ClientFqdn = 39,
  kClientLinkLayer = 79,
};
constexpr int kMaxRelays = 8;  // RFC 8415 §7.6: HOP_COUNT_LIMIT
constexpr uint16_t kDuidLinkLayerTime = 1, kDuidLinkLayer = 3, kDuidEthernet = 1;

// RFC 8415 §11.2 and §11.4.
void take_duid(Cursor duid, HostObservation* observation) {
  const uint16_t type = duid.be16();
  const uint16_t hardware = duid.be16();
  if (type == kDuidLinkLayerTime) duid.skip(4);
  const Span mac = duid.rest();
  const bool is_link_layer = type == kDuidLinkLayerTime || type == kDuidLinkLayer;
  if (is_link_layer && hardware == kDuidEthernet && mac.size == 6) set_mac(observation, mac);
}

// RFC 8415 §21.4: identity association, its times, then options; the first address with a lifetime counts.
bool take_ia(Cursor body, HostObservation* observation) {
  body.skip(12);
  while (!body.empty()) {
    const uint16_t code = body.be16();
    Cursor option(body.take(body.be16()));
    if (!body.ok()) return false;
    if (code != kIaAddress || observation->ip_version != 0) continue;
    const Span address = option.take(16);
    option.skip(4);  // preferred lifetime
    const uint32_t valid_seconds = option.be32();
    if (!option.ok()) return false;
    if (valid_seconds == 0) continue;
    set_address(observation, address);
    observation->lease_seconds = valid_seconds;
  }
  return body.ok();
}

void take_fqdn(Cursor body, HostObservation* observation) {
  body.skip(1);  // flags
  const Span encoded = body.rest();
  DnsName name;
  // RFC 4704 §4.2: a partial name has no root at its end; read it with one added.
  uint8_t whole[kMaxDnsName + 1];
  if (encoded.size == 0 || encoded.size > kMaxDnsName) return;
  std::memcpy(whole, encoded.data, encoded.size);
  whole[encoded.size] = 0;
  if (!read_dns_name(Span{whole, encoded.size + 1}, 0, &name, nullptr)) return;
  set_name(observation, Span{reinterpret_cast<const uint8_t*>(name.text), name.length});
}

struct Message {
  uint8_t type = 0;
  Span relayed;  // The message inside a relay message.
  HostObservation observation;
};

bool read_message(Cursor cursor, Message* message) {
  message->type = cursor.u8();
  message->relayed = Span{};
  const bool is_relay = message->type == kRelayForward || message->type == kRelayReply;
  cursor.skip(is_relay ? 1 + 16 + 16 : 3);  // hop count, link and peer address; or transaction id
  while (!cursor.empty()) {
    const uint16_t code = cursor.be16();
    Cursor body(cursor.take(cursor.be16()));
    if (!cursor.ok()) return false;
    switch (code) {
      case kClientId: take_duid(body, &message->observation); break;
      case kDhcp6ClientFqdn: take_fqdn(body, &message->observation); break;
      case kIaNa:
        if (!take_ia(body, &message->observation)) return false;
        break;
      case kClientLinkLayer:
        if (body.be16() == kDuidEthernet) set_mac(&message->observation, body.rest());
        break;
      case kRelayMessage: message->relayed = body.rest(); break;
      default: break;
    }
  }
  return cursor.ok();
}

}  // namespace

bool parse_dhcp6(Span payload, HostObservations* out) {
  out->count = 0;
  Message message;
  message.observation.source = ObservationSource::kDhcp6;
  Span at = payload;
  for (int i = 0; i <= kMaxRelays && at.size != 0; ++i) {
    if (!read_message(Cursor(at), &message)) return false;
    at = message.relayed;
  }
  if (payload.size == 0) return false;
  message.observation.is_relayed = payload.data[0] == kRelayForward;
  HostObservation& observation = message.observation;
  if (message.type < kSolicit || message.type > kReply || message.type == kAdvertise) return true;
  if (observation.has_mac && (observation.ip_version != 0 || observation.name_length != 0)) {
    add_observation(out, ObservationSource::kDhcp6) = observation;
  }
  return true;
}

}  // namespace wiretally

// Addresses, MACs and names out of ARP, NDP, DHCP, mDNS and NetBIOS.
#include "../../native-bindings/src/protocol/naming/arp.h"

#include <doctest/doctest.h>

#include "../../native-bindings/src/protocol/naming/dhcp.h"
#include "../../native-bindings/src/protocol/naming/dhcp6.h"
#include "../../native-bindings/src/protocol/naming/mdns.h"
#include "../../native-bindings/src/protocol/naming/nbns.h"
#include "../../native-bindings/src/protocol/naming/ndp.h"
#include "../../native-bindings/src/stream/datagram/host_observations.h"
#include "dns_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

const uint8_t kSource[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11};
bool ndp_of_source(Span of, HostObservations* out) { return parse_ndp(of, kSource, out); }
using Parser = bool (*)(Span, HostObservations*);

// "address mac name lease" of every observation; "malformed" when it is refused.
std::string read(Parser parser, const Bytes& of) {
  const bytes::Prefix exact(of, of.size());
  HostObservations found;
  if (!parser(exact.span(), &found)) return "malformed";
  std::string out;
  for (size_t i = 0; i < found.count; ++i) {
    const HostObservation& one = found.list[i];
    if (!out.empty()) out += "; ";
    out += one.ip_version == 0 ? "-" : bytes::to_hex(one.address, one.ip_version == 4 ? 4 : 16);
    out += ' ' + (one.has_mac ? bytes::to_hex(one.mac, 6) : std::string("-"));
    out += ' ' + (one.name_length == 0 ? std::string("-") : std::string(one.name, one.name_length));
    out += ' ' + std::to_string(one.lease_seconds);
  }
  return out;
}

// A parser rejects a prefix or returns no more than for the whole; it never reads beyond.
void every_prefix_is_safe(Parser parser, const Bytes& whole) {
  for (size_t size = 0; size <= whole.size(); ++size)
    read(parser, Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
}

TEST_CASE("arp names its sender") {
  const Bytes reply = bytes::hex("0001 0800 06 04 0002 0242ac110002 0a4d0002 0242ac110001 0a4d0001");
  CHECK_EQ(read(parse_arp, reply), "0a4d0002 0242ac110002 - 0");
  Bytes probe = reply;
  std::fill(probe.begin() + 14, probe.begin() + 18, uint8_t{0});
  CHECK_EQ(read(parse_arp, probe), "");
  Bytes group = reply;
  group[8] = 0xff;
  CHECK_EQ(read(parse_arp, group), "");
  Bytes other = reply;
  other[3] = 6;
  CHECK_EQ(read(parse_arp, other), "");
  Bytes odd = reply;
  odd[4] = 8;
  CHECK_EQ(read(parse_arp, odd), "malformed");
  for (size_t size = 0; size < reply.size(); ++size) {
    CHECK_EQ(read(parse_arp, Bytes(reply.begin(), reply.begin() + static_cast<ptrdiff_t>(size))), "malformed");
  }
}

TEST_CASE("ndp pairs addresses with link layer options") {
  const std::string target = "20010db8000000000000000000000022";
  const std::string own = "fe800000000000000000000000000011";
  const Bytes advertisement = bytes::hex("88 00 0000 60000000" + target + "02 01 024200000022");
  CHECK_EQ(read(ndp_of_source, advertisement), target + " 024200000022 - 0");
  CHECK_EQ(read(ndp_of_source, bytes::hex("87 00 0000 00000000" + target + "01 01 024200000011")),
           own + " 024200000011 - 0");
  CHECK_EQ(read(ndp_of_source, bytes::hex("85 00 0000 00000000 01 01 024200000011")), own + " 024200000011 - 0");
  CHECK_EQ(read(ndp_of_source,
                bytes::hex("86 00 0000 40000708 00000000 00000000 05 01 0000000005dc 01 01 024200000011")),
           own + " 024200000011 - 0");
  CHECK_EQ(read(ndp_of_source, bytes::hex("80 00 0000 00010001")), "");  // an echo
  CHECK_EQ(read(ndp_of_source, bytes::hex("85 00 0000 00000000 01 00 024200000011")), "malformed");
  every_prefix_is_safe(ndp_of_source, advertisement);
}

Bytes dhcp(const std::string& current, const std::string& assigned, const std::string& options) {
  Bytes out = bytes::hex("01 01 06 00 12345678 0000 0000" + current + assigned + "00000000 00000000 0242ac110002");
  out.resize(out.size() + 10 + 64 + 128);
  bytes::add(&out, bytes::hex("63825363" + options));
  return out;
}

TEST_CASE("an observation says whether the machine that it names sent it") {
  const uint8_t client[] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x02};
  const uint8_t other[] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x66};
  const auto flags_of = [](Parser parser, const Bytes& message, const uint8_t* sender) {
    HostObservations found;
    Packet packet{};
    packet.source_mac = sender;
    REQUIRE(parser(Span{message.data(), message.size()}, &found));
    REQUIRE_EQ(found.count, 1);
    return observation_flags(found.list[0], packet);
  };
  const Bytes arp = bytes::hex("0001 0800 06 04 0002 0242ac110002 0a4d0002 0242ac110001 0a4d0001");
  CHECK_EQ(flags_of(parse_arp, arp, client), kObservationByOwner);
  CHECK_EQ(flags_of(parse_arp, arp, other), 0);
  CHECK_EQ(flags_of(parse_arp, arp, nullptr), 0);
  const Bytes request = dhcp("00000000", "00000000", "350103 3204 0a4d0002 0c06 6465762d3137 ff");
  CHECK_EQ(flags_of(parse_dhcp4, request, client), kObservationByOwner);
  CHECK_EQ(flags_of(parse_dhcp4, request, other), 0);
  Bytes relayed = request;
  relayed[24] = 10;
  CHECK_EQ(flags_of(parse_dhcp4, relayed, other), kObservationByOwner);
  Bytes answer = dhcp("00000000", "0a4d0002", "350105 3304 00000e10 0c06 6465762d3137 ff");
  CHECK_EQ(flags_of(parse_dhcp4, answer, other), 0);
  answer[24] = 10;
  CHECK_EQ(flags_of(parse_dhcp4, answer, other), 0);
}

TEST_CASE("a name without a MAC is the sender's") {
  const uint8_t sender[] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x66};
  HostObservation named;
  named.source = ObservationSource::kMdns;
  Packet packet{};
  CHECK_EQ(observation_flags(named, packet), 0);
  packet.source_mac = sender;
  CHECK_EQ(observation_flags(named, packet), kObservationByOwner);
  CHECK_EQ(bytes::to_hex(observation_record(named, packet, 0).mac, 6), "0242ac110066");
}

TEST_CASE("dhcp names its client") {
  const struct {
    const char* name;
    Bytes message;
    const char* expected;
  } cases[] = {
      {"discover with a name", dhcp("00000000", "00000000", "350101 0c06 4445562d3137 ff"), "- 0242ac110002 dev-17 0"},
      {"request", dhcp("00000000", "00000000", "350103 3204 0a4d0002 0c06 6465762d3137 ff"),
       "0a4d0002 0242ac110002 dev-17 0"},
      {"renewal", dhcp("0a4d0002", "00000000", "350103 0c07 6465762d313700 ff"), "0a4d0002 0242ac110002 dev-17 0"},
      {"acknowledgement", dhcp("00000000", "0a4d0002", "350105 3304 00000e10 ff"), "0a4d0002 0242ac110002 - 3600"},
      {"FQDN in ASCII", dhcp("0a4d0002", "00000000", "350108 5109 010000 6465762e6c61 ff"),
       "0a4d0002 0242ac110002 dev.la 0"},
      {"FQDN in labels", dhcp("0a4d0002", "00000000", "350108 510b 050000 03646576 026c61 00 ff"),
       "0a4d0002 0242ac110002 dev.la 0"},
      {"padding between options", dhcp("00000000", "00000000", "0000 350101 00 0c01 61"), "- 0242ac110002 a 0"},
      {"an offer", dhcp("00000000", "0a4d0002", "350102 ff"), ""},
      {"a name with a blank", dhcp("00000000", "00000000", "350101 0c03 612062 ff"), ""},
      {"an option beyond the message", dhcp("00000000", "00000000", "350101 0c09 61"), "malformed"},
      {"a lease of two bytes", dhcp("00000000", "0a4d0002", "350105 3302 0e10 ff"), "malformed"},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    CHECK_EQ(read(parse_dhcp4, one.message), one.expected);
    every_prefix_is_safe(parse_dhcp4, one.message);
  }
  Bytes token_ring = dhcp("00000000", "0a4d0002", "350105 ff");
  token_ring[1] = 6;
  CHECK_EQ(read(parse_dhcp4, token_ring), "");
  Bytes bootp = dhcp("00000000", "0a4d0002", "ff");
  bootp[236] = 0;
  CHECK_EQ(read(parse_dhcp4, bootp), "");
}

TEST_CASE("dhcp6 names its client") {
  const std::string address = "20010db8000000000000000000000022";
  const std::string id = "0001 000e 0001 0001 12345678 0242ac110002";
  const std::string association = "0003 0028 00000001 00000000 00000000 0005 0018" + address + "00000e10 00001c20";
  const std::string name = "0027 0008 01 03646576 026c61";
  const Bytes reply = bytes::hex("07 123456" + id + association + name);
  CHECK_EQ(read(parse_dhcp6, reply), address + " 0242ac110002 dev.la 7200");
  CHECK_EQ(read(parse_dhcp6, bytes::hex("01 123456" + id + name)), "- 0242ac110002 dev.la 0");
  CHECK_EQ(read(parse_dhcp6, bytes::hex("02 123456" + id + association)), "");  // an advertisement without an effect
  CHECK_EQ(read(parse_dhcp6, bytes::hex("07 123456 0001 000a 0003 0001 0242ac110002" + association)),
           address + " 0242ac110002 - 7200");
  CHECK_EQ(read(parse_dhcp6, bytes::hex("07 123456 0001 0012 0004 000102030405060708090a0b0c0d0e0f" + association)),
           "");
  // Relayed, with the link-layer address.
  Bytes relayed = bytes::hex("0d 00" + std::string(64, '0') + "004f 0008 0001 0242ac110002");
  Bytes inner = bytes::hex("07 123456" + association);
  bytes::add_number(&relayed, 9, 2);
  bytes::add_counted(&relayed, inner, 2);
  CHECK_EQ(read(parse_dhcp6, relayed), address + " 0242ac110002 - 7200");
  CHECK_EQ(read(parse_dhcp6, bytes::hex("07 123456 0003 0004 00000001")), "malformed");
  every_prefix_is_safe(parse_dhcp6, reply);
  every_prefix_is_safe(parse_dhcp6, relayed);
}

TEST_CASE("mdns names hosts") {
  DnsBuilder dns(0x8400);
  dns.address("Mac-Book.local", "0a4d0002", 120).address("mac-book.local", "fe800000000000000000000000000011", 120);
  dns.record("_http._tcp.local", 12, 120, DnsBuilder::name("x._http._tcp.local"));
  dns.address("printer.example.com", "0a4d0003", 120);  // not of this link
  dns.address("a.b.local", "0a4d0004", 120);
  const Bytes answer = dns.build();
  CHECK_EQ(read(parse_mdns, answer), "0a4d0002 - mac-book 0; fe800000000000000000000000000011 - mac-book 0");
  DnsBuilder question(0);
  question.question("mac-book.local", 1);
  CHECK_EQ(read(parse_mdns, question.build()), "");
  for (size_t size = 0; size < answer.size(); ++size) {
    const Bytes prefix(answer.begin(), answer.begin() + static_cast<ptrdiff_t>(size));
    CHECK_EQ(read(parse_mdns, prefix), "malformed");
  }
  DnsBuilder many(0x8400);
  for (int i = 0; i < 40; ++i) many.address("h" + std::to_string(i) + ".local", "0a4d0002", 120);
  HostObservations found;
  CHECK(parse_mdns(bytes::span(many.build()), &found));
  CHECK_EQ(found.count, kMaxObservations);
}

Bytes netbios_name(std::string name, uint8_t suffix) {
  name.resize(15, ' ');
  name += static_cast<char>(suffix);
  Bytes out = {32};
  for (const char c : name) {
    out.push_back(static_cast<uint8_t>('A' + (static_cast<uint8_t>(c) >> 4)));
    out.push_back(static_cast<uint8_t>('A' + (c & 15)));
  }
  out.push_back(0);
  return out;
}

Bytes registration(uint8_t suffix, const char* flags) {
  Bytes out = bytes::hex("1234 2910 0001 0000 0000 0001");
  bytes::add(&out, netbios_name("DEV-17", suffix));
  bytes::add(&out, bytes::hex("0020 0001 c00c 0020 0001 000493e0 0006" + std::string(flags) + "0a4d0002"));
  return out;
}

TEST_CASE("nbns names workstations") {
  const Bytes workstation = registration(0x00, "0000");
  CHECK_EQ(read(parse_nbns, workstation), "0a4d0002 - dev-17 0");
  CHECK_EQ(read(parse_nbns, registration(0x20, "0000")), "0a4d0002 - dev-17 0");
  CHECK_EQ(read(parse_nbns, registration(0x00, "8000")), "");  // a group
  CHECK_EQ(read(parse_nbns, registration(0x1d, "0000")), "");  // a master browser
  Bytes status = bytes::hex("1234 8400 0000 0001 0000 0000");
  bytes::add(&status, netbios_name("*", 0));
  Bytes data = bytes::hex("02");
  bytes::add_text(&data, "WORKGROUP      ");
  bytes::add(&data, bytes::hex("00 8400"));
  bytes::add_text(&data, "DEV-17         ");
  bytes::add(&data, bytes::hex("00 0400 0242ac110002"));
  bytes::add(&status, bytes::hex("0021 0001 00000000"));
  bytes::add_counted(&status, data, 2);
  CHECK_EQ(read(parse_nbns, status), "- 0242ac110002 dev-17 0");
  for (const Bytes& whole : {workstation, status}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const Bytes prefix(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      CHECK_EQ(read(parse_nbns, prefix), "malformed");
    }
  }
}

}  // namespace

// Frames of every link type and encapsulation with their expected results; shared by tests and the
// seeds of fuzzers.
#pragma once

#include <string>
#include <vector>

#include "frame_builder.h"

namespace cases {

struct Case {
  std::string name;
  uint16_t link_type;
  frames::Bytes frame;
  std::string expected;  // "4 tcp 1234>443 5", followed by tunnels and VLANs; or the word for another result
};

inline std::vector<Case> links() {
  using namespace frames;
  const Bytes p4 = ip4({}, tcp(1234, 443, filled(5)));
  const Bytes p6 = ip6(6, tcp(1234, 443, filled(5)));
  const std::string want4 = "4 tcp 1234>443 5";
  const std::string want6 = "6 tcp 1234>443 5";
  const Bytes snap = joined({bytes::hex("aaaa03 000000 0800"), p4});
  const Bytes sll = header({{0, 2}, {1, 2}, {6, 2}, {0x0200000000020000, 8}, {0x0800, 2}}, p4);
  const Bytes wlan_head = bytes::hex("020000000001 020000000002 020000000003 1000");
  const Bytes wlan = joined({bytes::hex("0801 0000"), wlan_head, snap});
  return {
      {"Ethernet, IPv4", 1, ethernet(0x0800, p4), want4},
      {"Ethernet, IPv6", 1, ethernet(0x86dd, p6), want6},
      {"Ethernet with padding", 1, joined({ethernet(0x0800, p4), filled(20)}), want4},
      {"Ethernet, LLC and SNAP", 1, ethernet(static_cast<uint16_t>(snap.size()), snap), want4},
      {"ARP", 1, ethernet(0x0806, filled(28)), "no port"},
      {"NULL, little-endian", 0, joined({bytes::hex("02000000"), p4}), want4},
      {"NULL, big-endian", 0, joined({bytes::hex("00000002"), p4}), want4},
      {"NULL, IPv6 of FreeBSD", 0, joined({bytes::hex("1c000000"), p6}), want6},
      {"NULL, IPv6 of macOS", 0, joined({bytes::hex("1e000000"), p6}), want6},
      {"LOOP", 108, joined({bytes::hex("00000018"), p6}), want6},
      {"NULL, 16 bits as on IRIX", 0, joined({bytes::hex("00020000"), p4}), want4},
      {"NULL, ether type as of early Linux", 0, joined({bytes::hex("00000800"), p4}), want4},
      {"NULL, IPv6 of Windows", 0, joined({bytes::hex("17000000"), p6}), want6},
      {"NULL, unknown family", 0, joined({bytes::hex("63000000"), p4}), want4},
      {"NULL, unknown family of foreign order", 0, joined({bytes::hex("00000063"), p6}), want6},
      {"NULL, impossible family", 0, joined({bytes::hex("002f006c"), p4}), want4},
      {"NULL, unknown family without IP", 0, joined({bytes::hex("00000063"), filled(60, 0x45)}), "no port"},
      {"NULL, PPP", 0, joined({bytes::hex("ff03 0021"), p4}), want4},
      {"LOOP, little-endian", 108, joined({bytes::hex("18000000"), p6}), want6},
      {"LOOP, unknown family", 108, joined({bytes::hex("00000063"), p4}), want4},
      {"raw IPv4", 101, p4, want4},
      {"raw IPv6", 101, p6, want6},
      {"raw, old number", 12, p4, want4},
      {"raw, OpenBSD's number", 14, p6, want6},
      {"IPv4 only", 228, p4, want4},
      {"IPv4 only, with padding", 228, joined({p4, filled(20)}), want4},
      {"IPv4 only, no payload", 228, ip4({}, tcp(1234, 443, {})), "4 tcp 1234>443 0"},
      {"IPv6 only", 229, p6, want6},
      {"PPP", 9, joined({bytes::hex("ff03 0021"), p4}), want4},
      {"PPP, fields compressed", 9, joined({bytes::hex("21"), p4}), want4},
      {"PPP with an ether type", 9, joined({bytes::hex("ff03 0800"), p4}), want4},
      {"PPP with the ether type of IPv6", 9, joined({bytes::hex("ff03 86dd"), p6}), want6},
      {"PPP, multilink", 9, joined({bytes::hex("ff03 003d c0000007 0021"), p4}), want4},
      {"PPP, multilink with short numbers", 9, joined({bytes::hex("3d c007 57"), p6}), want6},
      {"PPP, part of a multilink frame", 9, joined({bytes::hex("ff03 003d 80000007 0021"), p4}), "no port"},
      {"Cisco HDLC by PPP's first number", 9, joined({bytes::hex("0f00 0800"), p4}), want4},
      {"Cisco HDLC to all, by PPP's first number", 9, joined({bytes::hex("8f00 86dd"), p6}), want6},
      {"Cisco HDLC, keep-alive, by PPP's first number", 9, joined({bytes::hex("8f00 8035"), filled(18)}), "no port"},
      {"PPP control", 9, bytes::hex("ff03 c021 01010004"), "no port"},
      {"PPP in HDLC", 50, joined({bytes::hex("ff03 0057"), p6}), want6},
      {"Cisco HDLC by PPP's number", 50, joined({bytes::hex("0f00 0800"), p4}), want4},
      {"PPPoE bare", 51, joined({header({{0x1100, 2}, {7, 2}, {p4.size() + 2, 2}, {0x0021, 2}}, p4)}),
       want4 + " pppoe"},
      {"Cisco HDLC", 104, joined({bytes::hex("0f00 86dd"), p6}), want6},
      {"Frame Relay, NLPID", 107, joined({bytes::hex("1041 03 cc"), p4}), want4},
      {"Frame Relay, SNAP", 107, joined({bytes::hex("1041 03 00 80 000000 0800"), p4}), want4},
      {"Frame Relay, bridged", 107, joined({bytes::hex("1041 03 00 80 0080c2 0007"), ethernet(0x0800, p4)}), want4},
      {"Frame Relay, Cisco", 107, joined({bytes::hex("1041 0800"), p4}), want4},
      {"802.11", 105, wlan, want4},
      {"802.11, QoS", 105, joined({bytes::hex("8801 0000"), wlan_head, bytes::hex("0000"), snap}), want4},
      {"802.11, QoS with HT control", 105,
       joined({bytes::hex("8881 0000"), wlan_head, bytes::hex("0000 00000000"), snap}), want4},
      {"802.11, four addresses", 105, joined({bytes::hex("0803 0000"), wlan_head, filled(6), snap}), want4},
      {"802.11, aggregate", 105,
       joined({bytes::hex("8801 0000"), wlan_head, bytes::hex("8000"),
               ethernet(static_cast<uint16_t>(snap.size()), snap)}),
       want4},
      {"802.11, encrypted", 105, joined({bytes::hex("0841 0000"), wlan_head, filled(40)}), "no port"},
      {"802.11, beacon", 105, joined({bytes::hex("8000 0000"), wlan_head, filled(40)}), "no port"},
      {"radiotap", 127, joined({bytes::hex("0000 0800 00000000"), wlan}), want4},
      {"radiotap with FCS", 127, joined({bytes::hex("0000 0900 02000000 10"), wlan, filled(4)}), want4},
      {"PPI", 192, joined({bytes::hex("0000 0800 01000000"), ethernet(0x0800, p4)}), want4},
      {"SLL", 113, sll, want4},
      {"SLL2", 276, header({{0x0800, 2}, {0, 2}, {3, 4}, {1, 2}, {0, 1}, {6, 1}, {0x0200000000020000, 8}}, p4), want4},
      {"PKTAP", 258, joined({bytes::hex("10000000 01000000 01000000 00000000"), ethernet(0x0800, p4)}), want4},
      {"PKTAP as USER2", 149, joined({bytes::hex("10000000 01000000 0c000000 00000000"), p6}), want6},
      {"NFLOG", 239, joined({bytes::hex("02 00 0000 0800 0a00 00000000"), bytes::hex("3100 0900"), p4}), want4},
      {"NFLOG of a bridge", 239, joined({bytes::hex("07 00 0000 0800 0a00 00000000"), bytes::hex("3100 0900"), p4}),
       want4},
      {"NFLOG, big-endian", 239, joined({bytes::hex("0a 00 0000 0008 000a 00000000"), bytes::hex("0045 0009"), p6}),
       want6},
      {"ENC", 109, joined({bytes::hex("02000000 34120000 00000000"), p4}), want4},
      {"PFLOG", 117, joined({bytes::hex("3d020000"), filled(60), p4}), want4},
      {"PFLOG, padded to eight bytes", 117, joined({bytes::hex("45180000"), filled(68, 0x11), p6}), want6},
      {"PFLOG without a length", 117, joined({bytes::hex("00020000"), p4}), "malformed link.short"},
      {"PPP with direction", 204, joined({bytes::hex("01 ff03 0021"), p4}), want4},
      {"PPP with direction, fields compressed", 204, joined({bytes::hex("00 57"), p6}), want6},
      {"PPP of pppd", 166, joined({bytes::hex("01 03 0021"), p4}), want4},
      {"Cisco HDLC with direction", 205, joined({bytes::hex("01 0f00 0800"), p4}), want4},
      {"LLC of ATM", 100, snap, want4},
      {"ERF, Ethernet", 197,
       joined({bytes::hex("0000000000000000 02 04 0000 0000 0043 0000"), ethernet(0x0800, p4), filled(4)}), want4},
      {"ERF with extension headers", 197,
       joined({bytes::hex("0000000000000000 82 04 0000 0000 0043 83000000 00000000 03000000 00000000 0000"),
               ethernet(0x0800, p4)}),
       want4},
      {"ERF, HDLC", 197, joined({bytes::hex("0000000000000000 01 04 0000 0000 0031 0f00 0800"), p4}), want4},
      {"ERF, IPv6", 197, joined({bytes::hex("0000000000000000 17 04 0000 0000 0041"), p6}), want6},
      {"ERF of another type", 197, joined({bytes::hex("0000000000000000 15 04 0000 0000 0041"), p6}), "no port"},
      {"Juniper, Ethernet", 178, joined({bytes::hex("4d4743 00"), ethernet(0x0800, p4)}), want4},
      {"Juniper, Ethernet with extensions", 178,
       joined({bytes::hex("4d4743 80 0006 010101020101"), ethernet(0x0800, p4)}), want4},
      {"Juniper, Ethernet without its header", 178, joined({bytes::hex("4d4743 02 00000002"), p4}), want4},
      {"Juniper, PPP", 179, joined({bytes::hex("4d4743 00 ff03 0021"), p4}), want4},
      {"Juniper, Frame Relay", 180, joined({bytes::hex("4d4743 00 1041 03 cc"), p4}), want4},
      {"Juniper, Cisco HDLC", 181, joined({bytes::hex("4d4743 00 0f00 86dd"), p6}), want6},
      {"Juniper without its mark", 178, joined({bytes::hex("4d4742 00"), ethernet(0x0800, p4)}),
       "malformed link.short"},
      {"IPNET", 226, joined({bytes::hex("01 02 0000"), filled(20), p4}), want4},
      {"Juniper, PPPoE", 167, joined({bytes::hex("4d4743 00"), ethernet(0x0800, p4)}), want4},
      {"Frame Relay with direction", 206, joined({bytes::hex("01 1841 03 cc"), p4}), want4},
      {"token ring", 6, joined({bytes::hex("1040 020000000001 020000000002"), snap}), want4},
      {"token ring with a route", 6, joined({bytes::hex("1040 020000000001 820000000002 0630 0011 0020"), snap}),
       want4},
      {"SLIP", 8, joined({bytes::hex("01"), filled(15), p4}), want4},
      {"FDDI", 10, joined({bytes::hex("50 020000000001 020000000002"), snap}), want4},
      {"LLC by the number of BSD", 19, snap, want4},
      {"Symantec firewall", 99, joined({filled(6), bytes::hex("0800"), filled(36), p4}), want4},
      {"LLC by the number of Linux", 106, snap, want4},
      {"IP over Fibre Channel", 122, joined({filled(16), snap}), want4},
      {"SunATM", 123, joined({bytes::hex("82000064"), snap}), want4},
      {"SunATM, LANE", 123, joined({bytes::hex("81000064"), snap}), "no port"},
      {"IP over IEEE 1394", 138, joined({filled(16), bytes::hex("86dd"), p6}), want6},
      {"DOCSIS", 143, joined({bytes::hex("00 00 0041 0000"), ethernet(0x0800, p4)}), want4},
      {"DOCSIS with an extended header", 143, joined({bytes::hex("01 02 0043 aabb 0000"), ethernet(0x0800, p4)}),
       want4},
      {"DOCSIS, management", 143, joined({bytes::hex("c2 00 0041 0000"), ethernet(0x0800, p4)}), "no port"},
      {"MPLS", 219, joined({bytes::hex("00012140"), p4}), want4 + " mpls"},
      {"netANALYZER", 240, joined({bytes::hex("00000000"), ethernet(0x0800, p4), filled(4)}), want4},
      {"netANALYZER with preamble", 241,
       joined({bytes::hex("00000000 55555555555555d5"), ethernet(0x0800, p4), filled(4)}), want4},
      {"IP over InfiniBand", 242, joined({filled(40), bytes::hex("0800 0000"), p4}), want4},
      {"Ethernet with preamble", 274, joined({bytes::hex("55555555555555d5"), ethernet(0x0800, p4)}), want4},
      {"tag of a Broadcom switch", 281, joined({filled(12), bytes::hex("20000001 0800"), p4}), want4},
      {"tag of a Broadcom switch in front", 282, joined({bytes::hex("20000001"), ethernet(0x0800, p4)}), want4},
      {"tag of a Marvell switch", 284, joined({filled(12), bytes::hex("c0010064 86dd"), p6}), want6},
      {"tag of a Marvell switch with a type", 285, joined({filled(12), bytes::hex("dada0000 c0010064 0800"), p4}),
       want4},
      {"Prism", 119, joined({bytes::hex("44000000 90000000"), filled(136), wlan}), want4},
      {"Prism, big-endian", 119, joined({bytes::hex("00000044 00000090"), filled(136), wlan}), want4},
      {"AVS by the number of Prism", 119, joined({bytes::hex("80211001 00000040"), filled(56), wlan}), want4},
      {"AVS", 163, joined({bytes::hex("80211001 00000040"), filled(56), wlan}), want4},
      {"unknown link type", 147, p4, "no port link.unknown_type"},
  };
}

inline std::vector<Case> tunnels() {
  using namespace frames;
  const Bytes p4 = ip4({}, tcp(1234, 443, filled(5)));
  const Bytes p6 = ip6(17, udp(1234, 443, filled(5)));
  const Bytes e4 = ethernet(0x0800, p4);
  const std::string want4 = "4 tcp 1234>443 5";
  const std::string want6 = "6 udp 1234>443 5";
  const auto on_ip = [](uint8_t protocol, const Bytes& inner) {
    return ethernet(0x0800, ip4({.protocol = protocol, .source = 0xc0000201, .destination = 0xc0000202}, inner));
  };
  const auto on_udp = [&on_ip](uint16_t port, const Bytes& inner) { return on_ip(17, udp(50000, port, inner)); };
  const auto port_only = [](uint16_t port, size_t payload, const std::string& more = "") {
    return "4 udp 50000>" + std::to_string(port) + " " + std::to_string(payload) + more;
  };
  const Bytes mpls = joined({bytes::hex("00064040 00065140"), p4});
  const Bytes icmp = ip4({.protocol = 1}, filled(16));
  const Bytes wlan = joined(
      {bytes::hex("0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800"), p4});
  const Bytes ayiya = joined({bytes::hex("41 52 11 29 65000000"), filled(36)});
  const auto first = [](const Bytes& of, ptrdiff_t size) { return Bytes(of.begin(), of.begin() + size); };
  const Bytes vxlan = joined({bytes::hex("08000000 00000100"), e4});
  const Bytes geneve = joined({bytes::hex("02 00 6558 00000100 0102800100000000"), e4});
  Bytes wrong4 = p4;
  wrong4[10] ^= 1;
  Bytes nested = p4;
  for (int i = 0; i < 12; ++i) nested = ip4({.protocol = 4}, nested);
  return {
      {"802.1Q", 1, ethernet(0x8100, vlan(10, 0x0800, p4)), want4 + " vlan 10"},
      {"802.1ad", 1, ethernet(0x88a8, vlan(10, 0x8100, vlan(20, 0x86dd, p6))), want6 + " vlan 10 20"},
      {"five tags", 1,
       ethernet(0x8100, vlan(1, 0x8100, vlan(2, 0x8100, vlan(3, 0x8100, vlan(4, 0x8100, vlan(5, 0x0800, p4)))))),
       want4 + " vlan 1 2 3 4"},
      {"MPLS", 1, ethernet(0x8847, mpls), want4 + " mpls"},
      {"MPLS pseudo-wire with control word", 1, ethernet(0x8847, joined({bytes::hex("00065140 00000000"), e4})),
       want4 + " mpls"},
      {"MPLS pseudo-wire without", 1, ethernet(0x8847, joined({bytes::hex("00065140"), e4})), want4 + " mpls"},
      {"PPPoE", 1, ethernet(0x8864, header({{0x1100, 2}, {7, 2}, {p4.size() + 2, 2}, {0x0021, 2}}, p4)),
       want4 + " pppoe"},
      {"PBB", 1, ethernet(0x88e7, joined({bytes::hex("00000100"), e4})), want4 + " pbb"},
      {"Cisco MetaData", 1, ethernet(0x8909, joined({bytes::hex("0101 0001 0005 0800"), p4})), want4},
      {"VN-tag", 1, ethernet(0x8926, joined({bytes::hex("00000000 8100"), vlan(9, 0x0800, p4)})), want4 + " vlan 9"},
      {"E-tag", 1, ethernet(0x893f, joined({bytes::hex("e0000000 0000 0800"), p4})), want4},
      {"NSH on Ethernet", 1, ethernet(0x894f, joined({bytes::hex("0fc2 02 01 00000000"), p4})), want4 + " nsh"},
      {"IP in IP", 1, on_ip(4, p4), want4 + " ipip"},
      {"6in4", 1, on_ip(41, p6), want6 + " 6in4"},
      {"4in6", 1, ethernet(0x86dd, ip6(4, p4)), want4 + " 4in6"},
      {"6in6", 1, ethernet(0x86dd, ip6(41, p6)), want6 + " 6in6"},
      {"EtherIP", 1, on_ip(97, joined({bytes::hex("3000"), e4})), want4 + " etherip"},
      {"MPLS in IP", 1, on_ip(137, mpls), want4 + " mpls"},
      {"GRE", 1, on_ip(47, joined({bytes::hex("0000 0800"), p4})), want4 + " gre"},
      {"GRE with all options", 1, on_ip(47, joined({bytes::hex("b000 86dd 00000000 00000001 00000002"), p6})),
       want6 + " gre"},
      {"GRE with routes", 1, on_ip(47, joined({bytes::hex("4000 0800 00000000 08000004 01020304 00000000"), p4})),
       want4 + " gre"},
      {"GRE, Ethernet", 1, on_ip(47, joined({bytes::hex("2000 6558 00000001"), e4})), want4 + " gre"},
      {"GRE, MPLS", 1, on_ip(47, joined({bytes::hex("0000 8847"), mpls})), want4 + " gre/mpls"},
      {"ERSPAN I", 1, on_ip(47, joined({bytes::hex("0000 88be"), e4})), want4 + " gre/erspan1"},
      {"ERSPAN II", 1, on_ip(47, joined({bytes::hex("1000 88be 00000001 1001000000000000"), e4})),
       want4 + " gre/erspan2"},
      {"ERSPAN III by the number of II", 1,
       on_ip(47, joined({bytes::hex("1000 88be 00000001 2001000000000000 00000000"), e4})), want4 + " gre/erspan3"},
      {"ERSPAN III", 1, on_ip(47, joined({bytes::hex("1000 22eb 00000001 2001000000000000 00000000"), e4})),
       want4 + " gre/erspan3"},
      {"ERSPAN III with platform header", 1,
       on_ip(47, joined({bytes::hex("1000 22eb 00000001 2001000000000000 00000001 0000000000000000"), e4})),
       want4 + " gre/erspan3"},
      {"WCCP", 1, on_ip(47, joined({bytes::hex("0000 883e 00000000"), p4})), want4 + " gre/wccp"},
      {"PPTP", 1, on_ip(47, joined({bytes::hex("3081 880b 0031 0001 00000001 00000002 ff03 0021"), p4})),
       want4 + " pptp"},
      {"PPTP without data", 1, on_ip(47, bytes::hex("2081 880b 0000 0001 00000002")), "no port"},
      {"PPTP without acknowledgement", 1, on_ip(47, joined({bytes::hex("3001 880b 0031 0001 00000001 ff03 0021"), p4})),
       want4 + " pptp"},
      {"PPTP, fields compressed", 1,
       on_ip(47, joined({bytes::hex("3081 880b 002e 0001 00000001 00000002 21"), p4, filled(9)})), want4 + " pptp"},
      {"PPTP without a key", 1, on_ip(47, joined({bytes::hex("1001 880b 00000001 0021"), p4})),
       "malformed tunnel.header"},
      {"GRE, PPP", 1, on_ip(47, joined({bytes::hex("3000 880b 00000001 00000002 ff03 0057"), p6})), want6 + " gre"},
      {"GRE, PPP, fields compressed", 1, on_ip(47, joined({bytes::hex("0000 880b 21"), p4})), want4 + " gre"},
      {"GRE, Aruba", 1, on_ip(47, joined({bytes::hex("0000 8200"), wlan})), want4 + " gre/aruba"},
      {"GRE, Aruba's last tunnel", 1, on_ip(47, joined({bytes::hex("0000 8370"), wlan})), want4 + " gre/aruba"},
      {"GRE, Aruba, encrypted", 1, on_ip(47, joined({bytes::hex("0000 8210 0841 0000"), filled(60)})), "no port"},
      {"VXLAN", 1, on_udp(4789, vxlan), want4 + " vxlan"},
      {"VXLAN on Linux' port", 1, on_udp(8472, vxlan), want4 + " vxlan"},
      {"not VXLAN", 1, on_udp(4789, filled(40)), port_only(4789, 40)},
      {"VXLAN with ICMP inside", 1, on_udp(4789, joined({bytes::hex("08000000 00000100"), ethernet(0x0800, icmp)})),
       port_only(4789, 8 + 14 + icmp.size())},
      {"VXLAN-GPE, IPv4", 1, on_udp(4790, joined({bytes::hex("0c000001 00000100"), p4})), want4 + " vxlan-gpe"},
      {"VXLAN-GPE, NSH", 1, on_udp(4790, joined({bytes::hex("0c000004 00000100 0fc2 02 03 00000000"), e4})),
       want4 + " vxlan-gpe/nsh"},
      {"GENEVE with options", 1, on_udp(6081, geneve), want4 + " geneve"},
      {"GENEVE, VXLAN", 1, on_udp(6081, joined({bytes::hex("00 00 6558 00000100"), on_udp(4789, vxlan)})),
       want4 + " geneve/vxlan"},
      {"GTP-U", 1, on_udp(2152, joined({bytes::hex("30ff 0031 00000001"), p4})), want4 + " gtp"},
      {"GTP-U with extension header", 1,
       on_udp(2152, joined({bytes::hex("34ff 0039 00000001 0000 00 85 01100900"), p6})), want6 + " gtp"},
      {"GTP-U echo", 1, on_udp(2152, bytes::hex("3201 0004 00000000 00000000")), port_only(2152, 12)},
      {"GTP-U, PPP", 1, on_udp(2152, joined({bytes::hex("30ff 0031 00000001 ff03 0021"), p4})), want4 + " gtp"},
      {"GTP-U, nothing that is known", 1, on_udp(2152, joined({bytes::hex("30ff 0010 00000001"), filled(16)})),
       port_only(2152, 24)},
      {"GTP-U with less than its header", 1, on_udp(2152, bytes::hex("30ff 0010 00")),
       port_only(2152, 5, " tunnel.short")},
      {"GTP-U with less than its extension header", 1,
       on_udp(2152, bytes::hex("34ff 0008 00000001 0000 00 85 02100900")), port_only(2152, 16, " tunnel.short")},
      {"GTP-U, extension header of no length", 1, on_udp(2152, bytes::hex("34ff 0008 00000001 0000 00 85 00100900")),
       port_only(2152, 16, " tunnel.header")},
      {"GTP-U without a packet", 1, on_udp(2152, bytes::hex("30ff 0000 00000001")), port_only(2152, 8)},
      {"GTP-U, inner header short", 1, on_udp(2152, joined({bytes::hex("30ff 0031 00000001"), first(p4, 19)})),
       port_only(2152, 27, " ipv4.header_length")},
      {"GTP-U, inner ports missing", 1, on_udp(2152, joined({bytes::hex("30ff 0031 00000001"), first(p4, 22)})),
       port_only(2152, 30, " ipv4.total_length tcp.short")},
      {"GTP-U, inner packet short", 1, on_udp(2152, joined({bytes::hex("30ff 0031 00000001"), first(p4, 42)})),
       "4 tcp 1234>443 2 gtp ipv4.total_length"},
      {"AYIYA", 1, on_udp(5072, joined({ayiya, p6})), want6 + " ayiya"},
      {"AYIYA without signature, IPv4", 1, on_udp(5072, joined({bytes::hex("01 00 01 04 65000000 aa"), p4})),
       want4 + " ayiya"},
      {"AYIYA heart-beat", 1, on_udp(5072, bytes::hex("01 00 00 3b 65000000 aa")), port_only(5072, 9)},
      {"Teredo", 1, on_udp(3544, p6), want6 + " teredo"},
      {"Teredo with indications", 1,
       on_udp(3544, joined({bytes::hex("0001 0000 0000000000000000 00 0000 0000 00000000"), p6})), want6 + " teredo"},
      {"L2TP", 1, on_udp(1701, joined({bytes::hex("0002 0001 0002 ff03 0021"), p4})), want4 + " l2tp"},
      {"L2TP with length", 1,
       on_udp(1701, joined({header({{0x4002, 2}, {12 + p4.size(), 2}, {1, 2}, {2, 2}, {0xff030021, 4}}, p4)})),
       want4 + " l2tp"},
      {"L2TPv3 with cookie", 1, on_ip(115, joined({bytes::hex("00000007 1122334455667788"), e4})), want4 + " l2tp"},
      {"L2TPv3 control", 1, on_ip(115, joined({bytes::hex("00000000"), filled(20)})), "no port"},
      {"L2TPv3 in UDP", 1, on_udp(1701, joined({bytes::hex("0003 0000 00000007"), e4})), want4 + " l2tp"},
      {"L2TPv3 in UDP with cookie", 1, on_udp(1701, joined({bytes::hex("0003 0000 00000007 11223344"), e4})),
       want4 + " l2tp"},
      {"VXLAN of Cisco ACI", 1, on_udp(48879, joined({bytes::hex("c8800001 00000100"), e4})), want4 + " vxlan"},
      {"L2TP control", 1, on_udp(1701, bytes::hex("c802 000c 0001 0000 0000 0000")), port_only(1701, 12)},
      {"CAPWAP, 802.3", 1, on_udp(5247, joined({bytes::hex("00 100200 00000000"), e4})), want4 + " capwap"},
      {"CAPWAP keep-alive", 1, on_udp(5247, bytes::hex("00 100308 00000000 0016")), port_only(5247, 10)},
      {"MPLS in UDP", 1, on_udp(6635, mpls), want4 + " mpls-udp/mpls"},
      {"TZSP", 1, on_udp(37008, joined({bytes::hex("01 00 0001 01"), e4})), want4 + " tzsp"},
      {"TZSP with tags, to be sent", 1, on_udp(37008, joined({bytes::hex("01 01 0001 00 0a 01 c4 0b 01 1e 01"), e4})),
       want4 + " tzsp"},
      {"TZSP, 802.11", 1, on_udp(37008, joined({bytes::hex("01 00 0012 01"), wlan})), want4 + " tzsp"},
      {"TZSP keep-alive", 1, on_udp(37008, bytes::hex("01 04 0000 01")), port_only(37008, 5)},
      {"TZSP on another port", 1, on_udp(5001, joined({bytes::hex("01 00 0001 01"), e4})), want4 + " tzsp"},
      {"TZSP with tags on another port", 1, on_udp(5001, joined({bytes::hex("01 00 0001 00 0a 01 c4 01"), e4})),
       want4 + " tzsp"},
      {"TZSP on a port of FOU", 1, on_udp(5555, joined({bytes::hex("01 00 0001 01"), e4})), want4 + " tzsp"},
      {"VXLAN on a port of GUE", 1, on_udp(9999, joined({bytes::hex("08000000 00000100"), e4})), want4 + " vxlan"},
      {"VXLAN on another port, IPv6 with a check sequence", 1,
       on_udp(5001, joined({bytes::hex("08000000 00000100"), ethernet(0x86dd, p6), filled(4)})), want6 + " vxlan"},
      {"GUE on a port of FOU", 1, on_udp(7777, joined({bytes::hex("00 04 0000"), p4})), want4 + " gue"},
      {"GRE in UDP, ERSPAN II", 1, on_udp(4754, joined({bytes::hex("1000 88be 00000001 10780001 00000002"), e4})),
       want4 + " gre/erspan2"},
      {"GRE in UDP, ERSPAN III", 1,
       on_udp(4754, joined({bytes::hex("1000 22eb 00000001 20780001 00000002 00000000"), e4})), want4 + " gre/erspan3"},
      {"not TZSP", 1, on_udp(37008, joined({bytes::hex("01 00 0001 01"), filled(60)})), port_only(37008, 65)},
      {"GRE in UDP", 1, on_udp(4754, joined({bytes::hex("2000 0800 00000001"), p4})), want4 + " gre"},
      {"GRE in UDP, Ethernet", 1, on_udp(4754, joined({bytes::hex("0000 6558"), e4})), want4 + " gre"},
      {"not GRE in UDP", 1, on_udp(4754, joined({bytes::hex("0000 0800"), filled(60)})), port_only(4754, 64)},
      {"GUE, IPv4", 1, on_udp(6080, joined({bytes::hex("01 04 0000 00000000"), p4})), want4 + " gue"},
      {"GUE, GRE", 1, on_udp(6080, joined({bytes::hex("00 2f 0000 0000 86dd"), p6})), want6 + " gue/gre"},
      {"GUE, EtherIP", 1, on_udp(6080, joined({bytes::hex("00 61 0000 3000"), e4})), want4 + " gue/etherip"},
      {"GUE, Ethernet", 1, on_udp(6080, joined({bytes::hex("00 8f 0000"), e4})), want4 + " gue"},
      {"GUE of version 1", 1, on_udp(6080, p4), want4 + " gue"},
      {"GUE control", 1, on_udp(6080, joined({bytes::hex("20 04 0000"), p4})), port_only(6080, 4 + p4.size())},
      {"FOU, IPv6", 1, on_udp(5555, p6), want6 + " fou"},
      {"FOU, GRE", 1, on_udp(7777, joined({bytes::hex("0000 0800"), p4})), want4 + " fou/gre"},
      {"FOU, IPv4, on any port", 1, on_udp(12345, p4), want4 + " fou"},
      {"not FOU: a wrong checksum", 1, on_udp(12345, wrong4), port_only(12345, wrong4.size())},
      {"LISP", 1, on_udp(4341, joined({bytes::hex("c0 123456 00000001"), p4})), want4 + " lisp"},
      {"LISP-GPE, Ethernet", 1, on_udp(4341, joined({bytes::hex("0c 000003 00000100"), e4})), want4 + " lisp"},
      {"not LISP", 1, on_udp(4341, joined({bytes::hex("90 123456 00000001"), p4})), port_only(4341, 8 + p4.size())},
      {"GTP-U, Ethernet", 1, on_udp(2152, joined({bytes::hex("30ff 003f 00000001"), e4})), want4 + " gtp"},
      {"GTP-U, Ethernet with a tag", 1,
       on_udp(2152, joined({bytes::hex("30ff 0043 00000001"), ethernet(0x8100, vlan(7, 0x0800, p4))})),
       want4 + " gtp vlan 7"},
      {"Juniper mirror", 1, on_udp(30030, joined({bytes::hex("00000001 00000002"), p4})), want4 + " jmirror"},
      {"Juniper mirror, PPP", 1, on_udp(30030, joined({bytes::hex("00000001 00000002 ff03 0021"), p4})),
       want4 + " jmirror"},
      {"not a Juniper mirror", 1, on_udp(30030, filled(60)), port_only(30030, 60)},
      {"VXLAN on any port", 1, on_udp(4799, vxlan), want4 + " vxlan"},
      {"VXLAN on any port, IPv6", 1, on_udp(4799, joined({bytes::hex("08000000 00000100"), ethernet(0x86dd, p6)})),
       want6 + " vxlan"},
      {"VXLAN with group policy on any port", 1, on_udp(4799, joined({bytes::hex("88000005 00000100"), e4})),
       port_only(4799, 8 + e4.size())},
      {"not VXLAN: a wrong checksum inside", 1,
       on_udp(4799, joined({bytes::hex("08000000 00000100"), ethernet(0x0800, wrong4)})),
       port_only(4799, 22 + wrong4.size())},
      {"not VXLAN: a DNS query", 1, on_udp(4799, joined({bytes::hex("0800 0000 0001 0000"), filled(40)})),
       port_only(4799, 48)},
      {"MACsec in clear", 1, ethernet(0x88e5, joined({bytes::hex("00 00 00000001 0800"), p4, filled(16)})), want4},
      {"MACsec in clear with its sender", 1,
       ethernet(0x88e5, joined({bytes::hex("20 00 00000001 0200000000010001 8100"), vlan(9, 0x86dd, p6), filled(16)})),
       want6 + " vlan 9"},
      {"MACsec, encrypted", 1, ethernet(0x88e5, joined({bytes::hex("2c 00 00000001"), filled(60)})), "no port"},
      {"HSR", 1, ethernet(0x892f, joined({bytes::hex("1033 0001 0800"), p4})), want4},
      {"PRP", 1, joined({ethernet(0x0800, p4), bytes::hex("0001 a033 88fb")}), want4},
      {"time stamp of Arista", 1,
       ethernet(0xd28b, joined({bytes::hex("0001 0010"), filled(8), bytes::hex("0800"), p4})), want4},
      {"time stamp of Arista, 48 bits", 1,
       ethernet(0xd28b, joined({bytes::hex("0001 0020"), filled(6), bytes::hex("86dd"), p6})), want6},
      {"time stamp of Arista, UTC", 1,
       ethernet(0xd28b, joined({bytes::hex("0001 0110"), filled(8), bytes::hex("0800"), p4})), want4},
      {"time stamp of Arista, unknown", 1, ethernet(0xd28b, joined({bytes::hex("0001 0030"), filled(60)})), "no port"},
      {"time stamp behind the packet", 1, joined({ethernet(0x0800, p4), filled(16)}), want4},
      {"TRILL", 1, ethernet(0x22f3, joined({bytes::hex("0005 0001 0002"), e4})), want4 + " trill"},
      {"TRILL with options", 1, ethernet(0x22f3, joined({bytes::hex("0045 0001 0002 00000000"), e4})),
       want4 + " trill"},
      {"FabricPath", 1, ethernet(0x8903, joined({bytes::hex("0060"), e4})), want4 + " fabricpath"},
      {"Ethernet in SRv6", 1, ethernet(0x86dd, ip6(43, joined({bytes::hex("8f 02 04 00 00 000000"), filled(16), e4}))),
       want4 + " ethernet"},
      {"PIM register", 1, on_ip(103, joined({bytes::hex("2100 defb 00000000"), p4})), want4 + " pim"},
      {"PIM null register", 1, on_ip(103, joined({bytes::hex("2100 9efb 40000000"), p4})), "no port"},
      {"PIM hello", 1, on_ip(103, bytes::hex("2000 0000 0001 0002 0069")), "no port"},
      {"too deep", 1, ethernet(0x0800, nested), "malformed tunnel.depth"},
  };
}

inline std::vector<Case> packets() {
  using namespace frames;
  const Bytes segment = tcp(1234, 443, filled(5));
  const std::string want4 = "4 tcp 1234>443 5";
  const std::string want6 = "6 tcp 1234>443 5";
  const auto changed = [](Bytes frame, size_t at, uint8_t value) {
    frame[at] = value;
    return frame;
  };
  const Bytes plain = ethernet(0x0800, ip4({}, segment));
  const Bytes plain6 = ethernet(0x86dd, ip6(6, segment));
  const Bytes options = bytes::hex("01010101 07040400");
  const Bytes datagram = ethernet(0x0800, ip4({.protocol = 17}, udp(53, 5353, filled(12))));
  return {
      {"IPv4 options", 1, ethernet(0x0800, ip4({.options = options}, segment)), want4},
      {"IPv4 total length zero", 1, changed(changed(plain, 16, 0), 17, 0), want4},
      {"IPv4 total length beyond the frame", 1, changed(plain, 16, 4), want4 + " ipv4.total_length"},
      {"IPv4 total length below its header", 1, changed(plain, 17, 19), "malformed ipv4.total_length"},
      {"IPv4 header length below 20", 1, changed(plain, 14, 0x44), "malformed ipv4.header_length"},
      {"IPv4 of version 5", 1, changed(plain, 14, 0x55), "malformed ipv4.version"},
      {"ICMP", 1, ethernet(0x0800, ip4({.protocol = 1}, filled(28))), "no port"},
      {"fragment", 1, ethernet(0x0800, ip4({.fragment = 0x2000}, filled(24))), "fragment"},
      {"AH", 1, ethernet(0x0800, ip4({.protocol = 51}, joined({header({{6, 1}, {4, 1}}, filled(22)), segment}))),
       want4},
      {"TCP data offset 0", 1, changed(plain, 46, 0), "4 tcp 1234>443 25 tcp.data_offset"},
      {"TCP data offset beyond the segment", 1, changed(plain, 46, 0xf0), "4 tcp 1234>443 0 tcp.data_offset"},
      {"TCP of 10 bytes", 1, ethernet(0x0800, ip4({}, Bytes(segment.begin(), segment.begin() + 10))),
       "4 tcp 1234>443 0 tcp.short"},
      {"UDP", 1, datagram, "4 udp 53>5353 12"},
      {"UDP length below its header", 1, changed(datagram, 39, 7), "4 udp 53>5353 0 udp.length"},
      {"UDP length beyond the packet", 1, changed(datagram, 39, 99), "4 udp 53>5353 91 udp.length"},
      {"UDP of 6 bytes", 1, ethernet(0x0800, ip4({.protocol = 17}, bytes::hex("0035 14e9 0006"))),
       "4 udp 53>5353 0 udp.short"},
      {"IPv6 payload length zero", 1, changed(plain6, 19, 0), want6},
      {"IPv6 of version 4", 1, changed(plain6, 14, 0x40), "malformed ipv6.version"},
      {"IPv6 payload length beyond the frame", 1, changed(plain6, 18, 1), want6 + " ipv6.payload_length"},
      {"IPv6 extension headers", 1,
       ethernet(0x86dd, ip6(0, joined({bytes::hex("3c00 000000000000 2b00 000000000000 0602 000000000000"), filled(16),
                                       segment}))),
       want6},
      {"IPv6 atomic fragment", 1, ethernet(0x86dd, ip6(44, ip6_fragment(6, 0, 7, segment))), want6},
      {"IPv6 fragment", 1, ethernet(0x86dd, ip6(44, ip6_fragment(6, 1, 7, segment))), "fragment"},
      {"IPv6 extension beyond the packet", 1, ethernet(0x86dd, ip6(0, bytes::hex("06ff 000000000000"))),
       "malformed ipv6.extension"},
      {"IPv6 no next header", 1, ethernet(0x86dd, ip6(59, {})), "no port"},
      {"Ethernet of 10 bytes", 1, Bytes(plain.begin(), plain.begin() + 10), "malformed ethernet.short"},
  };
}

inline std::vector<Case> all() {
  std::vector<Case> out = links();
  for (const Case& one : tunnels()) out.push_back(one);
  for (const Case& one : packets()) out.push_back(one);
  return out;
}

}  // namespace cases

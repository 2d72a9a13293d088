// The table of next headers: a line for each supported header, with the numbers that announce it. A
// data table. A new header requires a line here and a file with its walker; everything else is generated.
#pragma once

// LAYER(name, walker, numbers…): a header that only marks or carries a frame: Layer::kName.
// TUNNEL(name, walker, text, numbers…): one that is reported as an encapsulation too: Encapsulation::kName.
// VARIANT(name, text): an encapsulation that shares its walker with others.
#define WIRETALLY_LAYERS(LAYER, TUNNEL, VARIANT)                                                                 \
  /* Links */                                                                                                    \
  LAYER(Ethernet, walk_ethernet, link_type(1), nsh_next(3))                                                      \
  LAYER(LinkLlc, walk_llc, link_type(19), link_type(100), link_type(106))                                        \
  LAYER(Null, walk_null, link_type(0))                                                                           \
  LAYER(Loop, walk_loop, link_type(108))                                                                         \
  LAYER(RawIp, walk_raw_ip, link_type(12), link_type(14), link_type(101))                                        \
  LAYER(Ppp, walk_ppp, gre(0x880b))                                                                              \
  LAYER(PppHdlc, walk_ppp_hdlc, link_type(9), link_type(50))                                                     \
  LAYER(PppMultilink, walk_ppp_multilink, ppp(0x003d))                                                           \
  LAYER(CiscoHdlc, walk_cisco_hdlc, link_type(104))                                                              \
  LAYER(FrameRelay, walk_frame_relay, link_type(107))                                                            \
  LAYER(FrameRelayWithDirection, walk_frame_relay_with_direction, link_type(206))                                \
  LAYER(Wlan, walk_wlan, link_type(105))                                                                         \
  LAYER(Radiotap, walk_radiotap, link_type(127))                                                                 \
  LAYER(Ppi, walk_ppi, link_type(192))                                                                           \
  LAYER(Sll, walk_sll, link_type(113))                                                                           \
  LAYER(Sll2, walk_sll2, link_type(276))                                                                         \
  /* USER2, as macOS wrote PKTAP before it had a number */                                                       \
  LAYER(Pktap, walk_pktap, link_type(149), link_type(258))                                                       \
  LAYER(Nflog, walk_nflog, link_type(239))                                                                       \
  LAYER(Enc, walk_enc, link_type(109))                                                                           \
  LAYER(Pflog, walk_pflog, link_type(117))                                                                       \
  LAYER(PppWithDirection, walk_ppp_with_direction, link_type(166), link_type(204))                               \
  LAYER(CiscoHdlcWithDirection, walk_cisco_hdlc_with_direction, link_type(205))                                  \
  LAYER(Erf, walk_erf, link_type(197))                                                                           \
  LAYER(JuniperEthernet, walk_juniper_ethernet, link_type(167), link_type(178))                                  \
  LAYER(JuniperPpp, walk_juniper_ppp, link_type(179))                                                            \
  LAYER(JuniperFrameRelay, walk_juniper_frame_relay, link_type(180))                                             \
  LAYER(JuniperHdlc, walk_juniper_hdlc, link_type(181))                                                          \
  LAYER(TokenRing, walk_token_ring, link_type(6))                                                                \
  LAYER(Slip, walk_slip, link_type(8))                                                                           \
  LAYER(Fddi, walk_fddi, link_type(10))                                                                          \
  LAYER(Symantec, walk_symantec, link_type(99))                                                                  \
  LAYER(IpOverFibreChannel, walk_ip_over_fibre_channel, link_type(122))                                          \
  LAYER(SunAtm, walk_sun_atm, link_type(123))                                                                    \
  LAYER(IpOver1394, walk_ip_over_1394, link_type(138))                                                           \
  LAYER(Docsis, walk_docsis, link_type(143))                                                                     \
  LAYER(NetAnalyzer, walk_net_analyzer, link_type(240))                                                          \
  LAYER(NetAnalyzerPreamble, walk_net_analyzer_preamble, link_type(241))                                         \
  LAYER(IpOverInfiniband, walk_ip_over_infiniband, link_type(242))                                               \
  LAYER(Preamble, walk_preamble, link_type(274))                                                                 \
  LAYER(SwitchTag, walk_switch_tag, link_type(281), link_type(284))                                              \
  LAYER(SwitchTagInFront, walk_switch_tag_in_front, link_type(282))                                              \
  LAYER(SwitchTagWithType, walk_switch_tag_with_type, link_type(285))                                            \
  LAYER(Ipnet, walk_ipnet, link_type(226))                                                                       \
  LAYER(Prism, walk_prism, link_type(119))                                                                       \
  LAYER(Avs, walk_avs, link_type(163))                                                                           \
  /* Tags */                                                                                                     \
  LAYER(Vlan, walk_vlan, ether_type(0x8100), ether_type(0x88a8), ether_type(0x9100), ether_type(0x9200),         \
        ether_type(0x9300))                                                                                      \
  TUNNEL(Mpls, walk_mpls, "mpls", ether_type(0x8847), ether_type(0x8848), ppp(0x0281), ppp(0x0283), nsh_next(5), \
         link_type(219))                                                                                         \
  TUNNEL(Pppoe, walk_pppoe, "pppoe", link_type(51), ether_type(0x8864))                                          \
  TUNNEL(Pbb, walk_pbb, "pbb", ether_type(0x88e7))                                                               \
  LAYER(CiscoMetadata, walk_cisco_metadata, ether_type(0x8909))                                                  \
  LAYER(VnTag, walk_vn_tag, ether_type(0x8926))                                                                  \
  LAYER(Etag, walk_etag, ether_type(0x893f))                                                                     \
  LAYER(Macsec, walk_macsec, ether_type(0x88e5))                                                                 \
  LAYER(Hsr, walk_hsr, ether_type(0x892f))                                                                       \
  LAYER(AristaTime, walk_arista_time, ether_type(0xd28b))                                                        \
  TUNNEL(Trill, walk_trill, "trill", ether_type(0x22f3))                                                         \
  TUNNEL(FabricPath, walk_fabric_path, "fabricpath", ether_type(0x8903))                                         \
  TUNNEL(Nsh, walk_nsh, "nsh", ether_type(0x894f), nsh_next(4))                                                  \
  /* IP; some devices write ether types in the place of PPP protocols */                                         \
  LAYER(Ip4, walk_ip4, link_type(228), ether_type(0x0800), ppp(0x0021), ppp(0x0800), nsh_next(1))                \
  LAYER(Ip6, walk_ip6, link_type(229), ether_type(0x86dd), ppp(0x0057), ppp(0x86dd), nsh_next(2))                \
  LAYER(Ip6Chain, walk_ip6_chain)                                                                                \
  LAYER(Ah, walk_ah, ip_protocol(51))                                                                            \
  LAYER(Tcp, walk_tcp, ip_protocol(6))                                                                           \
  LAYER(Udp, walk_udp, ip_protocol(17))                                                                          \
  /* Tunnels in IP; GRE protocol types that are not listed are ether types */                                    \
  LAYER(Ip4InIp, walk_ip4_in_ip, ip_protocol(4))                                                                 \
  LAYER(Ip6InIp, walk_ip6_in_ip, ip_protocol(41))                                                                \
  VARIANT(IpIp, "ipip")                                                                                          \
  VARIANT(6in4, "6in4")                                                                                          \
  VARIANT(4in6, "4in6")                                                                                          \
  VARIANT(6in6, "6in6")                                                                                          \
  LAYER(MplsInIp, walk_mpls_in_ip, ip_protocol(137))                                                             \
  TUNNEL(EtherIp, walk_ether_ip, "etherip", ip_protocol(97))                                                     \
  TUNNEL(EthernetInIp, walk_ethernet_in_ip, "ethernet", ip_protocol(143))                                        \
  TUNNEL(PimRegister, walk_pim, "pim", ip_protocol(103))                                                         \
  LAYER(L2tp3, walk_l2tp3, ip_protocol(115))                                                                     \
  TUNNEL(Gre, walk_gre, "gre", ip_protocol(47))                                                                  \
  TUNNEL(Pptp, walk_pptp, "pptp")                                                                                \
  TUNNEL(Aruba, walk_aruba, "aruba", gre(0x8200)) /* stands for all of its numbers */                            \
  LAYER(Teb, walk_teb, gre(0x6558))                                                                              \
  LAYER(Erspan12, walk_erspan_1_2, gre(0x88be))                                                                  \
  VARIANT(Erspan1, "erspan1")                                                                                    \
  VARIANT(Erspan2, "erspan2")                                                                                    \
  TUNNEL(Erspan3, walk_erspan_3, "erspan3", gre(0x22eb))                                                         \
  TUNNEL(Wccp, walk_wccp, "wccp", gre(0x883e))                                                                   \
  /* Tunnels in UDP; each of these looks before it believes. 8472 is Linux' old
     number for VXLAN, still used; 48879 is that of Cisco ACI. */                                  \
  TUNNEL(Vxlan, walk_vxlan, "vxlan", udp_port(4789), udp_port(8472), udp_port(48879))                            \
  TUNNEL(VxlanGpe, walk_vxlan_gpe, "vxlan-gpe", udp_port(4790))                                                  \
  TUNNEL(Geneve, walk_geneve, "geneve", udp_port(6081))                                                          \
  TUNNEL(Gtp, walk_gtp, "gtp", udp_port(2152))                                                                   \
  TUNNEL(Teredo, walk_teredo, "teredo", udp_port(3544))                                                          \
  TUNNEL(L2tp, walk_l2tp, "l2tp", udp_port(1701))                                                                \
  TUNNEL(Capwap, walk_capwap, "capwap", udp_port(5247))                                                          \
  TUNNEL(MplsInUdp, walk_mpls_in_udp, "mpls-udp", udp_port(6635))                                                \
  TUNNEL(Ayiya, walk_ayiya, "ayiya", udp_port(5072))                                                             \
  TUNNEL(Tzsp, walk_tzsp, "tzsp", udp_port(37008))                                                               \
  LAYER(GreInUdp, walk_gre_in_udp, udp_port(4754))                                                               \
  /* FOU has no port of its own: those of the manual's examples, and any by content */                           \
  TUNNEL(Gue, walk_gue, "gue", udp_port(6080), udp_port(9999))                                                   \
  TUNNEL(Fou, walk_fou, "fou", udp_port(5555), udp_port(7777), udp_port(8888))                                   \
  TUNNEL(Lisp, walk_lisp, "lisp", udp_port(4341))                                                                \
  TUNNEL(JuniperMirror, walk_juniper_mirror, "jmirror", udp_port(30030))                                         \
  VARIANT(Turn, "turn")

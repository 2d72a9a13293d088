// The one table of what follows what, and the handlers by number.
#include "layer.h"

#include <algorithm>
#include <array>

#include "decode.h"
#include "walk.h"

namespace wiretally {
namespace {

struct Rule {
  Space space;
  uint32_t number;
  Layer layer;

  constexpr uint64_t key() const { return (uint64_t{static_cast<uint8_t>(space)} << 32) | number; }
};

constexpr Rule kRules[] = {
    // LINKTYPE registry
    {Space::kLinkType, 0, Layer::kNull},
    {Space::kLinkType, 1, Layer::kEthernet},
    {Space::kLinkType, 9, Layer::kPppHdlc},
    {Space::kLinkType, 12, Layer::kRawIp},
    {Space::kLinkType, 14, Layer::kRawIp},
    {Space::kLinkType, 50, Layer::kPppHdlc},
    {Space::kLinkType, 51, Layer::kPppoe},
    {Space::kLinkType, 101, Layer::kRawIp},
    {Space::kLinkType, 104, Layer::kCiscoHdlc},
    {Space::kLinkType, 105, Layer::kWlan},
    {Space::kLinkType, 107, Layer::kFrameRelay},
    {Space::kLinkType, 108, Layer::kLoop},
    {Space::kLinkType, 113, Layer::kSll},
    {Space::kLinkType, 127, Layer::kRadiotap},
    {Space::kLinkType, 149, Layer::kPktap},  // USER2, as macOS wrote PKTAP before it had a number
    {Space::kLinkType, 192, Layer::kPpi},
    {Space::kLinkType, 228, Layer::kIp4},
    {Space::kLinkType, 229, Layer::kIp6},
    {Space::kLinkType, 239, Layer::kNflog},
    {Space::kLinkType, 258, Layer::kPktap},
    {Space::kLinkType, 276, Layer::kSll2},
    // Ether types
    {Space::kEtherType, 0x0800, Layer::kIp4},
    {Space::kEtherType, 0x8100, Layer::kVlan},
    {Space::kEtherType, 0x86dd, Layer::kIp6},
    {Space::kEtherType, 0x8847, Layer::kMpls},
    {Space::kEtherType, 0x8848, Layer::kMpls},
    {Space::kEtherType, 0x8864, Layer::kPppoe},
    {Space::kEtherType, 0x88a8, Layer::kVlan},
    {Space::kEtherType, 0x88e7, Layer::kPbb},
    {Space::kEtherType, 0x8909, Layer::kCiscoMetadata},
    {Space::kEtherType, 0x8926, Layer::kVnTag},
    {Space::kEtherType, 0x893f, Layer::kEtag},
    {Space::kEtherType, 0x894f, Layer::kNsh},
    {Space::kEtherType, 0x9100, Layer::kVlan},
    {Space::kEtherType, 0x9200, Layer::kVlan},
    {Space::kEtherType, 0x9300, Layer::kVlan},
    // GRE protocol types that are not used on Ethernet itself; the others are ether types
    {Space::kGre, 0x22eb, Layer::kErspan3},
    {Space::kGre, 0x6558, Layer::kTeb},
    {Space::kGre, 0x8200, Layer::kAruba},  // stands for all of its numbers
    {Space::kGre, 0x880b, Layer::kPpp},
    {Space::kGre, 0x883e, Layer::kWccp},
    {Space::kGre, 0x88be, Layer::kErspan12},
    // PPP protocols, and the two ether types that some devices write in their place
    {Space::kPpp, 0x0021, Layer::kIp4},
    {Space::kPpp, 0x003d, Layer::kPppMultilink},
    {Space::kPpp, 0x0057, Layer::kIp6},
    {Space::kPpp, 0x0281, Layer::kMpls},
    {Space::kPpp, 0x0283, Layer::kMpls},
    {Space::kPpp, 0x0800, Layer::kIp4},
    {Space::kPpp, 0x86dd, Layer::kIp6},
    // IP protocols
    {Space::kIpProtocol, 4, Layer::kIp4InIp},
    {Space::kIpProtocol, 6, Layer::kTcp},
    {Space::kIpProtocol, 17, Layer::kUdp},
    {Space::kIpProtocol, 41, Layer::kIp6InIp},
    {Space::kIpProtocol, 47, Layer::kGre},
    {Space::kIpProtocol, 51, Layer::kAh},
    {Space::kIpProtocol, 97, Layer::kEtherIp},
    {Space::kIpProtocol, 115, Layer::kL2tp3},
    {Space::kIpProtocol, 137, Layer::kMplsInIp},
    // UDP ports; each of these layers looks before it believes
    {Space::kUdpPort, 1701, Layer::kL2tp},
    {Space::kUdpPort, 2152, Layer::kGtp},
    {Space::kUdpPort, 3544, Layer::kTeredo},
    {Space::kUdpPort, 4789, Layer::kVxlan},
    {Space::kUdpPort, 4790, Layer::kVxlanGpe},
    {Space::kUdpPort, 5072, Layer::kAyiya},
    {Space::kUdpPort, 5247, Layer::kCapwap},
    {Space::kUdpPort, 6081, Layer::kGeneve},
    {Space::kUdpPort, 6635, Layer::kMplsInUdp},
    {Space::kUdpPort, 8472, Layer::kVxlan},  // Linux' old number, still the default of overlay networks
    // Next protocols of NSH (RFC 8300 §2.2) and VXLAN-GPE
    {Space::kNshNext, 1, Layer::kIp4},
    {Space::kNshNext, 2, Layer::kIp6},
    {Space::kNshNext, 3, Layer::kEthernet},
    {Space::kNshNext, 4, Layer::kNsh},
    {Space::kNshNext, 5, Layer::kMpls},
};

constexpr size_t kRuleCount = sizeof kRules / sizeof kRules[0];

constexpr auto kSorted = [] {
  std::array<Rule, kRuleCount> sorted{};
  std::copy(kRules, kRules + kRuleCount, sorted.begin());
  std::sort(sorted.begin(), sorted.end(), [](const Rule& a, const Rule& b) { return a.key() < b.key(); });
  return sorted;
}();

constexpr uint8_t port_slot(uint16_t port) { return static_cast<uint8_t>(port ^ (port >> 8)); }

constexpr auto kTunnelPortSlots = [] {
  std::array<bool, 256> slots{};
  for (const Rule& rule : kRules) {
    if (rule.space == Space::kUdpPort) slots[port_slot(static_cast<uint16_t>(rule.number))] = true;
  }
  return slots;
}();

using Handler = Layer (*)(Walk*);
constexpr Handler kHandlers[] = {
    walk_ethernet, walk_llc, walk_null, walk_loop, walk_raw_ip, walk_ppp, walk_ppp_hdlc,
    walk_ppp_multilink, walk_cisco_hdlc, walk_frame_relay, walk_wlan, walk_radiotap, walk_ppi, walk_sll,
    walk_sll2, walk_pktap, walk_nflog, walk_vlan, walk_mpls, walk_pppoe, walk_pbb, walk_cisco_metadata,
    walk_vn_tag, walk_etag, walk_nsh, walk_ip4, walk_ip6, walk_ip6_chain, walk_ah, walk_tcp, walk_udp,
    walk_ip4_in_ip, walk_ip6_in_ip, walk_mpls_in_ip, walk_ether_ip, walk_l2tp3, walk_gre, walk_pptp,
    walk_aruba, walk_teb, walk_erspan_1_2, walk_erspan_3, walk_wccp, walk_vxlan, walk_vxlan_gpe,
    walk_geneve, walk_gtp, walk_teredo, walk_l2tp, walk_capwap, walk_mpls_in_udp, walk_ayiya,
};
static_assert(sizeof kHandlers / sizeof kHandlers[0] == static_cast<size_t>(Layer::kWalked));

constexpr const char* kEncapsulationNames[] = {
    "", "mpls", "pppoe", "pbb", "nsh", "ipip", "6in4", "4in6", "6in6", "etherip", "gre", "erspan1",
    "erspan2", "erspan3", "wccp", "pptp", "vxlan", "vxlan-gpe", "geneve", "gtp", "teredo", "l2tp", "capwap",
    "mpls-udp", "aruba", "ayiya", "turn",
};
static_assert(sizeof kEncapsulationNames / sizeof kEncapsulationNames[0] ==
              static_cast<size_t>(Encapsulation::kCount));

}  // namespace

Layer follow(Space space, uint32_t number) {
  const Rule wanted{space, number, Layer::kNoPort};
  const auto found = std::lower_bound(kSorted.begin(), kSorted.end(), wanted,
                                      [](const Rule& a, const Rule& b) { return a.key() < b.key(); });
  return found != kSorted.end() && found->key() == wanted.key() ? found->layer : Layer::kNoPort;
}

bool may_carry_tunnel(uint16_t port) { return kTunnelPortSlots[port_slot(port)]; }

Layer walk_layer(Layer layer, Walk* walk) { return kHandlers[static_cast<size_t>(layer)](walk); }

const char* encapsulation_name(uint8_t number) {
  return number < static_cast<uint8_t>(Encapsulation::kCount) ? kEncapsulationNames[number] : "";
}

}  // namespace wiretally

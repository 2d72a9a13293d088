// Orders the layers, and lists the walkers by number as in layer_table.h.
#include "layer.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "decode.h"
#include "walk.h"

namespace wiretally {
namespace {

struct Number {
  Space space = Space::kNone;
  uint32_t number = 0;
};
constexpr Number link_type(uint32_t number) { return {Space::kLinkType, number}; }
constexpr Number ether_type(uint32_t number) { return {Space::kEtherType, number}; }
constexpr Number gre(uint32_t number) { return {Space::kGre, number}; }
constexpr Number ppp(uint32_t number) { return {Space::kPpp, number}; }
constexpr Number ip_protocol(uint32_t number) { return {Space::kIpProtocol, number}; }
constexpr Number udp_port(uint32_t number) { return {Space::kUdpPort, number}; }
constexpr Number nsh_next(uint32_t number) { return {Space::kNshNext, number}; }

#define WIRETALLY_LAYER(name, walker, ...) walker,
#define WIRETALLY_TUNNEL(name, walker, ...) walker,
constexpr Layer (*kWalkers[])(Walk*) = {WIRETALLY_LAYERS(WIRETALLY_LAYER, WIRETALLY_TUNNEL, WIRETALLY_NO_LINE)};
#undef WIRETALLY_LAYER
#undef WIRETALLY_TUNNEL
static_assert(std::size(kWalkers) == static_cast<size_t>(Layer::kWalked));

// A layer has these numbers at compile time; they expand into kRules.
struct Numbers {
  Number list[6];  // unused ones at the end
};
#define WIRETALLY_LAYER(name, walker, ...) {{__VA_ARGS__}},
#define WIRETALLY_TUNNEL(name, walker, text, ...) {{__VA_ARGS__}},
constexpr Numbers kNumbers[] = {WIRETALLY_LAYERS(WIRETALLY_LAYER, WIRETALLY_TUNNEL, WIRETALLY_NO_LINE)};
#undef WIRETALLY_LAYER
#undef WIRETALLY_TUNNEL

struct Rule {
  Space space;
  uint32_t number;
  Layer layer;

  constexpr uint64_t key() const { return (uint64_t{static_cast<uint8_t>(space)} << 32) | number; }
};

constexpr size_t kRuleCount = [] {
  size_t count = 0;
  for (const Numbers& numbers : kNumbers) {
    for (const Number& number : numbers.list) count += number.space != Space::kNone ? 1 : 0;
  }
  return count;
}();

constexpr auto kRules = [] {
  std::array<Rule, kRuleCount> rules{};
  size_t count = 0;
  for (size_t layer = 0; layer < std::size(kNumbers); ++layer) {
    for (const Number& number : kNumbers[layer].list) {
      if (number.space != Space::kNone) rules[count++] = {number.space, number.number, static_cast<Layer>(layer)};
    }
  }
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.key() < b.key(); });
  return rules;
}();
static_assert(std::adjacent_find(kRules.begin(), kRules.end(),
                                 [](const Rule& a, const Rule& b) { return a.key() == b.key(); }) == kRules.end());

constexpr uint8_t port_slot(uint16_t port) { return static_cast<uint8_t>(port ^ (port >> 8)); }

constexpr auto kTunnelPortSlots = [] {
  std::array<bool, 256> slots{};
  for (const Rule& rule : kRules) {
    if (rule.space == Space::kUdpPort) slots[port_slot(static_cast<uint16_t>(rule.number))] = true;
  }
  return slots;
}();

constexpr const char* kEncapsulationNames[] = {"",
#define WIRETALLY_TUNNEL(name, walker, text, ...) text,
#define WIRETALLY_VARIANT(name, text) text,
                                               WIRETALLY_LAYERS(WIRETALLY_NO_LINE, WIRETALLY_TUNNEL, WIRETALLY_VARIANT)
#undef WIRETALLY_TUNNEL
#undef WIRETALLY_VARIANT
};

}  // namespace

Layer follow(Space space, uint32_t number) {
  const Rule wanted{space, number, Layer::kNoPort};
  const auto found = std::lower_bound(kRules.begin(), kRules.end(), wanted,
                                      [](const Rule& a, const Rule& b) { return a.key() < b.key(); });
  return found != kRules.end() && found->key() == wanted.key() ? found->layer : Layer::kNoPort;
}

bool may_carry_tunnel(uint16_t port) { return kTunnelPortSlots[port_slot(port)]; }

Layer walk_layer(Layer layer, Walk* walk) { return kWalkers[static_cast<size_t>(layer)](walk); }

const char* encapsulation_name(uint8_t number) {
  return number < static_cast<uint8_t>(Encapsulation::kCount) ? kEncapsulationNames[number] : "";
}

}  // namespace wiretally

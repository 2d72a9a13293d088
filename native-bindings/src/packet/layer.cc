// Builds the lookup tables of layer_table.h at compile time: walkers, next headers by number, and encapsulation names.
#include "layer.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "decode.h"
#include "walk.h"

namespace wiretally {
namespace {

struct ProtocolNumber {
  Space space = Space::kNone;
  uint32_t number = 0;
};
constexpr ProtocolNumber link_type(uint32_t number) { return {Space::kLinkType, number}; }
constexpr ProtocolNumber ether_type(uint32_t number) { return {Space::kEtherType, number}; }
constexpr ProtocolNumber gre(uint32_t number) { return {Space::kGre, number}; }
constexpr ProtocolNumber ppp(uint32_t number) { return {Space::kPpp, number}; }
constexpr ProtocolNumber ip_protocol(uint32_t number) { return {Space::kIpProtocol, number}; }
constexpr ProtocolNumber udp_port(uint32_t number) { return {Space::kUdpPort, number}; }
constexpr ProtocolNumber nsh_next(uint32_t number) { return {Space::kNshNext, number}; }

#define WIRETALLY_LAYER(name, walker, ...) walker,
#define WIRETALLY_TUNNEL(name, walker, ...) walker,
constexpr Layer (*kWalkers[])(Walk*) = {WIRETALLY_LAYERS(WIRETALLY_LAYER, WIRETALLY_TUNNEL, WIRETALLY_NO_LINE)};
#undef WIRETALLY_LAYER
#undef WIRETALLY_TUNNEL
static_assert(std::size(kWalkers) == static_cast<size_t>(Layer::kWalked));

// The numbers that announce one layer; unused entries are at the end.
struct LayerNumbers {
  ProtocolNumber list[6];
};
#define WIRETALLY_LAYER(name, walker, ...) {{__VA_ARGS__}},
#define WIRETALLY_TUNNEL(name, walker, text, ...) {{__VA_ARGS__}},
constexpr LayerNumbers kNumbers[] = {WIRETALLY_LAYERS(WIRETALLY_LAYER, WIRETALLY_TUNNEL, WIRETALLY_NO_LINE)};
#undef WIRETALLY_LAYER
#undef WIRETALLY_TUNNEL

struct NextHeader {
  Space space;
  uint32_t number;
  Layer layer;

  constexpr uint64_t key() const { return (uint64_t{static_cast<uint8_t>(space)} << 32) | number; }
  constexpr bool operator<(const NextHeader& other) const { return key() < other.key(); }
  constexpr bool operator==(const NextHeader& other) const { return key() == other.key(); }
};

constexpr size_t kNextHeaderCount = [] {
  size_t count = 0;
  for (const LayerNumbers& numbers : kNumbers) {
    for (const ProtocolNumber& number : numbers.list) count += number.space != Space::kNone ? 1 : 0;
  }
  return count;
}();

constexpr auto kNextHeaders = [] {
  std::array<NextHeader, kNextHeaderCount> headers{};
  size_t count = 0;
  for (size_t layer = 0; layer < std::size(kNumbers); ++layer) {
    for (const ProtocolNumber& number : kNumbers[layer].list) {
      if (number.space != Space::kNone) headers[count++] = {number.space, number.number, static_cast<Layer>(layer)};
    }
  }
  std::sort(headers.begin(), headers.end());
  return headers;
}();
// A number that two lines of the table claim would be ambiguous.
static_assert(std::adjacent_find(kNextHeaders.begin(), kNextHeaders.end()) == kNextHeaders.end());

constexpr uint8_t port_slot(uint16_t port) { return static_cast<uint8_t>(port ^ (port >> 8)); }

constexpr auto kTunnelPortSlots = [] {
  std::array<bool, 256> slots{};
  for (const NextHeader& header : kNextHeaders) {
    if (header.space == Space::kUdpPort) slots[port_slot(static_cast<uint16_t>(header.number))] = true;
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

Layer next_layer(Space space, uint32_t number) {
  const NextHeader wanted{space, number, Layer::kNoPort};
  const auto found = std::lower_bound(kNextHeaders.begin(), kNextHeaders.end(), wanted);
  return found != kNextHeaders.end() && *found == wanted ? found->layer : Layer::kNoPort;
}

bool may_carry_tunnel(uint16_t port) { return kTunnelPortSlots[port_slot(port)]; }

Layer walk_layer(Layer layer, Walk* walk) { return kWalkers[static_cast<size_t>(layer)](walk); }

const char* encapsulation_name(uint8_t number) {
  return number < static_cast<uint8_t>(Encapsulation::kCount) ? kEncapsulationNames[number] : "";
}

}  // namespace wiretally

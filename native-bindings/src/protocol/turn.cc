#include "turn.h"

#include <algorithm>

#include "../packet/layer.h"

namespace wiretally {
namespace {

constexpr uint16_t kFirstChannel = 0x4000;
constexpr uint16_t kLastChannel = 0x4fff;
constexpr uint32_t kTurnHeaderBytes = 4;
constexpr uint32_t kMaxPadding = 3;

}  // namespace

bool open_channel_data(const Packet& packet, Packet* inside) {
  Cursor cursor(packet.payload);
  const uint16_t channel = cursor.be16();
  const uint32_t length = cursor.be16();
  const uint32_t behind = packet.payload_bytes - kTurnHeaderBytes;  // above zero once the cursor is well
  if (!cursor.ok() || channel < kFirstChannel || channel > kLastChannel) return false;
  if (length > behind || behind - length > kMaxPadding || packet.tunnel_depth == kMaxTunnelDepth) return false;
  *inside = packet;
  inside->payload = cursor.take(std::min<size_t>(length, cursor.remaining()));
  inside->payload_bytes = length;
  inside->cut_short = inside->payload.size < length;
  inside->tunnels[inside->tunnel_depth++] = static_cast<uint8_t>(Encapsulation::kTurn);
  return true;
}

}  // namespace wiretally

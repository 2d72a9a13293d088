#include "checksum.h"

#include <cstring>

namespace wiretally {

namespace {

constexpr uint8_t kProtocolTcp = 6;
constexpr size_t kTcpChecksumAt = 16;
constexpr size_t kUdpChecksumAt = 6;

uint16_t fold(uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

// RFC 9293 §3.1, RFC 768, RFC 8200 §8.1: the pseudo-header has addresses, protocol and length.
uint16_t pseudo_header_sum(const Packet& packet) {
  const size_t address_bytes = packet.ends.ip_version == 4 ? 4 : 16;
  const uint32_t addresses = uint32_t{ones_complement_sum(Span{packet.ends.source, address_bytes}, 0)} +
                             ones_complement_sum(Span{packet.ends.destination, address_bytes}, 0);
  return fold(uint64_t{addresses} + packet.ends.protocol + (packet.segment_bytes >> 16) +
              (packet.segment_bytes & 0xffff));
}

}  // namespace

uint16_t ones_complement_sum(Span bytes, uint32_t sum) {
  // Words are added in host order, two at a time in each half: the sum of swapped words is the swapped sum (RFC 1071 §2).
  uint64_t total = 0;
  const uint8_t* at = bytes.data;
  size_t left = bytes.size;
  for (; left >= sizeof(uint64_t); at += sizeof(uint64_t), left -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    total += (word & 0xffffffff) + (word >> 32);
  }
  if (left > 0) {
    uint64_t word = 0;
    std::memcpy(&word, at, left);
    total += (word & 0xffffffff) + (word >> 32);
  }
  const uint16_t folded = fold(total);
  return fold(uint64_t{static_cast<uint16_t>(folded >> 8 | folded << 8)} + sum);
}

bool has_right_ip_checksum(const Packet& packet) {
  return packet.ends.ip_version == 6 || ones_complement_sum(packet.ip_header, 0) == 0xffff;
}

Checksum verify_checksum(const Packet& packet) {
  if (!has_right_ip_checksum(packet)) return Checksum::kWrong;
  const bool is_tcp = packet.ends.protocol == kProtocolTcp;
  const size_t checksum_at = is_tcp ? kTcpChecksumAt : kUdpChecksumAt;
  if (packet.segment.size < checksum_at + 2 || packet.segment.size < packet.segment_bytes) return Checksum::kUnknown;
  const uint8_t* stored = packet.segment.data + checksum_at;
  const uint16_t checksum = static_cast<uint16_t>(stored[0] << 8 | stored[1]);
  if (!is_tcp && checksum == 0) return packet.ends.ip_version == 4 ? Checksum::kUnknown : Checksum::kWrong;
  const uint16_t pseudo = pseudo_header_sum(packet);
  if (ones_complement_sum(packet.segment, pseudo) == 0xffff) return Checksum::kRight;
  return checksum == pseudo ? Checksum::kPartial : Checksum::kWrong;
}

}  // namespace wiretally

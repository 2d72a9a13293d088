// FlowKey: the innermost 5-tuple without its direction, and its keyed hash. VLANs and tunnels are not part of
// it.
#pragma once

#include <cstdint>
#include <cstring>

#include "../base/flow_shards.h"
#include "../packet/packet.h"

namespace wiretally {

// The endpoint with the smaller address (then port) is "low", the other one "high". Any fixed order would do.
struct FlowKey {
  uint64_t words[4];  // IPv4: low | high << 32 in words[0]; IPv6: low address in two words, then the high one
  uint32_t ports;     // low | high << 16
  uint16_t kind;      // protocol | IP version << 8; never 0
  uint8_t source_is_high;

  bool is_ip6() const { return (kind >> 8) == 6; }
};

inline uint64_t load_u64(const uint8_t* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline uint32_t load_u32(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline FlowKey make_key(const Endpoints& ends) {
  FlowKey key;
  key.kind = static_cast<uint16_t>(ends.protocol | (ends.ip_version << 8));
  bool swap;
  const bool ports_swap = ends.source_port > ends.destination_port;
  if (ends.ip_version == 4) {
    const uint32_t source = load_u32(ends.source);
    const uint32_t destination = load_u32(ends.destination);
    swap = source != destination ? source > destination : ports_swap;
    const uint64_t low = swap ? destination : source;
    const uint64_t high = swap ? source : destination;
    key.words[0] = low | (high << 32);
    key.words[1] = key.words[2] = key.words[3] = 0;
  } else {
    const uint64_t source[2] = {load_u64(ends.source), load_u64(ends.source + 8)};
    const uint64_t destination[2] = {load_u64(ends.destination), load_u64(ends.destination + 8)};
    swap = source[0] != destination[0]   ? source[0] > destination[0]
           : source[1] != destination[1] ? source[1] > destination[1]
                                         : ports_swap;
    key.words[0] = swap ? destination[0] : source[0];
    key.words[1] = swap ? destination[1] : source[1];
    key.words[2] = swap ? source[0] : destination[0];
    key.words[3] = swap ? source[1] : destination[1];
  }
  const uint32_t low_port = swap ? ends.destination_port : ends.source_port;
  const uint32_t high_port = swap ? ends.source_port : ends.destination_port;
  key.ports = low_port | (high_port << 16);
  key.source_is_high = swap ? 1 : 0;
  return key;
}

// The secret of one decoder, drawn when it is opened.
struct HashSecret {
  uint64_t words[8];

  // Fills the secret from the system's random source.
  static HashSecret draw();
};

// NH (RFC 4418 §5.2.2 uses it in UMAC): the sum of products of keyed words. Two keys chosen without knowledge
// of the secret collide in its 128 bits with a probability of at most 2^-64, so external hosts cannot aim at one
// chain of a table. The last product folds the 128 bits into 64 that are all well mixed.
__extension__ using WideHash = unsigned __int128;

inline uint64_t fold_hash(WideHash sum, const HashSecret& secret) {
  const uint64_t* k = secret.words;
  const WideHash mixed = WideHash{static_cast<uint64_t>(sum) ^ k[6]} * (static_cast<uint64_t>(sum >> 64) ^ k[7]);
  return static_cast<uint64_t>(mixed) ^ static_cast<uint64_t>(mixed >> 64);
}

inline uint64_t hash_words(const uint64_t (&words)[4], const HashSecret& secret) {
  const uint64_t* k = secret.words;
  return fold_hash(WideHash{words[0] + k[0]} * (words[1] + k[1]) + WideHash{words[2] + k[2]} * (words[3] + k[3]),
                   secret);
}

inline uint64_t hash_key(const FlowKey& key, const HashSecret& secret) {
  const uint64_t* k = secret.words;
  const uint64_t tail = key.ports | (uint64_t{key.kind} << 32);
  WideHash sum = WideHash{key.words[0] + k[0]} * (tail + k[1]);
  if (key.is_ip6()) {
    sum += WideHash{key.words[1] + k[2]} * (key.words[2] + k[3]);
    sum += WideHash{key.words[3] + k[4]} * k[5];
  }
  return fold_hash(sum, secret);
}

// Returns the shard of a flow, which is the same in every run.
inline uint32_t shard_of(const FlowKey& key) {
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
  const uint64_t addresses = key.words[0] ^ key.words[1] ^ key.words[2] ^ key.words[3];
  const uint64_t ends = (addresses ^ (addresses >> 32)) * kMultiplier;
  const uint64_t mixed = ((ends ^ (ends >> 29)) + key.ports + key.kind) * kMultiplier;
  return static_cast<uint32_t>((mixed ^ (mixed >> 31)) * kMultiplier >> 58);
}
static_assert(kFlowShards == 1u << (64 - 58));

}  // namespace wiretally

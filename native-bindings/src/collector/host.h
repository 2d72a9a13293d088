// Host: the totals of one host in an open window.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow.h"

namespace wiretally {

// In the order of NOT_VISIBLE_KINDS of src/model/words.ts.
enum class Unseen : uint8_t { kEch, kTunnel, kDns, kRelay, kCloud, kMidFlow, kOneWay, kLoss, kConflict };

// In the order of their strength, src/net/mac-source.ts.
enum class MacProof : uint8_t { kNone = 0, kFrame = 1, kArp = 2, kNdp = 3, kDhcp = 4 };

struct MacFrames {
  Mac mac;
  int64_t first_us;
  int64_t last_us;
  bool is_answered;
};

struct Claim {
  std::string name;  // empty: none
  Mac mac;           // 0: none
  ObservationSource from;
  bool is_own;

  bool operator==(const Claim& other) const {
    return name == other.name && mac == other.mac && from == other.from && is_own == other.is_own;
  }
};

struct UnseenSums {
  Unseen kind;
  AppHint hint;
  uint64_t flows;
  uint64_t bytes;
  int64_t first_us;
  int64_t last_us;
};

// Hellos of a host. Encrypted ClientHello and its GREASE look alike, except by a known outer name.
struct HelloSums {
  uint64_t hellos = 0;
  uint64_t ech = 0;
  // With an outer name that stands for others.
  uint64_t hidden = 0;
};

// Hellos with one known outer name and one configuration. As many as there are known names and bytes.
struct EchConfig {
  std::string outer_name;
  uint8_t id;
  uint64_t hellos;
};

// What a slice, or a sum of slices, adds to its host.
struct SeenOfHost {
  Mac mac;
  uint64_t flows;
  uint64_t packets;
  uint64_t bytes_up;
  uint64_t bytes_down;
  int64_t first_us;
  int64_t last_us;
  const uint16_t* vlans;
  size_t vlan_count;
};

struct Host {
  Address address;
  Mac mac = 0;
  MacProof mac_from = MacProof::kNone;
  // `mac` is in all frames of the host, so `frames` is empty and stands for that.
  bool is_one_mac = false;
  uint8_t rank = 0;
  uint64_t flows = 0;
  uint64_t packets = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  HelloSums hellos;
  std::vector<EchConfig> ech_configs;  // sorted
  // Requests of AI runtimes to unlisted names, as large as a model call or a side call of one.
  uint64_t unlisted_requests = 0;
  int64_t first_us = 0;
  int64_t last_us = 0;
  std::vector<MacFrames> frames;
  std::vector<UnseenSums> unseen;
  std::vector<uint16_t> vlans;
  std::vector<Claim> said;
  std::vector<std::string> names;
  // Neighbours in the list of its rank, oldest first.
  Host* older = nullptr;
  Host* newer = nullptr;

  void add(const SeenOfHost& seen);
  void add(const Flow& flow);
  void add(const Observation& observation);
  void add(const UnseenSums& part);
  void add(const HelloSums& sums);
  // `outer_name` is a known public name.
  void add_ech_config(const std::string& outer_name, uint8_t id);
  // The list that `is_one_mac` stands for.
  void list_frames();

 private:
  void offer_mac(Mac offered, MacProof from);
  void add_frames(const SeenOfHost& seen);
};

// By the evidence of existence, so that a flood of forged senders cannot evict real hosts.
// 0: it only sent; forging that costs nothing. 1: it was answered, or sent a whole hello. 2: ARP, DHCP or similar reported
// it. 3: it sent a whole hello and was answered, as every host with tool use does.
using Rank = uint8_t;
constexpr Rank kSighted = 2;

constexpr Rank rank_of(uint64_t bytes_down, bool has_hello) {
  if (bytes_down == 0) return has_hello ? 1 : 0;
  return has_hello ? 3 : 1;
}
inline Rank rank_of(const Flow& flow) { return rank_of(flow.bytes_down, flow.has_hello_us); }

class HostRanks {
 public:
  // Ceilings of hosts in one window: of a rank and those below it. All hosts together are a /16.
  static constexpr std::array<size_t, 4> kMaxHosts = {16'384, 32'768, 49'152, 65'536};
  enum class Room { kFree, kMade, kNone };

  ~HostRanks();
  HostRanks() = default;
  HostRanks(const HostRanks&) = delete;
  HostRanks& operator=(const HostRanks&) = delete;

  // Null when it is not known; one of a lower rank rises.
  Host* find(const Address& address, Rank rank);
  // kMade: the oldest host of the lowest rank had to go.
  Room make_room(Rank rank);
  Host* add(const Address& address, int64_t ts_us, Rank rank);
  // All, in no order.
  std::vector<const Host*> all() const;

 private:
  struct Queue {
    Host* oldest = nullptr;
    Host* newest = nullptr;
    size_t size = 0;
  };
  void link(Host* host, Rank rank);
  void unlink(Host* host);

  std::array<Queue, 4> ranks_;
  std::unordered_map<Address, Host*, AddressHash> hosts_;
};

}  // namespace wiretally

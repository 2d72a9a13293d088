// Host: the totals of one host in an open window.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../io/slot_pool.h"
#include "flow.h"
#include "flow_marks.h"

namespace wiretally {

// Same order as NOT_VISIBLE_KINDS of src/model/window-words.ts.
enum class Unseen : uint8_t {
  kEch,
  kTunnel,
  kDns,
  kRelay,
  kCloud,
  kMidFlow,
  kOneWay,
  kLoss,
  kConflict,
  kMedia,       // Media of calls: STUN, then encrypted packets.
  kDnsTunnel,   // DNS with messages that are larger than names need
  kUnnamed,     // TLS or QUIC without a name, to an address that no DNS answer named
  kUnanswered,  // a hello without its answer
  kUnknown,     // TCP or UDP with bytes of no known protocol
  kProtocol,    // no TCP or UDP header
  kDamaged,     // a header is malformed, a packet was cut, or a datagram was never whole
  kSsh,
  kTor,          // TLS with a name that Tor makes up
  kMail,         // a mail protocol, and then other bytes
  kWifiCalling,  // IPsec to a gateway of a mobile network
  kUnsized,      // a log does not have the bytes of a direction
};

// Weakest proof first, as in src/net/mac-source.ts.
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

// The account of traffic of one host: bytes on the wire by TrafficClass.
struct Account {
  uint64_t bytes[kTrafficClasses] = {0, 0, 0, 0};

  void add(TrafficClass traffic_class, uint64_t count) { bytes[static_cast<size_t>(traffic_class)] += count; }
  void add(const Account& other) {
    for (size_t i = 0; i < kTrafficClasses; ++i) bytes[i] += other.bytes[i];
  }
};
// Adds to the part of the same kind and hint.
void add_part(std::vector<UnseenSums>* list, const UnseenSums& part);

// Hidden bytes to one destination. Key: all fields except the bytes.
struct HiddenTo {
  Unseen kind;
  Address to;
  std::string_view name;  // A name in a list that outlives this object; empty: none.
  uint64_t bytes;
};

// Values that a slice, a sum of slices, or frames without a flow add to an account.
struct Accounted {
  TrafficClass traffic_class;
  UnseenSums part;  // Kind and hint of the hidden bytes.
  const Address* to = nullptr;
  std::string_view name;

  bool is_hidden() const { return traffic_class == TrafficClass::kHidden; }
};

// The hidden bytes of a host, by kind and by destination.
struct HiddenParts {
  // The destinations with the smallest keys are kept, independent of the order. A window contains fewer (image.cc).
  static constexpr size_t kMaxDestinations = 256;

  std::vector<UnseenSums> sums;
  std::vector<HiddenTo> destinations;  // sorted by key

  void add(const Accounted& accounted);
  void add(const HiddenParts& other);

 private:
  void add(const HiddenTo& part);
};

// Hellos of a host. Encrypted ClientHello and its GREASE look alike, except by a known outer name.
struct HelloSums {
  uint64_t hellos = 0;
  uint64_t ech = 0;
  // Hellos with an outer name that stands for others.
  uint64_t hidden = 0;
};

// Hellos with one known outer name and one configuration. Their number is limited by the known names and a byte.
struct EchConfig {
  std::string outer_name;
  uint8_t id;
  uint64_t hellos;
};

// Values that a slice, or a sum of slices, adds to its host.
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

// Lists that most hosts of a window do not have.
struct HostLists {
  std::vector<MacFrames> frames;
  std::vector<UnseenSums> unseen;
  std::vector<uint16_t> vlans;
  std::vector<Claim> claims;
  std::vector<std::string> names;
  std::vector<EchConfig> ech_configs;  // sorted
  HiddenParts hidden;                  // Hidden parts of the account.
};

// An analysis stores one for each host and window until its end, packed in long captures.
struct Host {
  Address address;
  MacProof mac_from = MacProof::kNone;
  // `mac` is in all frames of the host; `frames` is then empty.
  bool is_one_mac = false;
  uint8_t rank = 0;
  uint32_t block = 0;  // Block of HostPool.
  Mac mac = 0;
  uint64_t flows = 0;
  uint64_t packets = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  int64_t first_us = 0;
  int64_t last_us = 0;
  HelloSums hellos;
  Account account;
  HostMarks marks;
  // Requests of AI runtimes to unlisted names that are as large as a model call or one of its side calls.
  uint64_t unlisted_requests = 0;
  std::unique_ptr<HostLists> lists;  // null: all are empty
  // Neighbors in the list of its rank, oldest first.
  Host* older = nullptr;
  Host* newer = nullptr;
  // Next host of its bucket in HostRanks, or of the free hosts.
  Host* next = nullptr;

  void add(const SeenOfHost& seen);
  void add(const Flow& flow);
  void add(const Observation& observation);
  void add(const UnseenSums& part);
  void add(const HelloSums& sums);
  void add(const Accounted& accounted);
  // Moves bytes that counted as inspected to the hidden ones.
  void hide(const Address& to, UnseenSums part);
  // `outer_name` is a known public name.
  void add_ech_config(const std::string& outer_name, uint8_t id);
  // Creates the list that `is_one_mac` stands for.
  void list_frames();

 private:
  HostLists& own_lists() {
    if (lists == nullptr) lists = std::make_unique<HostLists>();
    return *lists;
  }
  void offer_mac(Mac offered, MacProof from);
  void add_frames(const SeenOfHost& seen);
};

// Hosts are ranked by the evidence of existence, so that a flood of forged senders cannot evict real hosts.
using Rank = uint8_t;
constexpr Rank kSighted = 2;

constexpr Rank rank_of(uint64_t bytes_down, bool has_hello) {
  if (bytes_down == 0) return has_hello ? 1 : 0;
  return has_hello ? 3 : 1;
}
inline Rank rank_of(const Flow& flow) { return rank_of(flow.bytes_down, flow.has_hello_us); }

// Memory of hosts in blocks that the next windows reuse. A window has hundreds of hosts, and allocating each alone
// would cost more than its sums.
class HostPool {
 public:
  // Returns an empty host.
  Host* take();
  // Takes a host back and releases its lists.
  void give_back(Host* host);
  // Ends the pool: after that, only hosts of packed windows are taken. Each block but the last is released with its last
  // host, so that the report can use the memory of windows that were read.
  void wind_up();

 private:
  void release_unused(uint32_t block);

  SlotPool<Host> slots_;
  // Number of hosts in use, by block.
  std::vector<uint32_t> used_;
  Host* free_ = nullptr;
  bool is_winding_up_ = false;
};

// Hosts of a window that currently receives no data, in a fifth of their memory: numbers of few bytes in sequence.
class PackedHosts {
 public:
  bool empty() const { return count_ == 0; }
  void shrink() { bytes_.shrink_to_fit(); }
  // Takes over the lists of the host.
  void add(Host* host, int64_t start_us);
  // Iterates over the hosts in the order in which they were added. `begin` returns the place for a host with this
  // address and rank.
  template <typename Begin>
  void take_all(int64_t start_us, Begin begin);

 private:
  // Lists that few hosts have.
  struct Lists {
    HostMarks marks;
    std::unique_ptr<HostLists> lists;
  };
  void put(uint64_t number);
  void put_time(int64_t us, int64_t start_us);
  void put_parts(const std::vector<UnseenSums>& parts, int64_t start_us);
  void put_destinations(const std::vector<HiddenTo>& destinations);
  uint64_t next();
  int64_t next_time(int64_t start_us);
  std::vector<UnseenSums> next_parts(int64_t start_us);
  std::vector<HiddenTo> next_destinations();

  std::vector<uint8_t> bytes_;
  std::vector<Lists> lists_;
  size_t count_ = 0;
  size_t at_ = 0;
};

class HostRanks {
 public:
  // Maximum hosts of one window with a rank or a lower one. All hosts together are a /16.
  static constexpr std::array<size_t, 4> kMaxHosts = {16'384, 32'768, 49'152, 65'536};
  enum class Room { kFree, kMade, kNone };

  ~HostRanks();
  explicit HostRanks(std::shared_ptr<HostPool> pool) : pool_(std::move(pool)) {}
  HostRanks(const HostRanks&) = delete;
  HostRanks& operator=(const HostRanks&) = delete;

  // Packs hosts until the next lookup. `start_us`: start of the window.
  void pack(int64_t start_us);
  bool is_packed() const { return !packed_.empty(); }

  // Returns null if it is unknown. A host of a lower rank gets this rank.
  Host* find(const Address& address, Rank rank);
  // kMade: the oldest host of the lowest rank was evicted.
  Room make_room(Rank rank);
  Host* add(const Address& address, int64_t ts_us, Rank rank);
  // Returns all hosts in unspecified order.
  std::vector<const Host*> all();
  size_t size() const { return size_; }

 private:
  struct Queue {
    Host* oldest = nullptr;
    Host* newest = nullptr;
    size_t size = 0;
  };
  void link(Host* host, Rank rank);
  void unlink(Host* host);
  Host*& bucket_of(const Address& address) { return buckets_[AddressHash()(address) & (buckets_.size() - 1)]; }
  void grow();
  void evict(Host* host);
  void unpack();

  std::shared_ptr<HostPool> pool_;
  std::array<Queue, 4> ranks_;
  // Buckets by address; their number is a power of two.
  std::vector<Host*> buckets_;
  size_t size_ = 0;
  PackedHosts packed_;
  int64_t packed_from_us_ = 0;
};

}  // namespace wiretally

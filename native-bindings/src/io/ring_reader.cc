#include "ring_reader.h"

#include <cerrno>
#include <cstring>

#ifdef __linux__
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

namespace wiretally {

namespace {

constexpr uint16_t kLinkEthernet = 1;
constexpr uint16_t kLinkRaw = 101;
// Room in front of each frame, so that a VLAN tag that the kernel took out can be put back in place.
constexpr int kTagRoom = 4;
constexpr uint16_t kTypeVlan = 0x8100;

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

int fail(const std::string& what, const char* remedy, std::string* error) {
  const int code = errno == 0 ? EIO : errno;
  *error = what + ": " + std::strerror(code) + (remedy[0] == '\0' ? "" : std::string("; ") + remedy);
  return code;
}

}  // namespace

struct RingReader::State {
  uint32_t file_index = 0;
  int socket = -1;
  int interface_index = 0;
  uint8_t* map = nullptr;
  size_t map_bytes = 0;
  RingOptions options;
  uint16_t link_type = kLinkEthernet;
  RingStats stats;

  // Of the block that is being handed out.
  uint32_t current = 0;
  bool is_open_block = false;
  uint32_t frames_left = 0;
  const uint8_t* next_frame = nullptr;

  // Calls that gave frames of a block and were not released yet, plus one while it is being handed out.
  std::unique_ptr<std::atomic<uint32_t>[]> pins;

  tpacket_block_desc* block(uint32_t number) {
    return reinterpret_cast<tpacket_block_desc*>(map + size_t{number} * options.block_bytes);
  }

  void unpin(uint32_t number) {
    if (pins[number].fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    __atomic_store_n(&block(number)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  }

  ~State() {
    if (map != nullptr) munmap(map, map_bytes);
    if (socket >= 0) close(socket);
  }
};

RingReader::RingReader(uint32_t file_index) : state_(std::make_unique<State>()) { state_->file_index = file_index; }
RingReader::~RingReader() = default;

namespace {

template <typename T>
bool set_option(int socket, int name, const T& value) {
  return setsockopt(socket, SOL_PACKET, name, &value, sizeof(value)) == 0;
}

// Finds the interface and what its frames begin with.
int find_interface(int socket, const char* name, int* index, uint16_t* link_type, std::string* error) {
  ifreq request{};
  if (std::strlen(name) >= sizeof(request.ifr_name)) {
    errno = ENODEV;
    return fail(std::string(name) + ": no such interface", "\"wiretally doctor\" lists them", error);
  }
  std::memcpy(request.ifr_name, name, std::strlen(name));
  if (ioctl(socket, SIOCGIFINDEX, &request) != 0) {
    return fail(std::string(name) + ": no such interface", "\"wiretally doctor\" lists them", error);
  }
  *index = request.ifr_ifindex;
  if (ioctl(socket, SIOCGIFHWADDR, &request) != 0) return fail(std::string(name) + ": cannot be asked for its type", "", error);
  const unsigned type = request.ifr_hwaddr.sa_family;
  if (type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK) {
    *link_type = kLinkEthernet;
  } else if (type == ARPHRD_NONE || type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 || type == ARPHRD_SIT ||
             type == ARPHRD_IPGRE || type == ARPHRD_PPP) {
    *link_type = kLinkRaw;
  } else {
    errno = EAFNOSUPPORT;
    return fail(std::string(name) + ": hardware type " + std::to_string(type) + " is not supported",
                "capture with tcpdump -w and analyse the file", error);
  }
  return 0;
}

}  // namespace

int RingReader::open(const char* interface, const RingOptions& options, std::string* error) {
  State& s = *state_;
  s.options = options;
  // Protocol 0: nothing is received before the filter is in place and the socket is bound.
  s.socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (s.socket < 0) {
    return fail("the packet socket cannot be opened",
                "run as root, or give the program CAP_NET_RAW: see docs/deployment.md", error);
  }
  if (const int code = find_interface(s.socket, interface, &s.interface_index, &s.link_type, error); code != 0) return code;

  if (!set_option(s.socket, PACKET_VERSION, int{TPACKET_V3})) return fail("TPACKET_V3 is refused", "Linux 3.2 or later is needed", error);
  set_option(s.socket, PACKET_RESERVE, unsigned{kTagRoom});
  if (options.ignore_outgoing) set_option(s.socket, PACKET_IGNORE_OUTGOING, int{1});
  if (options.hardware_time) set_option(s.socket, PACKET_TIMESTAMP, int{SOF_TIMESTAMPING_RAW_HARDWARE});

  tpacket_req3 request{};
  request.tp_block_size = options.block_bytes;
  request.tp_block_nr = options.block_count;
  request.tp_frame_size = 2048;
  request.tp_frame_nr = options.block_bytes / request.tp_frame_size * options.block_count;
  request.tp_retire_blk_tov = options.retire_ms;
  if (!set_option(s.socket, PACKET_RX_RING, request)) {
    return fail("the kernel refuses a ring of " + std::to_string((uint64_t{options.block_bytes} * options.block_count) >> 20) + " MiB",
                "ask for less with --ring-mib, or raise the memory limit (ulimit -l)", error);
  }
  s.map_bytes = size_t{options.block_bytes} * options.block_count;
  void* map = mmap(nullptr, s.map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s.socket, 0);
  if (map == MAP_FAILED) return fail("the ring cannot be mapped", "ask for less with --ring-mib", error);
  s.map = static_cast<uint8_t*>(map);
  s.pins = std::make_unique<std::atomic<uint32_t>[]>(options.block_count);

  if (!options.filter.empty()) {
    sock_fprog program{};
    program.len = static_cast<unsigned short>(options.filter.size());
    program.filter = reinterpret_cast<sock_filter*>(const_cast<BpfInstruction*>(options.filter.data()));
    if (setsockopt(s.socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0) {
      return fail("the kernel refuses the filter", "write a simpler expression for -f", error);
    }
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = s.interface_index;
  if (bind(s.socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return fail(std::string(interface) + ": cannot be listened on", "bring it up with \"ip link set DEV up\"", error);
  }
  if (options.promiscuous) {
    packet_mreq membership{};
    membership.mr_ifindex = s.interface_index;
    membership.mr_type = PACKET_MR_PROMISC;
    set_option(s.socket, PACKET_ADD_MEMBERSHIP, membership);
  }
  if (options.fanout_group >= 0) {
    // Without rollover: both directions of a flow stay on one ring.
    const int fanout = (options.fanout_group & 0xffff) | (PACKET_FANOUT_HASH << 16);
    if (!set_option(s.socket, PACKET_FANOUT, fanout)) return fail("the rings cannot share the interface", "try --workers 1", error);
  }
  return 0;
}

namespace {

// Puts a VLAN tag that the kernel keeps beside the frame back behind the two MACs, into the room reserved for it.
uint8_t* restore_tag(uint8_t* frame, const tpacket3_hdr* header, uint32_t* captured, uint32_t* wire) {
  if ((header->tp_status & TP_STATUS_VLAN_VALID) == 0 || *captured < 12) return frame;
  const bool has_type = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  const uint16_t type = has_type ? static_cast<uint16_t>(header->hv1.tp_vlan_tpid) : kTypeVlan;
  const uint32_t tag = header->hv1.tp_vlan_tci;
  uint8_t* start = frame - kTagRoom;
  std::memmove(start, frame, 12);
  start[12] = static_cast<uint8_t>(type >> 8);
  start[13] = static_cast<uint8_t>(type);
  start[14] = static_cast<uint8_t>(tag >> 8);
  start[15] = static_cast<uint8_t>(tag);
  *captured += kTagRoom;
  *wire += kTagRoom;
  return start;
}

}  // namespace

RingStatus RingReader::read(Frame* frames, size_t max, size_t* count, uint32_t* block, int wait_ms) {
  State& s = *state_;
  *count = 0;
  if (!s.is_open_block) {
    tpacket_block_desc* next = s.block(s.current);
    // The kernel writes block_status last; acquire makes the frames behind it visible. A block that is still pinned
    // holds TP_STATUS_USER from the round before: it is not new.
    const bool is_ours = (__atomic_load_n(&next->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
    if (!is_ours || s.pins[s.current].load(std::memory_order_acquire) != 0) {
      pollfd waiter{s.socket, POLLIN | POLLERR, 0};
      const int ready = poll(&waiter, 1, wait_ms);
      if (ready > 0 && (waiter.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        int code = 0;
        socklen_t size = sizeof(code);
        getsockopt(s.socket, SOL_SOCKET, SO_ERROR, &code, &size);
        if (code == ENETDOWN) return RingStatus::kDown;
        if (code == ENXIO || code == ENODEV) return RingStatus::kGone;
        if (code != 0) return RingStatus::kError;
      }
      return RingStatus::kQuiet;
    }
    s.pins[s.current].store(1, std::memory_order_relaxed);
    s.is_open_block = true;
    s.frames_left = next->hdr.bh1.num_pkts;
    s.next_frame = reinterpret_cast<uint8_t*>(next) + next->hdr.bh1.offset_to_first_pkt;
  }
  const uint32_t number = s.current;
  while (*count < max && s.frames_left > 0) {
    auto* header = reinterpret_cast<const tpacket3_hdr*>(s.next_frame);
    uint32_t captured = header->tp_snaplen;
    uint32_t wire = header->tp_len;
    uint8_t* data = restore_tag(const_cast<uint8_t*>(s.next_frame) + header->tp_mac, header, &captured, &wire);
    frames[(*count)++] = Frame{data, int64_t{header->tp_sec} * 1000000000 + header->tp_nsec, captured, wire, s.link_type, 0, 0, s.file_index};
    --s.frames_left;
    s.next_frame += header->tp_next_offset;
    __builtin_prefetch(s.next_frame);
  }
  if (*count > 0) {
    s.pins[number].fetch_add(1, std::memory_order_relaxed);
    *block = number;
  }
  if (s.frames_left == 0) {
    s.is_open_block = false;
    s.current = (number + 1) % s.options.block_count;
    s.unpin(number);
  }
  return *count > 0 ? RingStatus::kFrames : RingStatus::kQuiet;
}

void RingReader::release(uint32_t block) { state_->unpin(block); }

RingStats RingReader::stats() {
  State& s = *state_;
  tpacket_stats_v3 fresh{};
  socklen_t size = sizeof(fresh);
  if (s.socket >= 0 && getsockopt(s.socket, SOL_PACKET, PACKET_STATISTICS, &fresh, &size) == 0) {
    s.stats.received += fresh.tp_packets;
    s.stats.ring_drops += fresh.tp_drops;
    s.stats.freezes += fresh.tp_freeze_q_cnt;
  }
  return s.stats;
}

uint16_t RingReader::link_type() const { return state_->link_type; }

}  // namespace wiretally

#else

namespace wiretally {

struct RingReader::State {};

RingReader::RingReader(uint32_t) : state_(std::make_unique<State>()) {}
RingReader::~RingReader() = default;
int RingReader::open(const char*, const RingOptions&, std::string* error) {
  *error = "AF_PACKET rings exist on Linux only; use --backend cap";
  return ENOTSUP;
}
RingStatus RingReader::read(Frame*, size_t, size_t* count, uint32_t*, int) {
  *count = 0;
  return RingStatus::kError;
}
void RingReader::release(uint32_t) {}
RingStats RingReader::stats() { return {}; }
uint16_t RingReader::link_type() const { return 0; }

}  // namespace wiretally

#endif

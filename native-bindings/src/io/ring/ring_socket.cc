// RingSocket: sets up packet(7) sockets in an order in which no packet between opening and binding is read twice.
#include "ring_socket.h"

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

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ring_block.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

namespace wiretally {

namespace {

constexpr uint16_t kLinkEthernet = 1;
constexpr uint16_t kLinkRaw = 101;
static_assert(sizeof(BpfInstruction) == sizeof(sock_filter));

int fail(const std::string& what, const char* next, RingTrouble* trouble) {
  const int code = errno == 0 ? EIO : errno;
  trouble->what = what + ": " + std::strerror(code);
  trouble->next = next;
  return code;
}

template <typename T>
bool set_option(int socket, int name, const T& value) {
  return setsockopt(socket, SOL_PACKET, name, &value, sizeof(value)) == 0;
}

bool attach(int socket, const BpfInstruction* instructions, size_t count) {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(count);
  program.filter = reinterpret_cast<sock_filter*>(const_cast<BpfInstruction*>(instructions));
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool detach(int socket) {
  const int unused = 0;
  return setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) == 0;
}

// BPF_RET|BPF_K 0: nothing passes, and nothing is counted as dropped.
constexpr BpfInstruction kPassNothing[] = {{0x06, 0, 0, 0}};

ifreq request_for(const std::string& interface) {
  ifreq request{};
  std::memcpy(request.ifr_name, interface.c_str(), std::min(interface.size(), sizeof(request.ifr_name) - 1));
  return request;
}

}  // namespace

RingSocket::~RingSocket() {
  if (map_ != nullptr) munmap(map_, map_bytes_);
  if (socket_ >= 0) close(socket_);
}

int RingSocket::open(const char* interface, const RingOptions& options, RingTrouble* trouble) {
  interface_ = interface;
  options_ = options;
  // Protocol 0: nothing is received before the socket is bound.
  socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    return fail(interface_ + ": the packet socket cannot be opened",
                "run as root, or give the right alone: a systemd unit with AmbientCapabilities=CAP_NET_RAW, "
                "or setcap cap_net_raw+ep on a copy of node (docs/deployment.md)",
                trouble);
  }
  if (const int code = find_interface(trouble); code != 0) return code;
  if (!options.filter.empty()) {
    std::string reason;
    if (!BpfFilter::compile_for(options.filter.c_str(), link_type_, &filter_, &reason)) {
      trouble->what = "capture filter: " + reason;
      trouble->next = "see pcap-filter(7) for the words that -f takes";
      return EINVAL;
    }
  }
  if (const int code = make_ring(trouble); code != 0) return code;
  return listen(trouble);
}

int RingSocket::find_interface(RingTrouble* trouble) {
  ifreq request = request_for(interface_);
  if (interface_.size() >= sizeof(request.ifr_name) || ioctl(socket_, SIOCGIFINDEX, &request) != 0) {
    errno = ENODEV;
    return fail(interface_ + ": no such interface", "", trouble);
  }
  index_ = request.ifr_ifindex;
  if (ioctl(socket_, SIOCGIFHWADDR, &request) != 0) {
    return fail(interface_ + ": cannot be asked for its type", "", trouble);
  }
  const unsigned type = request.ifr_hwaddr.sa_family;
  if (type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK) {
    link_type_ = kLinkEthernet;
  } else if (type == ARPHRD_NONE || type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 || type == ARPHRD_SIT ||
             type == ARPHRD_IPGRE || type == ARPHRD_PPP) {
    link_type_ = kLinkRaw;
  } else {
    errno = EAFNOSUPPORT;
    return fail(interface_ + ": hardware type " + std::to_string(type) + " is not supported",
                "capture with tcpdump -w and analyze the file", trouble);
  }
  return 0;
}

int RingSocket::make_ring(RingTrouble* trouble) {
  if (!set_option(socket_, PACKET_VERSION, int{TPACKET_V3})) {
    return fail("TPACKET_V3 is refused", "Linux 3.2 or later is needed", trouble);
  }
  set_option(socket_, PACKET_RESERVE, RingBlockWalk::kTagSpace);
  has_offload_header_ = set_option(socket_, PACKET_VNET_HDR, int{1});
  if (options_.ignore_outgoing) set_option(socket_, PACKET_IGNORE_OUTGOING, int{1});
  if (options_.hardware_time) set_option(socket_, PACKET_TIMESTAMP, int{SOF_TIMESTAMPING_RAW_HARDWARE});
  // Makes the kernel stamp packets when they arrive, and not when this socket gets round to them.
  const int on = 1;
  setsockopt(socket_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);

  tpacket_req3 request{};
  request.tp_block_size = options_.block_bytes;
  request.tp_block_nr = options_.block_count;
  request.tp_frame_size = 2048;
  request.tp_frame_nr = options_.block_bytes / request.tp_frame_size * options_.block_count;
  request.tp_retire_blk_tov = options_.retire_ms;
  map_bytes_ = size_t{options_.block_bytes} * options_.block_count;
  const std::string mebibytes = std::to_string(map_bytes_ >> 20) + " MiB";
  if (!set_option(socket_, PACKET_RX_RING, request)) {
    return fail("the kernel refuses a ring of " + mebibytes,
                "ask for a smaller ring with --ring-mib, or give the unit more memory", trouble);
  }
  void* map = mmap(nullptr, map_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, socket_, 0);
  if (map == MAP_FAILED) {
    return fail("a ring of " + mebibytes + " cannot be mapped", "ask for a smaller ring with --ring-mib", trouble);
  }
  map_ = static_cast<uint8_t*>(map);
  return 0;
}

int RingSocket::listen(RingTrouble* trouble) {
  // A ring that is bound and not yet in its group would be given the packets of all: none until it is.
  if (!attach(socket_, kPassNothing, 1)) return fail("the kernel refuses a filter", "", trouble);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index_;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail(interface_ + ": cannot be listened on", "", trouble);
  }
  if (options_.promiscuous) {
    packet_mreq membership{};
    membership.mr_ifindex = index_;
    membership.mr_type = PACKET_MR_PROMISC;
    set_option(socket_, PACKET_ADD_MEMBERSHIP, membership);
  }
  const RingState state = look_at_interface();
  return state == RingState::kDown || state == RingState::kGone ? 0 : arm(trouble);
}

int RingSocket::arm(RingTrouble* trouble) {
  if (options_.fanout_group >= 0) {
    // Without rollover: both directions of a flow stay on one ring.
    const int fanout = (options_.fanout_group & 0xffff) | (PACKET_FANOUT_HASH << 16);
    if (!set_option(socket_, PACKET_FANOUT, fanout)) {
      return fail(interface_ + ": several rings cannot share it", "try --workers 1", trouble);
    }
  }
  const bool is_open = filter_.empty() ? detach(socket_) : attach(socket_, filter_.data(), filter_.size());
  if (!is_open) return fail("the kernel refuses the filter", "write a simpler expression for -f", trouble);
  is_armed_ = true;
  return 0;
}

bool RingSocket::stop() { return attach(socket_, kPassNothing, 1); }

void RingSocket::wait(int max_ms) {
  pollfd waiter{socket_, POLLIN, 0};
  poll(&waiter, 1, max_ms);
  if ((waiter.revents & POLLERR) == 0) return;
  int code = 0;  // reading it clears it, so that the next call waits
  socklen_t size = sizeof code;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &size);
}

void RingSocket::update(RingStats* stats) {
  tpacket_stats_v3 fresh{};
  socklen_t size = sizeof fresh;
  if (getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &fresh, &size) == 0) {
    stats->received += fresh.tp_packets;
    stats->ring_drops += fresh.tp_drops;
    stats->freezes += fresh.tp_freeze_q_cnt;
  }
  stats->state = look_at_interface();
  const bool is_up = stats->state == RingState::kUp || stats->state == RingState::kNoCarrier;
  RingTrouble ignored;
  if (is_up && !is_armed_) arm(&ignored);
}

RingState RingSocket::look_at_interface() const {
  ifreq request = request_for(interface_);
  if (ioctl(socket_, SIOCGIFINDEX, &request) != 0 || request.ifr_ifindex != index_) return RingState::kGone;
  if (ioctl(socket_, SIOCGIFFLAGS, &request) != 0) return RingState::kGone;
  if ((request.ifr_flags & IFF_UP) == 0) return RingState::kDown;
  return (request.ifr_flags & IFF_RUNNING) == 0 ? RingState::kNoCarrier : RingState::kUp;
}

tpacket_block_desc* RingSocket::block(uint32_t number) const {
  return reinterpret_cast<tpacket_block_desc*>(map_ + size_t{number} * options_.block_bytes);
}

}  // namespace wiretally

#endif

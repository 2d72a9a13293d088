// decode_frame: from a captured frame to its innermost TCP or UDP header. One table defines the next headers;
// no recursion, every step consumes bytes, depth is bounded. IP fragments go through a FragmentTable, which
// must see packets in capture order; everything else is stateless and may run on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../base/counters.h"
#include "../base/frame.h"
#include "packet.h"

namespace wiretally {

enum class DecodeResult : uint8_t {
  kPacket,     // `packet` holds a TCP or UDP packet
  kNoPort,     // well-formed, but no TCP or UDP header (ARP, ICMP, unknown ether type, …); see NonPortInfo
  kFragment,   // an IP fragment: show the frame to decode_fragment in capture order
  kMalformed,  // counted by layer and reason
  kCut,        // the snaplen cut into a header: counted apart
};

// Other traffic of interest: ARP and NDP for host identity, IPsec and WireGuard-like protocols for
// unobserved traffic. Null spans when not applicable.
struct NonPortInfo {
  uint16_t ether_type = 0;
  uint8_t ip_protocol = 0;  // 0 when not IP
  Span body;                // ARP message, or the IP payload (ICMPv6, ESP, …)
};

// Stateless part. Safe to call from several threads with different counters. Adds to every counter but
// `packets` and `wire_bytes`, which are the reader's. A packet with readable ports is a kPacket even when
// the rest of its header is counted as malformed or cut: it belongs to a flow, with the remaining payload of its
// headers.
DecodeResult decode_frame(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters);

// Frames with fragments of one datagram that was never whole.
struct DroppedFragments {
  Endpoints ends;   // without ports
  Endpoints outer;  // outer_of its first frame
  uint64_t frames;
  uint64_t wire_bytes;
};

// Puts fragmented datagrams together (RFC 791 §3.2, RFC 8200 §4.5). Bytes that overlap: IPv4 takes those of
// the fragment that begins first, of two that begin together those of the first to arrive, as BSD hosts and
// common analysers do; differing bytes are counted. IPv6 datagrams with overlaps are dropped whole and
// counted (RFC 5722), except for exact repetitions. A datagram lives 30 s of capture time; when the table is
// full the oldest one is given up. Fragments that the snaplen cut still complete a datagram: its payload then
// ends at the first byte that is missing.
class FragmentTable {
 public:
  // Limits: datagrams in reassembly, and bytes.
  explicit FragmentTable(size_t max_datagrams = 4096, size_t max_bytes = 16u * 1024 * 1024);
  ~FragmentTable();
  FragmentTable(const FragmentTable&) = delete;
  FragmentTable& operator=(const FragmentTable&) = delete;

  // For frames that decode_frame called kFragment, in capture order. kFragment: stored, datagram not complete.
  // kPacket: `packet` is the whole datagram's; its payload stays valid until the next call.
  // `packet->wire_bytes` is the sum of the frames that carried the fragments.
  DecodeResult add(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters);

  // Frames that went into no datagram, or into one that was given up, since the last call.
  std::vector<DroppedFragments> take_dropped();
  // At the end of the input: what waits will not become whole.
  void drop_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Name of an encapsulation number for output, e.g. "gre", "vxlan".
const char* encapsulation_name(uint8_t number);

}  // namespace wiretally

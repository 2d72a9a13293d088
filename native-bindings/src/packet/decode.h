// decode_frame walks a captured frame to its innermost TCP or UDP header. One table defines the next headers. There is no
// recursion, every step consumes bytes, and depth is bounded. Only FragmentTable has state: it requires IP fragments in
// capture order. All other code may run on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../base/counters.h"
#include "../base/frame.h"
#include "packet.h"

namespace wiretally {

enum class DecodeResult : uint8_t {
  kPacket,     // `packet` contains a TCP or UDP packet
  kNoPort,     // well-formed, but no TCP or UDP header (ARP, ICMP, unknown ether type, …); see NonPortInfo
  kFragment,   // an IP fragment: pass the frame to FragmentTable::add in capture order
  kMalformed,  // counted by layer and reason
  kCut,        // the snaplen cut into a header: has its own counter
};

// Describes other traffic of interest: ARP and NDP identify hosts; IPsec and WireGuard-like protocols are traffic that
// is not visible. Spans are null if they do not apply.
struct NonPortInfo {
  uint16_t ether_type = 0;
  uint8_t ip_protocol = 0;  // 0 when not IP
  Span body;                // ARP message, or the IP payload (ICMPv6, ESP, …)
};

// Decodes one frame without state; several threads may call it with different counters. It adds to every counter except
// `packets` and `wire_bytes`, which belong to the reader. A packet with readable ports is a kPacket even if the rest of
// its header is counted as malformed or cut: it belongs to a flow, with the remaining payload of its headers.
DecodeResult decode_frame(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters);

// DroppedFragments counts frames with fragments of one datagram that never became complete.
struct DroppedFragments {
  Endpoints ends;   // without ports
  Endpoints outer;  // outer_ends of the first frame
  uint64_t frames;
  uint64_t wire_bytes;
};

// Reassembles fragmented datagrams (RFC 791 §3.2, RFC 8200 §4.5). If IPv4 fragments overlap, the bytes of the fragment
// that begins first win, and of two that begin together those of the first to arrive, as on BSD hosts and in common
// analyzers; differing bytes are counted. IPv6 datagrams with overlaps are dropped and counted (RFC 5722), except for
// exact repetitions. A datagram lives 30 s of capture time; if the table is full, the oldest one is evicted. Fragments
// that the snaplen cut still complete a datagram: its payload then ends at the first missing byte.
class FragmentTable {
 public:
  // The table limits datagrams in reassembly, and their bytes.
  explicit FragmentTable(size_t max_datagrams = 4096, size_t max_bytes = 16u * 1024 * 1024);
  ~FragmentTable();
  FragmentTable(const FragmentTable&) = delete;
  FragmentTable& operator=(const FragmentTable&) = delete;

  // Adds a frame that decode_frame called kFragment, in capture order. Returns kFragment if the datagram is not
  // complete. With kPacket, `packet` is the whole datagram: its payload stays valid until the next call, and
  // `packet->wire_bytes` is the sum of the frames that carried the fragments.
  DecodeResult add(const Frame& frame, Packet* packet, NonPortInfo* other, Counters* counters);

  // Returns frames since the last call that belong to no datagram, or to an evicted one.
  std::vector<DroppedFragments> take_dropped();
  // Ends the input: incomplete datagrams will not become complete.
  void drop_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the name of an encapsulation number for output, e.g. "gre", "vxlan".
const char* encapsulation_name(uint8_t number);

}  // namespace wiretally

// Segment is payload of one direction of a TCP flow, at its position in the stream.
#pragma once

#include <cstdint>

#include "../base/cursor.h"

namespace wiretally {

constexpr uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpAck = 0x10;

// Sequence numbers are compared modulo 2^32 (RFC 9293 §3.4).
inline bool seq_before(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }

// The maximum size of a hole: larger windows are rare, forged numbers are not.
constexpr uint32_t kMaxHole = 1u << 24;

// Maximum difference between the two directions, by capture clock. Taps with NTP differ by some
// milliseconds, queues of cards and merges of files add tens. A retransmission comes after 200 ms at the soonest
// (RFC 6298 §2.4 requires a second, Linux uses 200 ms), so a longer wait is detected otherwise.
constexpr int64_t kMaxSkewNs = 100'000'000;

// After a clock step backwards the duration is unknown.
inline bool is_overdue(int64_t since_ns, int64_t now_ns) {
  return now_ns - since_ns > kMaxSkewNs || since_ns - now_ns > kMaxSkewNs;
}

// Segment refers to the bytes in its packet.
struct Segment {
  uint32_t seq;
  Span data;
  uint32_t extent;  // payload by the headers: above data.size when the snaplen cut it
  int64_t ts_ns;
  uint32_t end() const { return seq + extent; }
};

// StreamView has bytes of a stream at one position, in any memory.
struct StreamView {
  Span data;
  uint32_t extent = 0;
  int64_t ts_ns = 0;
};

}  // namespace wiretally

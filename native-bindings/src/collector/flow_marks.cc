// FlowMarks: compares the flows of a row with the other flows of the host.
#include "flow_marks.h"

#include <algorithm>

namespace wiretally {

namespace {

// Maximum entries of one list. Real hosts have one to three.
constexpr size_t kMaxTtls = 16;
constexpr size_t kMaxMarked = 16;
// Minimum number of flows with one TTL before it counts as the usual one of the host.
constexpr uint64_t kMinFlows = 2;
// Maximum hops of a packet near its sender. Senders further away are servers, not hosts of the local networks.
constexpr int kMaxHops = 32;
// Maximum difference between paths and network namespaces of one host.
constexpr int kHopSlack = 2;
// A hello follows the start of its connection within this time. Earlier connections are older than the capture.
constexpr int64_t kStartUs = 30 * kSecondUs;

// Returns the initial value of operating systems: 64 (Linux, macOS), 128 (Windows), 255 (routers).
int initial_of(int ttl) { return ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255; }
int hops_of(int ttl) { return initial_of(ttl) - ttl; }

// Tests if one host can send both. Containers and virtual machines behind its address are a hop further away, and have
// the initial value of their own system.
bool are_of_one_host(int ttl, int usual) {
  if (ttl == usual) return true;
  const int more = hops_of(ttl) - hops_of(usual);
  if (more > kHopSlack || more < -kHopSlack) return false;
  if (initial_of(ttl) == 255) return initial_of(usual) == 255;
  const bool is_larger = initial_of(ttl) > initial_of(usual);
  // A Windows machine behind the address of a Linux host is never nearer.
  return !is_larger || hops_of(usual) > 0 || more > 0;
}

// Returns 0 if unknown. Forged flows arrive at once, those of the host all the time. Of two equally frequent values the
// nearer counts.
int usual_ttl(const HostMarks& all) {
  const TtlCount* usual = nullptr;
  all.ttls.each([&](const TtlCount& entry) {
    if (entry.flows < kMinFlows || hops_of(entry.ttl) > kMaxHops) return;
    if (usual == nullptr || entry.windows > usual->windows ||
        (entry.windows == usual->windows && hops_of(entry.ttl) < hops_of(usual->ttl))) {
      usual = &entry;
    }
  });
  return usual == nullptr ? 0 : usual->ttl;
}

bool has_odd_sums(const MarkedSlices& entry, const HostMarks& all) {
  const bool is_udp = (entry.marks & kMarkUdp) != 0;
  const uint8_t right_up = is_udp ? kMarkRightUpUdp : kMarkRightUp;
  const uint8_t right_down = is_udp ? kMarkRightDownUdp : kMarkRightDown;
  const bool is_up = (entry.marks & kMarkWrongUp) != 0 && (all.seen & right_up) != 0;
  const bool is_down = (entry.marks & kMarkWrongDown) != 0 && (all.seen & right_down) != 0;
  return is_up || is_down;
}

}  // namespace

void TtlCounts::add(const TtlCount& added) {
  TtlCount lower = added;
  if (added.ttl >= highest_.ttl) {
    if (highest_.ttl == 0) {
      highest_ = added;
      return;
    }
    if (highest_.ttl == added.ttl) {
      highest_.flows += added.flows;
      highest_.windows += added.windows;
      return;
    }
    std::swap(highest_, lower);
  }
  const auto at = std::find_if(others_.begin(), others_.end(),
                               [&](const TtlCount& entry) { return entry.ttl <= lower.ttl; });
  if (at != others_.end() && at->ttl == lower.ttl) {
    at->flows += lower.flows;
    at->windows += lower.windows;
    return;
  }
  others_.insert(at, lower);
  if (others_.size() >= kMaxTtls) others_.pop_back();
}

void HostMarks::add(uint8_t ttl, uint8_t marks, uint64_t flows) {
  seen |= marks;
  if (ttl != 0) ttls.add({flows, 0, ttl});
}

void HostMarks::take_out(const MarkedSlices& slices) {
  ttls.each([&](TtlCount& entry) {
    if (entry.ttl == slices.ttl) entry.flows -= std::min(entry.flows, slices.slices);
  });
}

void HostMarks::add(const HostMarks& window) {
  whole_windows += (window.seen & kMarkWhole) != 0 ? 1 : 0;
  cut_windows += (window.seen & kMarkCut) != 0 ? 1 : 0;
  seen |= window.seen;
  window.ttls.each([&](const TtlCount& entry) { ttls.add({entry.flows, entry.flows > 0 ? 1U : 0U, entry.ttl}); });
}

void add_marked(std::vector<MarkedSlices>* list, const Flow& flow) {
  const MarkedSlices added{flow.client_ttl, flow.marks, flow.lost() > 0, 1, flow.flow_first_us};
  for (MarkedSlices& existing : *list) {
    if (!existing.is_same(added)) continue;
    ++existing.slices;
    existing.first_us = std::min(existing.first_us, added.first_us);
    return;
  }
  if (list->size() < kMaxMarked) list->push_back(added);
}

uint64_t MarksBefore::count_odd(const Address& host, const HostMarks& now,
                                const std::vector<MarkedSlices>& slices) const {
  const auto before = hosts_.find(host);
  HostMarks all = before == hosts_.end() ? HostMarks() : before->second;
  all.add(now);
  const int usual = usual_ttl(all);
  // Loss, sampling and filters also remove starts of other connections.
  const bool is_captured_whole = all.whole_windows > 0 && all.whole_windows >= all.cut_windows;
  uint64_t odd = 0;
  for (const MarkedSlices& entry : slices) {
    const bool has_odd_ttl = entry.ttl != 0 && usual != 0 && !are_of_one_host(entry.ttl, usual);
    const bool is_late = (entry.marks & kMarkLate) != 0 && !entry.has_loss && is_captured_whole &&
                         entry.first_us - kStartUs >= first_us_;
    const bool is_far = (entry.marks & kMarkFar) != 0;
    if (is_late || is_far || has_odd_sums(entry, all) || has_odd_ttl) odd += entry.slices;
  }
  return odd;
}

void MarksBefore::begin_window(int64_t first_us) {
  first_us_ = std::min(first_us_, first_us);
  if (hosts_.size() > kMaxHosts) hosts_.clear();
}

void MarksBefore::add(const Address& host, const HostMarks& window) { hosts_[host].add(window); }

}  // namespace wiretally

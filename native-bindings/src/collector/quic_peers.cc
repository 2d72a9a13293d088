// QuicPeers: stores times of connections by client, server and port.
#include "quic_peers.h"

#include <algorithm>
#include <utility>

#include "window.h"

namespace wiretally {

bool QuicPeers::may_lack_start(const Flow& flow) {
  if (flow.is_tcp || flow.hello != nullptr || flow.app_hint != AppHint::kUnknown || !flow.sni.empty()) return false;
  if (flow.packets_up == 0 || flow.packets_down == 0) return false;
  return flow.payload() > 0 && flow.logged == 0 && !flow.has(kFlowContradicted) && (flow.look & kLookInside) == 0;
}

void QuicPeers::note(const Address& client, const Address& server, uint16_t port, int64_t first_us, int64_t last_us) {
  const Key key{client, server, port};
  std::vector<Span>* spans = peers_.find(key);
  if (spans == nullptr) {
    if (peers_.size() >= kMaxPeers && peers_.erase(peers_.front().first)) ++overflow;
    spans = peers_.put(key, {});
  }
  // Spans that are so close that no connection fits between them are joined.
  for (Span& span : *spans) {
    if (first_us > span.last_us + kNearUs || last_us < span.first_us - kNearUs) continue;
    span.first_us = std::min(span.first_us, first_us);
    span.last_us = std::max(span.last_us, last_us);
    return;
  }
  spans->push_back({first_us, last_us});
}

FlowPtr QuicPeers::hold(const FlowPtr& slice) {
  FlowPtr oldest;
  if (held_.size() >= kMaxHeld) {
    oldest = std::move(held_.front());
    held_.pop_front();
    ++overflow;
  }
  held_.push_back(slice);
  first_last_us_ = std::min(first_last_us_, slice->last_us);
  return oldest;
}

std::vector<FlowPtr> QuicPeers::take(int64_t settled_us, int64_t closed_us) {
  std::vector<FlowPtr> taken;
  if (first_last_us_ + kNearUs > settled_us && closed_us == kNoneClosed) return taken;
  std::deque<FlowPtr> others;
  first_last_us_ = kNoSlice;
  for (FlowPtr& slice : held_) {
    const bool is_decided = slice->last_us + kNearUs <= settled_us || slice->first_us < closed_us;
    if (is_decided) {
      taken.push_back(std::move(slice));
    } else {
      first_last_us_ = std::min(first_last_us_, slice->last_us);
      others.push_back(std::move(slice));
    }
  }
  held_ = std::move(others);
  return taken;
}

bool QuicPeers::knows(const Flow& slice) {
  const std::vector<Span>* spans = peers_.find(Key{slice.client, slice.server, slice.server_port});
  return spans != nullptr && std::any_of(spans->begin(), spans->end(), [&](const Span& span) {
           return slice.first_us <= span.last_us + kNearUs && slice.last_us >= span.first_us - kNearUs;
         });
}

void QuicPeers::expire(int64_t us) {
  peers_.for_each([&](const Key& key, std::vector<Span>& spans) {
    std::erase_if(spans, [&](const Span& span) { return span.last_us < us; });
    if (spans.empty()) peers_.erase(Key(key));
  });
}

}  // namespace wiretally

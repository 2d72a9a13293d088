#include "exchange_follower.h"

#include "../../base/text.h"

namespace wiretally {

// True if the watchlist has the name of the flow or of the target of its proxy.
bool ExchangeFollower::is_listed(const FlowFacts& flow) const {
  if (flow.hello != nullptr && watchlist_->has_name(flow.hello->sni())) return true;
  return flow.texts && flow.texts->proxy.length > 0 && watchlist_->has_name(flow.texts->proxy.host());
}

bool ExchangeFollower::matters(const FlowFacts& flow) const {
  if (watchlist_ == nullptr) return false;
  // A flow whose hello was lost can get a name only by its address.
  if (flow.hello == nullptr || is_listed(flow)) return true;
  return watchlist_->has_cipher_of(padded_text(flow.hello->print->ja4));
}

void ExchangeFollower::begin(Track* track, ExchangeUnit unit, bool offers_http2) {
  const FlowFacts& flow = *track->facts;
  if (!emits_exchanges_ || !matters(flow)) return;
  ExchangeCutter* cutter = tracks_->follow(track, unit, offers_http2);
  cutter->set_flow(track->flow_id);
  // A flow without a name of its own may get one by its address.
  const bool is_named = flow.hello == nullptr || flow.hello->sni_length != 0;
  if (is_named && !is_listed(flow)) cutter->wait_for_call();
}

bool ExchangeFollower::begin_plain(Track* track) {
  if (!emits_exchanges_) return false;
  tracks_->follow(track, ExchangeUnit::kPlain, false)->set_flow(track->flow_id);
  return true;
}

void ExchangeFollower::on_plain(Track* track, unsigned side_index, const Segment& segment) {
  StreamSide& side = track->sides[side_index];
  if (!side.is_known()) side.stand_at(segment.seq);
  if (!seq_before(side.next(), segment.end())) return;
  const uint32_t bytes = segment.end() - side.next();
  const bool has_hole = seq_before(side.next(), segment.seq);
  const uint32_t hole = segment.seq - side.next();
  side.move_to(segment.end());
  if (bytes > kMaxHole) return;
  if (has_hole) track->facts->lost[side_index] += hole;
  if (segment.data.size < segment.extent) track->cutter->mark_cut_short();
  const bool is_up = track->is_client(side_index);
  track->cutter->on_record(is_up, bytes, 1, has_hole, segment.ts_ns, sink_);
  if (!is_up) track->facts->flags |= kFlowEstablished;
}

}  // namespace wiretally

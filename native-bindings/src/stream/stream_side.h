// StreamSide is one direction of a TCP flow: its position, the current item, and pending payload.
#pragma once

#include <cstdint>

#include "first_bytes.h"
#include "stream_pool.h"

namespace wiretally {

class StreamSide {
 public:
  // All bytes before it are processed; undefined while it is unknown.
  uint32_t next() const { return next_; }
  bool is_known() const { return is_known_; }
  // From the first captured segment: earlier ones may still arrive.
  bool is_guessed() const { return is_guessed_; }

  void stand_at(uint32_t seq) {
    next_ = seq;
    is_known_ = true;
  }
  void guess(uint32_t seq) {
    stand_at(seq);
    is_guessed_ = true;
  }
  void start_behind_syn(uint32_t seq) {
    stand_at(seq);
    is_guessed_ = false;
  }
  void move_to(uint32_t seq) { next_ = seq; }
  void move_by(uint32_t bytes) { next_ += bytes; }

  // A structure at the start of a range of the stream that is parsed as a whole.
  StreamStart item() const { return item_; }
  bool has_item() const { return item_ != StreamStart::kNone; }
  uint32_t item_seq() const { return item_seq_; }
  // The number of its bytes below which reading it again cannot succeed.
  uint32_t needed() const { return needed_; }

  void begin_item(StreamStart item, uint32_t seq) {
    item_ = item;
    item_seq_ = seq;
    needed_ = 1;
  }
  void need(size_t bytes) { needed_ = static_cast<uint32_t>(bytes); }
  void end_item() { item_ = StreamStart::kNone; }

  // An item is parsed from its start whenever the requested bytes have arrived, and one of tiny records requests a few
  // bytes per attempt. A hello of 1.5 kB in records of one byte and segments of sixty takes two thirds of this.
  bool is_worn_out() const { return reread_ > kMaxReread; }
  void count_reading(size_t bytes) { reread_ += static_cast<uint32_t>(bytes); }

  // Segments that wait for a predecessor, or for the rest of an item. The TrackStore adds them.
  const StreamPieces& pieces() const { return pieces_; }
  bool has_pieces() const { return pieces_.head != 0; }
  // Segments that acknowledge bytes of the other side that have not arrived: they wait for those.
  const StreamPieces& ahead() const { return ahead_; }
  bool has_ahead() const { return ahead_.head != 0; }

 private:
  friend class TrackStore;
  static constexpr uint32_t kMaxReread = 1u << 20;

  uint32_t next_ = 0;
  uint32_t item_seq_ = 0;
  uint32_t needed_ = 0;
  uint32_t reread_ = 0;  // bytes of items that were parsed, repetitions included
  StreamStart item_ = StreamStart::kNone;
  bool is_known_ = false;
  bool is_guessed_ = false;
  StreamPieces ahead_;
  StreamPieces pieces_;
};

}  // namespace wiretally

#include "chunk_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace wiretally {

void add_summary(const CaptureSummary& behind, CaptureSummary* sum) {
  if (behind.packets == 0) return;
  if (sum->packets == 0) sum->first_ns = sum->last_ns = behind.first_ns;
  sum->back_ns = std::max(sum->back_ns, behind.back_ns);
  if (sum->last_ns > behind.first_ns) {
    const uint64_t back = static_cast<uint64_t>(sum->last_ns) - static_cast<uint64_t>(behind.first_ns);
    sum->back_ns = std::max(sum->back_ns, back);
  }
  sum->first_ns = std::min(sum->first_ns, behind.first_ns);
  sum->last_ns = std::max(sum->last_ns, behind.last_ns);
  sum->packets += behind.packets;
  sum->wire_bytes += behind.wire_bytes;
}

void ChunkReader::read(uint64_t number, bool guesses, Chunk* chunk) const {
  if (chunk->bytes == nullptr) {
    chunk->bytes.reset(new uint8_t[chunk_bytes_ + kOverhang + kMaxRecordBytes]);
  }
  chunk->begin = begin_ + number * chunk_bytes_;
  chunk->end = std::min(chunk->begin + chunk_bytes_, end_);
  chunk->first = Chunk::kNowhere;
  chunk->at_hand = 0;
  fill(chunk, std::min(chunk->end + kOverhang, end_) - chunk->begin);
  if (!guesses) return;
  const size_t inside = std::min<uint64_t>(chunk->end - chunk->begin, chunk->at_hand);
  const size_t first = number == 0 ? 0 : format_->likely_record(chunk->bytes.get(), inside);
  if (first != CaptureFormat::kNoRecord) walk(chunk->begin + first, chunk);
}

// Reads until `count` bytes are buffered; false at the end of the file.
bool ChunkReader::fill(Chunk* chunk, size_t count) const {
  while (chunk->at_hand < count) {
    const ssize_t got = ::pread(fd_, chunk->bytes.get() + chunk->at_hand, count - chunk->at_hand,
                                static_cast<off_t>(chunk->begin + chunk->at_hand));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    chunk->at_hand += static_cast<size_t>(got);
  }
  return true;
}

void ChunkReader::walk(uint64_t first, Chunk* chunk) const {
  chunk->first = chunk->next = first;
  chunk->count = 0;
  chunk->summary = {};
  chunk->is_whole = first >= chunk->end;
  if (chunk->is_whole) return;
  const size_t start = static_cast<size_t>(first - chunk->begin);
  if (start > chunk->at_hand) return;  // the file has become shorter
  const uint8_t* bytes = chunk->bytes.get();
  const size_t inside = std::min<uint64_t>(chunk->end - chunk->begin, chunk->at_hand);
  RecordWindow window{bytes + start, bytes + inside, first};
  CaptureError error;
  for (;;) {
    if (chunk->count == chunk->frames.size()) chunk->frames.resize(std::max<size_t>(1024, 2 * chunk->count));
    FrameList list{chunk->frames.data() + chunk->count, chunk->frames.size() - chunk->count};
    const WalkResult result = format_->walk(&window, &list, &chunk->summary, &error);
    chunk->count += list.count;
    if (result.status == WalkStatus::kFull) continue;
    chunk->is_whole = result.status == WalkStatus::kMore && (window.offset >= chunk->end || walk_last(&window, chunk));
    chunk->next = window.offset;
    return;
  }
}

// The record that extends beyond the end of the piece.
bool ChunkReader::walk_last(RecordWindow* window, Chunk* chunk) const {
  const size_t start = static_cast<size_t>(window->offset - chunk->begin);
  const size_t header = format_->record_header_bytes();
  if (!fill(chunk, start + header)) return false;
  const size_t length = format_->record_bytes(window->at);
  if (length > kMaxRecordBytes || !fill(chunk, start + length)) return false;
  window->end = chunk->bytes.get() + chunk->at_hand;
  if (chunk->count == chunk->frames.size()) chunk->frames.resize(chunk->count + 1);
  FrameList list{chunk->frames.data() + chunk->count, 1};
  CaptureError error;
  format_->walk(window, &list, &chunk->summary, &error);
  chunk->count += list.count;
  return list.count == 1;
}

}  // namespace wiretally

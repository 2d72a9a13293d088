// CaptureReader: reads large blocks, copies an incomplete record to the start of the next block, and walks the records of
// every format.
#include "capture_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "block_pool.h"
#include "capture_format.h"
#include "chunk_reader.h"
#include "zstd_reader.h"

namespace wiretally {

// The header of a file before its first record takes at most this much.
constexpr size_t kMaxHeaderBytes = 24;

// Unpacks what was pushed.
struct Unpacking {
  explicit Unpacking(const PackedOptions& limits) : options(limits), reader(*limits.calls) {}

  bool has_failed() const { return state.error != nullptr || state.is_refused; }

  ZstdReader::Progress read(const uint8_t* in, size_t in_size, uint8_t* out, size_t room) {
    const ZstdReader::Progress progress = reader.read(in, in_size, out, room);
    unpacked += progress.written;
    has_more = progress.written == room;
    state.error = progress.error;
    state.may_end = reader.is_between_frames();
    state.is_refused = unpacked > options.free_bytes && unpacked > options.most_expansion * pushed;
    return progress;
  }

  const PackedOptions options;
  ZstdReader reader;
  PackedState state;
  uint64_t pushed = 0;  // stored bytes
  uint64_t unpacked = 0;
  bool has_more = false;  // although all stored bytes may be used up
};

struct CaptureReader::State {
  uint32_t file_index = 0;
  int fd = -1;
  bool is_end = false;  // the file has no more, or the last bytes were pushed
  std::shared_ptr<BlockPool> pool = std::make_shared<BlockPool>();
  PoolBlock* block = nullptr;
  RecordWindow window{nullptr, nullptr, 0};
  uint64_t skip = 0;         // bytes of the input to skip before the next record
  uint64_t skip_offset = 0;  // Start of the skipped block.
  std::vector<uint8_t> pushed;
  size_t pushed_at = 0;
  std::optional<Unpacking> unpacking;
  uint64_t bytes_read = 0;
  std::unique_ptr<CaptureFormat> format;
  CaptureError error;
  CaptureSummary summary;

  ~State() {
    FrameSource::unpin(block);
    if (fd >= 0) ::close(fd);
  }

  // No bytes follow the buffered ones.
  bool is_exhausted() const { return is_end && pushed_at == pushed.size() && !(unpacking && unpacking->has_more); }

  // Space after the buffered bytes; moves them to the front of a fresh block when there is none.
  size_t make_room() {
    if (block == nullptr) {
      block = pool->take();
      window.at = window.end = block->bytes.get() + PoolBlock::kCarryBytes;
    }
    const uint8_t* limit = block->bytes.get() + PoolBlock::kCapacity;
    if (window.end != limit) return static_cast<size_t>(limit - window.end);
    PoolBlock* next = pool->take();
    uint8_t* read_to = next->bytes.get() + PoolBlock::kCarryBytes;
    const size_t carried = window.left();
    std::memcpy(read_to - carried, window.at, carried);
    FrameSource::unpin(block);
    block = next;
    window.at = read_to - carried;
    window.end = read_to;
    return CaptureReader::kBlockBytes;
  }

  // Reads more input after the buffered bytes. False when none is available.
  bool fill() {
    if (is_exhausted()) return false;
    const size_t room = make_room();
    uint8_t* to = const_cast<uint8_t*>(window.end);
    const size_t count = fd >= 0 ? from_file(to, room) : from_pushed(to, room);
    window.end += count;
    bytes_read += count;
    return count > 0;
  }

  size_t from_file(uint8_t* to, size_t room) {
    for (;;) {
      const ssize_t count = ::read(fd, to, room);
      if (count > 0) return static_cast<size_t>(count);
      if (count < 0 && errno == EINTR) continue;
      is_end = true;
      if (count < 0) {
        set_error(&error, CaptureErrorCode::kReadFailed, std::string("reading failed: ") + std::strerror(errno));
        error.offset = window.offset + window.left();
      }
      return 0;
    }
  }

  size_t from_pushed(uint8_t* to, size_t room) {
    size_t count = std::min(room, pushed.size() - pushed_at);
    size_t used = count;
    if (unpacking) {
      if (count == 0 && !unpacking->has_more) return 0;
      const auto progress = unpacking->read(pushed.data() + pushed_at, pushed.size() - pushed_at, to, room);
      // A page reads the same bytes in larger steps, and loses the step that has the damage too.
      count = unpacking->has_failed() ? 0 : progress.written;
      used = progress.read;
    } else if (count > 0) {
      std::memcpy(to, pushed.data() + pushed_at, count);
    }
    pushed_at += used;
    if (unpacking && unpacking->has_failed()) drop_pushed();
    if (pushed_at == pushed.size()) {
      pushed.clear();
      pushed_at = 0;
    }
    return count;
  }

  void drop_pushed() {
    pushed_at = pushed.size();
    unpacking->has_more = false;
  }

  // Skips unwanted parts. True when all are skipped.
  bool pass_over() {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(skip, window.left()));
    window.consume(count);
    skip -= count;
    return skip == 0;
  }

  // Why there is no next record: pending input, the end, or a truncated record.
  ReadStatus stopped() {
    if (error.code != 0) return ReadStatus::kError;
    if (!is_exhausted()) return ReadStatus::kNeedInput;
    if (window.left() == 0 && skip == 0 && format != nullptr) return ReadStatus::kEnd;
    if (format != nullptr) {
      set_error(&error, CaptureErrorCode::kTruncated, "the input ends inside a record");
      error.truncated = true;
      error.offset = skip > 0 ? skip_offset : window.offset;
    }
    return ReadStatus::kError;
  }

  // Walks the buffer. True with frames or at the end of the input; false: fill and call again.
  bool advance(FrameList* list) {
    if (!pass_over()) return false;
    if (format == nullptr) {
      const uint64_t offset = window.offset;
      format = detect_format(&window, is_exhausted(), file_index, &summary, &error);
      if (format == nullptr) {
        error.offset = offset;
        return error.code != 0;
      }
    }
    for (;;) {
      const WalkResult result = format->walk(&window, list, &summary, &error);
      if (result.status == WalkStatus::kError) error.offset = window.offset;
      if (result.status != WalkStatus::kSkip) return list->count > 0 || result.status == WalkStatus::kError;
      skip = result.skip;
      skip_offset = window.offset;
      if (!pass_over()) return list->count > 0;
    }
  }
};

CaptureReader::CaptureReader(uint32_t file_index) : state_(std::make_unique<State>()) {
  state_->file_index = file_index;
}

CaptureReader::~CaptureReader() = default;

int CaptureReader::open_file(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat status;
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(fd);
    return EISDIR;
  }
#ifdef POSIX_FADV_SEQUENTIAL
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  state_->fd = fd;
  return 0;
}

void CaptureReader::open_stream() { state_->is_end = false; }

void CaptureReader::open_packed(const PackedOptions& options) {
  open_stream();
  state_->unpacking.emplace(options);
}

PackedState CaptureReader::packed_state() const { return state_->unpacking ? state_->unpacking->state : PackedState{}; }

void CaptureReader::push(const uint8_t* data, size_t size, bool is_end) {
  State& s = *state_;
  s.is_end = s.is_end || is_end;
  if (s.unpacking) {
    if (s.unpacking->has_failed()) return;
    s.unpacking->pushed += size;
  }
  // Usually the bytes before them have been walked, and these fit behind the rest: no copy in between.
  size_t direct = 0;
  if (!s.unpacking && s.pushed.empty() && size > 0 && s.window.left() <= PoolBlock::kCarryBytes) {
    direct = std::min(s.make_room(), size);
    std::memcpy(const_cast<uint8_t*>(s.window.end), data, direct);
    s.window.end += direct;
    s.bytes_read += direct;
  }
  s.pushed.erase(s.pushed.begin(), s.pushed.begin() + static_cast<ptrdiff_t>(s.pushed_at));
  s.pushed_at = 0;
  s.pushed.insert(s.pushed.end(), data + direct, data + size);
}

std::unique_ptr<ChunkReader> CaptureReader::open_chunks(size_t chunk_bytes) {
  State& s = *state_;
  struct stat status;
  if (s.fd < 0 || ::fstat(s.fd, &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  uint8_t header[kMaxHeaderBytes];
  if (size < sizeof header + chunk_bytes || ::pread(s.fd, header, sizeof header, 0) != ssize_t{sizeof header}) {
    return nullptr;
  }
  RecordWindow window{header, header + sizeof header, 0};
  CaptureSummary summary;
  CaptureError error;
  std::unique_ptr<CaptureFormat> format = detect_format(&window, false, s.file_index, &summary, &error);
  if (format == nullptr || format->record_header_bytes() == 0) return nullptr;
  s.format = std::move(format);
  s.summary = std::move(summary);
  return std::make_unique<ChunkReader>(s.fd, s.format.get(), window.offset, size, chunk_bytes);
}

void CaptureReader::add(const CaptureSummary& summary) { add_summary(summary, &state_->summary); }

void CaptureReader::go_on_at(uint64_t offset) {
  State& s = *state_;
  s.window.offset = s.bytes_read = offset;
  if (::lseek(s.fd, static_cast<off_t>(offset), SEEK_SET) >= 0) return;
  set_error(&s.error, CaptureErrorCode::kReadFailed, std::string("reading failed: ") + std::strerror(errno));
  s.error.offset = offset;
}

ReadStatus CaptureReader::read(Frame* frames, size_t max, size_t* count, Block** block) {
  State& s = *state_;
  FrameList list{frames, max};
  *count = 0;
  *block = nullptr;
  for (;;) {
    if (s.error.code != 0) return ReadStatus::kError;
    if (s.block != nullptr || s.is_exhausted()) {
      const bool done = s.advance(&list);
      if (list.count > 0) {
        pin(s.block);
        *block = s.block;
        *count = list.count;
        return ReadStatus::kFrames;
      }
      if (done) continue;
    }
    if (!s.fill()) {
      // The end of a stream may be known only now: walk the remaining bytes again.
      if (s.is_exhausted() && s.format == nullptr && s.error.code == 0) s.advance(&list);
      return s.stopped();
    }
  }
}

const CaptureError& CaptureReader::error() const { return state_->error; }
const CaptureSummary& CaptureReader::summary() const { return state_->summary; }
uint64_t CaptureReader::bytes_read() const { return state_->bytes_read; }

}  // namespace wiretally

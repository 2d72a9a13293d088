// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their own clocks, and the
// three kinds of packet blocks, their drops and those of interface statistics blocks; every other block is skipped by
// its length.
#include <string>
#include <vector>

#include "byte_order.h"
#include "capture_format.h"
#include "pcapng_time.h"

namespace wiretally {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kPacketObsolete = 2;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kInterfaceStatistics = 5;
constexpr uint32_t kEnhancedPacket = 6;
constexpr size_t kBlockOverhead = 12;  // type, length, length again
constexpr uint64_t kUnknownCount = UINT64_MAX;
// Larger counters are invalid; the sum over the maximum number of interfaces does not overflow.
constexpr uint64_t kMaxDrops = uint64_t{1} << 40;
constexpr size_t kMaxInterfaces = 65536;  // the obsolete packet block can name no more

struct Interface {
  PcapngClock clock;
  uint64_t drops = 0;    // maximum of the statistics blocks, and of the sum over the packet blocks
  uint64_t before = 0;   // drops before each packet, summed
  uint64_t packets = 0;  // read before a capture filter was stated
  uint32_t snaplen = 0;  // 0: no limit
  uint16_t link_type = 0;
  uint8_t fcs_bytes = 0;
  bool is_filtered = false;
};

class PcapngFormat final : public CaptureFormat {
 public:
  explicit PcapngFormat(uint32_t file_index) : file_index_(file_index) {}

  WalkResult walk(RecordWindow* window, FrameList* list, CaptureSummary* summary, CaptureError* error) override {
    return is_big_ ? walk_section<true>(window, list, summary, error)
                   : walk_section<false>(window, list, summary, error);
  }

 private:
  // Packet as a block describes it, before its interface is known to exist.
  struct PacketFields {
    uint32_t interface;
    uint64_t time_units;
    uint32_t captured;
    uint32_t wire_bytes;
    size_t data_at;
    bool has_time;
  };

  // Walks blocks until a section of the other byte order begins; the caller then calls again for that one.
  template <bool kBig>
  WalkResult walk_section(RecordWindow* window, FrameList* list, CaptureSummary* summary, CaptureError* error) {
    using Order = ByteOrder<kBig>;
    while (!list->full()) {
      if (window->left() < kBlockOverhead) return {WalkStatus::kMore};
      const uint8_t* block = window->at;
      const uint32_t type = Order::u32(block);
      if (type == kSectionHeader) {
        const WalkResult result = begin_section(window, error);
        if (result.status != WalkStatus::kFull || is_big_ != kBig) {
          return result.status == WalkStatus::kFull ? WalkResult{WalkStatus::kSkip} : result;
        }
        continue;
      }
      const uint32_t length = Order::u32(block + 4);
      if (length < kBlockOverhead) return shorter_than_block(length, error);
      const bool is_packet = type == kEnhancedPacket || type == kPacketObsolete || type == kSimplePacket;
      if (length > kMaxRecordBytes) return skip_long(length, is_packet, error);
      size_t bytes = 0;
      const WalkResult whole = find_end<kBig>(*window, length, &bytes, error);
      if (whole.status != WalkStatus::kFull) return whole;
      if (is_packet) {
        if (!packet_block<kBig>(block, length, type, list, summary, error)) return {WalkStatus::kError};
      } else if (type == kInterfaceDescription) {
        if (!interface_block<kBig>(block, length, summary, error)) return {WalkStatus::kError};
      } else if (type == kInterfaceStatistics) {
        statistics_block<kBig>(block, length, summary);
      }
      window->consume(bytes);
    }
    return {WalkStatus::kFull};
  }

  // Section header: its byte-order magic follows the length, so the order is determined before the length
  // is decoded.
  WalkResult begin_section(RecordWindow* window, CaptureError* error) {
    if (window->left() < 28) return {WalkStatus::kMore};
    const uint8_t* block = window->at;
    const uint32_t magic = ByteOrder<true>::u32(block + 8);
    if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a) {
      set_error(error, CaptureErrorCode::kForeign, "section header without a byte-order magic");
      return {WalkStatus::kError};
    }
    const bool is_big = magic == 0x1a2b3c4d;
    const uint32_t length = is_big ? ByteOrder<true>::u32(block + 4) : ByteOrder<false>::u32(block + 4);
    const uint16_t major = is_big ? ByteOrder<true>::u16(block + 12) : ByteOrder<false>::u16(block + 12);
    const uint16_t minor = is_big ? ByteOrder<true>::u16(block + 14) : ByteOrder<false>::u16(block + 14);
    if (length < kBlockOverhead) return shorter_than_block(length, error);
    if (length < 28 || length > kMaxRecordBytes) {
      set_error(error, CaptureErrorCode::kBlockLength, "section header of " + std::to_string(length) + " bytes");
      return {WalkStatus::kError};
    }
    // Some writers store 1.2 for 1.0; readers accept it.
    if (major != 1 || (minor != 0 && minor != 2)) {
      set_error(error, CaptureErrorCode::kVersion,
                "pcapng version " + std::to_string(major) + "." + std::to_string(minor) + " is not supported");
      return {WalkStatus::kError};
    }
    size_t bytes = 0;
    const WalkResult whole = is_big ? find_end<true>(*window, length, &bytes, error)
                                    : find_end<false>(*window, length, &bytes, error);
    if (whole.status != WalkStatus::kFull) return whole;
    is_big_ = is_big;
    interfaces_.clear();
    window->consume(bytes);
    return {WalkStatus::kFull};
  }

  static WalkResult shorter_than_block(uint32_t length, CaptureError* error) {
    set_error(error, CaptureErrorCode::kBlockLength,
              "block length " + std::to_string(length) + " is shorter than a block");
    return {WalkStatus::kError};
  }

  // A block ends behind its repeated length. Lengths must be multiples of four; some writers give the length without
  // the padding, and some write no padding either.
  template <bool kBig>
  static WalkResult find_end(const RecordWindow& window, uint32_t length, size_t* bytes, CaptureError* error) {
    const size_t padded = (size_t{length} + 3) / 4 * 4;
    for (*bytes = length;; *bytes = padded) {
      if (window.left() < *bytes) return {WalkStatus::kMore};
      if (ByteOrder<kBig>::u32(window.at + *bytes - 4) == length) return {WalkStatus::kFull};
      if (*bytes == padded) break;
    }
    set_error(error, CaptureErrorCode::kBlockLength, "block lengths before and behind the block differ");
    return {WalkStatus::kError};
  }

  // Blocks too long to hold: data of no interest is passed over, a packet of that size cannot be.
  static WalkResult skip_long(uint32_t length, bool is_packet, CaptureError* error) {
    if (is_packet) {
      set_error(error, CaptureErrorCode::kTooLong, "packet block of " + std::to_string(length) + " bytes");
      return {WalkStatus::kError};
    }
    return {WalkStatus::kSkip, length};
  }

  // Options up to the end marker, or to the first truncated one.
  template <bool kBig, typename Take>
  static void for_options(const uint8_t* at, const uint8_t* end, Take take) {
    using Order = ByteOrder<kBig>;
    while (end - at >= 4) {
      const uint16_t code = Order::u16(at);
      const uint16_t size = Order::u16(at + 2);
      const uint8_t* value = at + 4;
      if (code == 0 || end - value < size) return;
      take(code, size, value);
      const ptrdiff_t padded = (ptrdiff_t{size} + 3) & ~ptrdiff_t{3};
      if (end - value < padded) return;
      at = value + padded;
    }
  }

  // Section 4.6: counters since the interface was opened, so the largest of several blocks counts. Drops are those of the
  // interface (isb_ifdrop) and the system (isb_osdrop); without them the difference between packets that passed the filter
  // (isb_filteraccept) and those delivered (isb_usrdeliv). A malformed block is ignored. If fewer packets passed the
  // filter than the interface received (isb_ifrecv) and did not drop, there was a filter.
  template <bool kBig>
  void statistics_block(const uint8_t* block, uint32_t length, CaptureSummary* summary) {
    using Order = ByteOrder<kBig>;
    if (length < 24) return;
    const uint32_t number = Order::u32(block + 8);
    if (number >= interfaces_.size()) return;
    Interface& interface = interfaces_[number];
    uint64_t if_drop = kUnknownCount, os_drop = kUnknownCount, accepted = kUnknownCount, delivered = kUnknownCount;
    uint64_t received = kUnknownCount;
    int64_t since_ns = 0;
    for_options<kBig>(block + 20, block + length - 4, [&](uint16_t code, uint16_t size, const uint8_t* value) {
      if (size < 8) return;
      if (code == 2) {
        const uint64_t units = (uint64_t{Order::u32(value)} << 32) | Order::u32(value + 4);
        since_ns = interface.clock.to_ns(units);
      }
      if (code == 4) received = Order::u64(value);
      if (code == 5) if_drop = Order::u64(value);
      if (code == 6) accepted = Order::u64(value);
      if (code == 7) os_drop = Order::u64(value);
      if (code == 8) delivered = Order::u64(value);
    });
    const bool tells_drops = if_drop != kUnknownCount || os_drop != kUnknownCount;
    uint64_t drops = counted(if_drop) + counted(os_drop);
    if (!tells_drops && accepted != kUnknownCount && delivered < accepted) drops = counted(accepted - delivered);
    if (since_ns != 0) summary->drops_since_ns = since_ns;
    raise_drops(&interface, drops, summary);
    if (received == kUnknownCount || accepted == kUnknownCount || received <= accepted) return;
    if (received - accepted > counted(if_drop) + counted(os_drop)) note_filter(&interface, summary);
  }

  // The statistics block follows the packets that passed the filter.
  static void note_filter(Interface* interface, CaptureSummary* summary) {
    interface->is_filtered = true;
    summary->filtered += interface->packets;
    interface->packets = 0;
  }

  static void raise_drops(Interface* interface, uint64_t drops, CaptureSummary* summary) {
    if (drops <= interface->drops) return;
    summary->drops += drops - interface->drops;
    interface->drops = drops;
  }

  // Drops between a packet and the packet before it on the same interface (epb_dropcount; a field of the obsolete block).
  template <bool kBig>
  void drops_before(const uint8_t* block, uint32_t length, uint32_t type, uint32_t captured, Interface* interface,
                    CaptureSummary* summary) {
    using Order = ByteOrder<kBig>;
    uint64_t drops = 0;
    if (type == kPacketObsolete) {
      const uint16_t count = Order::u16(block + 10);
      if (count != UINT16_MAX) drops = count;  // the largest value stands for an unknown number
    } else {
      const size_t options_at = 28 + (size_t{captured} + 3) / 4 * 4;
      if (options_at + 4 >= length) return;
      for_options<kBig>(block + options_at, block + length - 4,
                        [&](uint16_t code, uint16_t size, const uint8_t* value) {
                          if (code == 4 && size >= 8) drops = counted(Order::u64(value));
                        });
    }
    if (drops == 0) return;
    interface->before = counted(interface->before + drops);
    raise_drops(interface, interface->before, summary);
  }

  static uint64_t counted(uint64_t count) {
    if (count == kUnknownCount) return 0;
    return count < kMaxDrops ? count : kMaxDrops;
  }

  template <bool kBig>
  bool interface_block(const uint8_t* block, uint32_t length, CaptureSummary* summary, CaptureError* error) {
    using Order = ByteOrder<kBig>;
    if (length < 20) return too_short(error, "interface description");
    if (interfaces_.size() >= kMaxInterfaces) {
      set_error(error, CaptureErrorCode::kInterface, "more than 65536 interfaces in one section");
      return false;
    }
    Interface interface;
    interface.link_type = Order::u16(block + 8);
    interface.snaplen = Order::u32(block + 12);
    for_options<kBig>(block + 16, block + length - 4, [&](uint16_t code, uint16_t size, const uint8_t* value) {
      if (code == 9 && size >= 1) interface.clock.set_resolution(value[0]);
      // The first byte states the form of the filter, so a text of one byte is empty.
      if (code == 11 && size > 1) interface.is_filtered = true;
      if (code == 13 && size >= 1) interface.fcs_bytes = static_cast<uint8_t>(value[0] / 8);
      if (code == 14 && size >= 8) interface.clock.set_offset(static_cast<int64_t>(Order::u64(value)));
    });
    interfaces_.push_back(interface);
    note_link_type(summary, interface.link_type);
    return true;
  }

  static bool too_short(CaptureError* error, const char* what) {
    set_error(error, CaptureErrorCode::kBlockLength, std::string(what) + " block shorter than its fields");
    return false;
  }

  template <bool kBig>
  static bool read_fields(const uint8_t* block, uint32_t length, uint32_t type, PacketFields* fields) {
    using Order = ByteOrder<kBig>;
    if (type == kSimplePacket) {
      if (length < 16) return false;
      *fields = {0, 0, Order::u32(block + 8), Order::u32(block + 8), 12, false};
      return true;
    }
    if (length < 32) return false;
    const uint64_t time_units = (uint64_t{Order::u32(block + 12)} << 32) | Order::u32(block + 16);
    const uint32_t interface = type == kEnhancedPacket ? Order::u32(block + 8) : Order::u16(block + 8);
    *fields = {interface, time_units, Order::u32(block + 20), Order::u32(block + 24), 28, true};
    return true;
  }

  template <bool kBig>
  bool packet_block(const uint8_t* block, uint32_t length, uint32_t type, FrameList* list, CaptureSummary* summary,
                    CaptureError* error) {
    PacketFields fields;
    if (!read_fields<kBig>(block, length, type, &fields)) return too_short(error, "packet");
    if (fields.interface >= interfaces_.size()) {
      set_error(error, CaptureErrorCode::kInterface,
                "packet of interface " + std::to_string(fields.interface) + ", which was not declared");
      return false;
    }
    Interface& interface = interfaces_[fields.interface];
    if (!fields.has_time && interface.snaplen != 0 && fields.captured > interface.snaplen) {
      fields.captured = interface.snaplen;
    }
    if (fields.captured > CaptureReader::kMaxCaptured) {
      set_error(error, CaptureErrorCode::kTooLong,
                "packet block claims " + std::to_string(fields.captured) + " captured bytes, more than 262144");
      return false;
    }
    if (fields.captured > length - 4 - fields.data_at) {
      set_error(error, CaptureErrorCode::kBlockLength, "captured length beyond the end of the block");
      return false;
    }
    __builtin_prefetch(block + fields.data_at + 48);
    // A simple packet block has no time: the last one seen is nearer to the truth than 1970.
    if (fields.has_time) last_ns_ = interface.clock.to_ns(fields.time_units);
    Frame* frame = &list->frames[list->count++];
    frame->data = block + fields.data_at;
    frame->ts_ns = last_ns_;
    frame->captured = fields.captured;
    frame->wire_bytes = fields.wire_bytes;
    frame->link_type = interface.link_type;
    frame->file_index = file_index_;
    if (!interface.is_filtered) interface.packets++;
    finish_frame(frame, interface.fcs_bytes, interface.is_filtered ? kFiltered : kNoFlaw, summary);
    if (!fields.has_time) frame->flaws |= kWrongTime;
    if (fields.has_time) drops_before<kBig>(block, length, type, frame->captured, &interface, summary);
    return true;
  }

  std::vector<Interface> interfaces_;
  int64_t last_ns_ = 0;
  uint32_t file_index_;
  bool is_big_ = false;
};

}  // namespace

std::unique_ptr<CaptureFormat> open_pcapng(uint32_t file_index) { return std::make_unique<PcapngFormat>(file_index); }

}  // namespace wiretally

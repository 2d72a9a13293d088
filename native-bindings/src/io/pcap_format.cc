// Classic pcap (draft-ietf-opsawg-pcap), microseconds and nanoseconds, both byte orders, and the variant of
// Alexey Kuznetzov with longer record headers.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "byte_order.h"
#include "capture_format.h"
#include "likely_record.h"

namespace wiretally {
namespace {

constexpr size_t kFileHeaderBytes = 24;
constexpr uint32_t kMagicMicro = 0xa1b2c3d4;
constexpr uint32_t kMagicNano = 0xa1b23c4d;
constexpr uint32_t kMagicKuznetzov = 0xa1b2cd34;

// Files of old versions have captured and original length the other way round (libpcap, sf-pcap.c).
enum class LengthOrder : uint8_t { kUsual, kSwapped, kMaybeSwapped };

struct FileHeader {
  uint32_t fraction_ns = 1000;
  size_t record_header_bytes = 16;
  LengthOrder lengths = LengthOrder::kUsual;
  uint16_t link_type = 0;
  uint8_t fcs_bytes = 0;
};

template <bool kBig>
class PcapFormat final : public CaptureFormat {
 public:
  PcapFormat(const FileHeader& header, uint32_t file_index)
      : header_(header), fractions_(1'000'000'000 / header.fraction_ns), file_index_(file_index) {}

  WalkResult walk(RecordWindow* window, FrameList* list, CaptureSummary* summary, CaptureError* error) override {
    const size_t header_bytes = header_.record_header_bytes;
    while (!list->full()) {
      if (window->left() < header_bytes) return {WalkStatus::kMore};
      const uint8_t* record = window->at;
      uint32_t captured = ByteOrder<kBig>::u32(record + 8);
      uint32_t wire_bytes = ByteOrder<kBig>::u32(record + 12);
      if (header_.lengths != LengthOrder::kUsual) put_lengths_right(&captured, &wire_bytes);
      if (captured > CaptureReader::kMaxCaptured) {
        set_error(error, CaptureErrorCode::kTooLong,
                  "packet record claims " + std::to_string(captured) + " captured bytes, more than 262144");
        return {WalkStatus::kError};
      }
      if (window->left() - header_bytes < captured) return {WalkStatus::kMore};
      // The packet's own headers reach into the next cache line, which is read only when the whole batch is
      // decoded. Prefetching records ahead was tried and gained nothing: the kernel has just copied the block
      // through the cache.
      __builtin_prefetch(record + header_bytes + 48);
      Frame* frame = &list->frames[list->count++];
      frame->data = record + header_bytes;
      const uint32_t fraction = ByteOrder<kBig>::u32(record + 4);
      // Nanoseconds under the magic number of microseconds: some writers mix them up.
      const bool is_wrong = fraction >= fractions_;
      const int64_t fraction_ns = is_wrong ? int64_t{fraction} : int64_t{fraction} * header_.fraction_ns;
      frame->ts_ns = int64_t{ByteOrder<kBig>::u32(record)} * 1'000'000'000 + fraction_ns;
      frame->captured = captured;
      frame->wire_bytes = wire_bytes;
      frame->link_type = header_.link_type;
      frame->file_index = file_index_;
      finish_frame(frame, header_.fcs_bytes, is_wrong ? kWrongTime : kNoFlaw, summary);
      window->consume(header_bytes + captured);
    }
    return {WalkStatus::kFull};
  }

  size_t record_header_bytes() const override { return header_.record_header_bytes; }

  size_t record_bytes(const uint8_t* at) const override {
    uint32_t captured = ByteOrder<kBig>::u32(at + 8);
    uint32_t wire_bytes = ByteOrder<kBig>::u32(at + 12);
    if (header_.lengths != LengthOrder::kUsual) put_lengths_right(&captured, &wire_bytes);
    return header_.record_header_bytes + captured;
  }

  size_t likely_record(const uint8_t* bytes, size_t size) const override {
    const size_t header_bytes = header_.record_header_bytes;
    return find_likely_record(size, kNoRecord, [&](size_t place) -> size_t {
      if (size - place < header_bytes) return header_bytes;
      const uint8_t* at = bytes + place;
      if (ByteOrder<kBig>::u32(at + 4) >= fractions_) return 0;
      uint32_t captured = ByteOrder<kBig>::u32(at + 8);
      uint32_t wire_bytes = ByteOrder<kBig>::u32(at + 12);
      if (header_.lengths != LengthOrder::kUsual) put_lengths_right(&captured, &wire_bytes);
      const bool is_likely = captured <= wire_bytes && wire_bytes > 0 && wire_bytes <= CaptureReader::kMaxCaptured;
      return is_likely ? header_bytes + captured : 0;
    });
  }

 private:
  void put_lengths_right(uint32_t* captured, uint32_t* wire_bytes) const {
    const bool is_swapped = header_.lengths == LengthOrder::kSwapped || *captured > *wire_bytes;
    if (is_swapped) std::swap(*captured, *wire_bytes);
  }

  FileHeader header_;
  uint32_t fractions_;  // Fractions per second.
  uint32_t file_index_;
};

// Accepts the versions that libpcap accepts: 2.0 to 2.4, and 543.0 of DG/UX. Returns false for others.
bool length_order_of(uint16_t major, uint16_t minor, LengthOrder* order) {
  *order = LengthOrder::kUsual;
  if (major == 543 && minor == 0) {
    *order = LengthOrder::kSwapped;
    return true;
  }
  if (major != 2 || minor > 4) return false;
  if (minor < 3) *order = LengthOrder::kSwapped;
  if (minor == 3) *order = LengthOrder::kMaybeSwapped;
  return true;
}

// tcpdump of AIX writes version 2.2 with interface types (RFC 1573) and nanoseconds. No other writer of that version is
// known to use these numbers (Wireshark, wiretap/libpcap.c).
std::optional<uint16_t> link_type_of_aix(uint32_t interface_type) {
  switch (interface_type) {
    case 6: return 1;    // Ethernet
    case 9: return 6;    // Token Ring
    case 15: return 10;  // FDDI
    case 24: return 0;   // loopback
    default: return std::nullopt;
  }
}

template <bool kBig>
std::unique_ptr<CaptureFormat> open_ordered(RecordWindow* window, uint32_t file_index, CaptureSummary* summary,
                                            CaptureError* error) {
  using Order = ByteOrder<kBig>;
  const uint8_t* at = window->at;
  FileHeader header;
  const uint32_t magic = Order::u32(at);
  if (magic == kMagicNano) header.fraction_ns = 1;
  if (magic == kMagicKuznetzov) header.record_header_bytes = 24;
  const uint16_t major = Order::u16(at + 4);
  const uint16_t minor = Order::u16(at + 6);
  if (!length_order_of(major, minor, &header.lengths)) {
    set_error(error, CaptureErrorCode::kVersion,
              "pcap version " + std::to_string(major) + "." + std::to_string(minor) + " is not supported");
    return nullptr;
  }
  // Link type word: 16 bits type; bit 26 means that the top four bits are the FCS length in units of two
  // bytes.
  const uint32_t link = Order::u32(at + 20);
  header.link_type = static_cast<uint16_t>(link);
  if (const auto ours = magic == kMagicMicro && major == 2 && minor == 2 ? link_type_of_aix(link) : std::nullopt) {
    header.link_type = *ours;
    header.fraction_ns = 1;
  }
  if ((link & 0x04000000u) != 0) header.fcs_bytes = static_cast<uint8_t>((link >> 28) * 2);
  note_link_type(summary, header.link_type);
  window->consume(kFileHeaderBytes);
  return std::make_unique<PcapFormat<kBig>>(header, file_index);
}

bool is_pcap_magic(uint32_t magic) { return magic == kMagicMicro || magic == kMagicNano || magic == kMagicKuznetzov; }

std::string foreign_reason(const uint8_t* at) {
  if (std::memcmp(at, "iptr", 4) == 0) {
    return "a trace of iptrace (AIX), neither pcap nor pcapng; convert it with editcap TRACE OUT.pcapng";
  }
  char text[96];
  const bool is_text = std::all_of(at, at + 4, [](uint8_t byte) { return byte >= ' ' && byte < 0x7f; });
  if (is_text) {
    std::snprintf(text, sizeof text, "neither pcap nor pcapng: the input begins with the text \"%.4s\"",
                  reinterpret_cast<const char*>(at));
    return text;
  }
  std::snprintf(text, sizeof text, "neither pcap nor pcapng: the input begins with %02x %02x %02x %02x", at[0], at[1],
                at[2], at[3]);
  return text;
}

}  // namespace

std::unique_ptr<CaptureFormat> open_pcap(RecordWindow* window, uint32_t file_index, CaptureSummary* summary,
                                         CaptureError* error) {
  const bool is_big = is_pcap_magic(ByteOrder<true>::u32(window->at));
  if (is_big) return open_ordered<true>(window, file_index, summary, error);
  return open_ordered<false>(window, file_index, summary, error);
}

std::unique_ptr<CaptureFormat> detect_format(RecordWindow* window, bool is_end, uint32_t file_index,
                                             CaptureSummary* summary, CaptureError* error) {
  const size_t left = window->left();
  if (left < 4) {
    if (is_end && left == 0) set_error(error, CaptureErrorCode::kEmpty, "the input is empty");
    if (is_end && left > 0) {
      set_error(error, CaptureErrorCode::kForeign, "the input is too short to be a capture");
    }
    return nullptr;
  }
  const uint32_t big = ByteOrder<true>::u32(window->at);
  if (big == 0x0a0d0d0a) return open_pcapng(file_index);
  if (!is_pcap_magic(big) && !is_pcap_magic(ByteOrder<false>::u32(window->at))) {
    set_error(error, CaptureErrorCode::kForeign, foreign_reason(window->at));
    return nullptr;
  }
  if (left >= kFileHeaderBytes) return open_pcap(window, file_index, summary, error);
  if (is_end) {
    error->truncated = true;
    set_error(error, CaptureErrorCode::kTruncated, "the input ends inside the file header");
  }
  return nullptr;
}

void note_link_type(CaptureSummary* summary, uint16_t link_type) {
  for (const uint16_t existing : summary->link_types) {
    if (existing == link_type) return;
  }
  if (summary->link_types.size() < kMaxLinkTypes) summary->link_types.push_back(link_type);
}

}  // namespace wiretally

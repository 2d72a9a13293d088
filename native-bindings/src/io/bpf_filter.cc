// BpfFilter: a capture filter expression, compiled by libpcap for each link type that a capture has.
#include "bpf_filter.h"

#include <array>
#include <mutex>

namespace wiretally {
namespace {

constexpr uint32_t kNetmaskUnknown = 0xffffffff;

// The compiler of libpcap before 1.8 keeps its state in globals.
std::mutex& compiler_lock() {
  static std::mutex mutex;
  return mutex;
}

using FileHeader = std::array<uint32_t, 6>;

FileHeader header_of(uint16_t link_type) {
  constexpr uint32_t kVersion = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0x00020004 : 0x00040002;
  // 14 is raw IP where OpenBSD wrote it and something else here; 101 is raw IP everywhere.
  const uint32_t portable = link_type == 14 ? 101u : link_type;
  return {0xa1b2c3d4, kVersion, 0, 0, CaptureReader::kMaxCaptured, portable};
}

// A handle as for an empty capture file of this link type. Unlike pcap_open_dead it takes LINKTYPE numbers,
// and it knows the address families of other systems in NULL captures. `header` must outlive the handle.
PcapHandle* open_handle(const LibPcap& library, FileHeader* header, std::string* error) {
  FILE* file = ::fmemopen(header->data(), sizeof *header, "r");
  if (file == nullptr) {
    *error = "a filter could not be prepared: out of memory";
    return nullptr;
  }
  char text[kPcapErrorBytes] = "";
  PcapHandle* handle = library.open_file(file, text);
  if (handle == nullptr) {
    *error = text;
    ::fclose(file);
  }
  return handle;
}

}  // namespace

std::unique_ptr<BpfFilter> BpfFilter::compile(const char* expression, std::string* error) {
  const LibPcap* library = LibPcap::installed();
  if (library == nullptr) {
    *error = "a filter needs libpcap, which is not installed (Debian: apt-get install libpcap0.8)";
    return nullptr;
  }
  std::unique_ptr<BpfFilter> filter(new BpfFilter(library, expression));
  // Ethernet's complaint is the one worth reading; raw IP, 802.11 with radiotap and SLL have words of their
  // own.
  if (filter->program_for(1, error).is_valid) return filter;
  std::string ignored;
  for (const uint16_t link_type : {uint16_t{101}, uint16_t{127}, uint16_t{113}}) {
    if (!filter->program_for(link_type, &ignored).is_valid) continue;
    error->clear();
    return filter;
  }
  return nullptr;
}

bool BpfFilter::compile_for(const char* expression, uint16_t link_type, std::vector<BpfInstruction>* program,
                            std::string* error) {
  const std::unique_ptr<BpfFilter> filter = compile(expression, error);
  if (filter == nullptr) return false;
  const Program& compiled = filter->program_for(link_type, error);
  if (!compiled.is_valid) return false;
  const auto* first = static_cast<const BpfInstruction*>(compiled.code.instructions);
  program->assign(first, first + compiled.code.length);
  return true;
}

BpfFilter::~BpfFilter() {
  for (Program& program : programs_) {
    if (program.is_valid) library_->free_code(&program.code);
  }
}

const BpfFilter::Program& BpfFilter::program_for(uint16_t link_type, std::string* error) {
  for (const Program& program : programs_) {
    if (program.link_type == link_type) return program;
  }
  const std::lock_guard<std::mutex> lock(compiler_lock());
  Program program{link_type, false, {}};
  FileHeader header = header_of(link_type);
  if (PcapHandle* handle = open_handle(*library_, &header, error); handle != nullptr) {
    program.is_valid = library_->compile(handle, &program.code, expression_.c_str(), 1, kNetmaskUnknown) == 0;
    if (!program.is_valid) *error = library_->get_error(handle);
    library_->close(handle);
  }
  programs_.push_back(program);
  return programs_.back();
}

bool BpfFilter::matches(const Frame& frame) {
  std::string ignored;
  const Program& program = program_for(frame.link_type, &ignored);
  if (!program.is_valid) return false;
  const PcapPacketHeader header{{}, frame.captured, frame.wire_bytes};
  return library_->offline_filter(&program.code, &header, frame.data) != 0;
}

std::string BpfFilter::library_version() {
  const LibPcap* library = LibPcap::installed();
  return library == nullptr ? std::string() : std::string(library->version());
}

}  // namespace wiretally

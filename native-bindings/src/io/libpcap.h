// LibPcap: the libpcap functions that compile and run capture filters, loaded at run time, so that libpcap
// need not be installed.
#pragma once

#include <sys/time.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace wiretally {

// pcap.h and bpf.h have the same; their layout is part of libpcap's ABI.
struct PcapHandle;
constexpr size_t kPcapErrorBytes = 256;  // PCAP_ERRBUF_SIZE
struct BpfProgram {
  unsigned int length = 0;
  void* instructions = nullptr;
};
struct PcapPacketHeader {
  struct timeval time;
  uint32_t captured;
  uint32_t wire_bytes;
};

class LibPcap {
 public:
  // The library of this process, null when none is installed. Loaded once.
  static const LibPcap* installed();
  // Loads the first of `names` (null-terminated) that exists and exports all functions.
  static std::unique_ptr<LibPcap> load(const char* const* names);
  ~LibPcap();
  LibPcap(const LibPcap&) = delete;
  LibPcap& operator=(const LibPcap&) = delete;

  PcapHandle* (*open_file)(FILE* file, char* error) = nullptr;  // takes ownership of the file
  int (*compile)(PcapHandle*, BpfProgram*, const char* expression, int optimize, uint32_t netmask) = nullptr;
  char* (*get_error)(PcapHandle*) = nullptr;
  void (*free_code)(BpfProgram*) = nullptr;
  void (*close)(PcapHandle*) = nullptr;
  int (*offline_filter)(const BpfProgram*, const PcapPacketHeader*, const uint8_t*) = nullptr;
  const char* (*version)() = nullptr;

 private:
  explicit LibPcap(void* library) : library_(library) {}
  bool find_calls();

  void* library_;
};

}  // namespace wiretally

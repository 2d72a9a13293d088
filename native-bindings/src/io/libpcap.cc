// LibPcap: the libpcap functions that compile and run capture filters, loaded at run time.
#include "libpcap.h"

#include "dynamic_library.h"

namespace wiretally {
namespace {

// Debian's soname first, then that of other Linux systems and the BSDs, then macOS.
constexpr const char* kPcapNames[] = {"libpcap.so.0.8",  "libpcap.so.1",  "libpcap.so",
                                      "libpcap.A.dylib", "libpcap.dylib", nullptr};

}  // namespace

const LibPcap* LibPcap::installed() {
  // Never unloaded: a compiling thread may still be in it when the process ends.
  static const LibPcap* const kLibrary = load(kPcapNames).release();
  return kLibrary;
}

std::unique_ptr<LibPcap> LibPcap::load(const char* const* names) {
  for (; *names != nullptr; ++names) {
    void* library = ::dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    std::unique_ptr<LibPcap> found(new LibPcap(library));
    if (found->find_calls()) return found;
  }
  return nullptr;
}

LibPcap::~LibPcap() { ::dlclose(library_); }

bool LibPcap::find_calls() {
  return find_call(library_, "pcap_fopen_offline", &open_file) && find_call(library_, "pcap_compile", &compile) &&
         find_call(library_, "pcap_geterr", &get_error) && find_call(library_, "pcap_freecode", &free_code) &&
         find_call(library_, "pcap_close", &close) && find_call(library_, "pcap_offline_filter", &offline_filter) &&
         find_call(library_, "pcap_lib_version", &version);
}

}  // namespace wiretally

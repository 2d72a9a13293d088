// BpfFilter: a capture filter expression, compiled by libpcap for each link type that a capture has.
#include "bpf_filter.h"

#include <pthread.h>
#include <time.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace wiretally {
namespace {

constexpr uint32_t kNetmaskUnknown = 0xffffffff;

// For a machine that is busy with other things: processor time is what counts.
constexpr int64_t kMaxWaitMs = 30'000;
constexpr std::chrono::milliseconds kPollInterval{20};
// The default of Linux; musl's is too small for the recursion of libpcap.
constexpr size_t kStackBytes = 8 << 20;

// The compiler of libpcap before 1.8 keeps its state in globals.
bool needs_lock(const LibPcap& library) {
  int major = 0;
  int minor = 0;
  const int found = std::sscanf(library.version(), "libpcap version %d.%d", &major, &minor);
  return found != 2 || major < 1 || (major == 1 && minor < 8);
}

std::mutex& compiler_lock() {
  static std::mutex mutex;
  return mutex;
}

using PcapHeader = std::array<uint32_t, 6>;

PcapHeader header_of(uint16_t link_type) {
  constexpr uint32_t kVersion = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0x00020004 : 0x00040002;
  // 14 is raw IP where OpenBSD wrote it and something else here; 101 is raw IP everywhere.
  const uint32_t portable = link_type == 14 ? 101u : link_type;
  return {0xa1b2c3d4, kVersion, 0, 0, CaptureReader::kMaxCaptured, portable};
}

// A handle as for an empty capture file of this link type. Unlike pcap_open_dead it accepts LINKTYPE numbers,
// and it knows the address families of other systems in NULL captures. `header` must outlive the handle.
PcapHandle* open_handle(const LibPcap& library, PcapHeader* header, std::string* error) {
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

struct Compiled {
  bool is_valid = false;
  BpfProgram code;
  std::string error;
};

Compiled compile_now(const LibPcap& library, const std::string& expression, uint16_t link_type) {
  std::unique_lock<std::mutex> lock(compiler_lock(), std::defer_lock);
  if (needs_lock(library)) lock.lock();
  Compiled compiled;
  PcapHeader header = header_of(link_type);
  if (PcapHandle* handle = open_handle(library, &header, &compiled.error); handle != nullptr) {
    compiled.is_valid = library.compile(handle, &compiled.code, expression.c_str(), 1, kNetmaskUnknown) == 0;
    if (!compiled.is_valid) compiled.error = library.get_error(handle);
    library.close(handle);
  }
  return compiled;
}

// Shared state of a compiling thread; the last owner frees it, because libpcap cannot be interrupted.
struct CompileJob {
  CompileJob(const LibPcap& pcap, std::string text, uint16_t type)
      : library(pcap), expression(std::move(text)), link_type(type) {}
  ~CompileJob() {
    if (result.is_valid) library.free_code(&result.code);
  }
  CompileJob(const CompileJob&) = delete;
  CompileJob& operator=(const CompileJob&) = delete;

  const LibPcap& library;
  const std::string expression;
  const uint16_t link_type;
  std::mutex mutex;
  std::condition_variable ended;
  bool has_ended = false;
  Compiled result;
};

void run_job(CompileJob* job) {
  Compiled compiled = compile_now(job->library, job->expression, job->link_type);
  const std::lock_guard<std::mutex> lock(job->mutex);
  job->result = std::move(compiled);
  job->has_ended = true;
  job->ended.notify_all();
}

void* thread_of_job(void* argument) {
  const std::unique_ptr<std::shared_ptr<CompileJob>> job(static_cast<std::shared_ptr<CompileJob>*>(argument));
  run_job(job->get());
  return nullptr;
}

// CPU time of a thread in milliseconds; -1 where unknown, or after its end.
int64_t processor_ms(pthread_t thread) {
#ifdef __linux__
  clockid_t clock;
  struct timespec spent;
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return -1;
  return int64_t{spent.tv_sec} * 1000 + spent.tv_nsec / 1'000'000;
#else
  (void)thread;
  return -1;
#endif
}

// Null where no thread can be made.
std::unique_ptr<pthread_t> start_thread(const std::shared_ptr<CompileJob>& job) {
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return nullptr;
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  auto thread = std::make_unique<pthread_t>();
  auto argument = std::make_unique<std::shared_ptr<CompileJob>>(job);
  const bool is_started = ::pthread_create(thread.get(), &attributes, thread_of_job, argument.get()) == 0;
  ::pthread_attr_destroy(&attributes);
  if (!is_started) return nullptr;
  static_cast<void>(argument.release());  // The thread deletes it.
  return thread;
}

// False on a timeout: the thread then runs until it or the process ends.
bool ends_in_time(CompileJob& job, pthread_t thread) {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(job.mutex);
  while (!job.ended.wait_for(lock, kPollInterval, [&job] { return job.has_ended; })) {
    const auto waited = std::chrono::steady_clock::now() - start;
    const int64_t waited_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
    const int64_t spent_ms = processor_ms(thread);
    if (waited_ms > kMaxWaitMs || (spent_ms < 0 ? waited_ms : spent_ms) > BpfFilter::kMaxCompileMs) return false;
  }
  return true;
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
  bool is_valid = false;
  if (!filter->program_in_time(1, error, &is_valid)) return nullptr;
  if (is_valid) return filter;
  std::string ignored;
  for (const uint16_t link_type : {uint16_t{101}, uint16_t{127}, uint16_t{113}}) {
    if (!filter->program_in_time(link_type, &ignored, &is_valid)) {
      *error = ignored;
      return nullptr;
    }
    if (!is_valid) continue;
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
  // Another link type was compiled in time, so that this one is too.
  const Compiled compiled = compile_now(*library_, expression_, link_type);
  if (!compiled.is_valid) *error = compiled.error;
  programs_.push_back({link_type, compiled.is_valid, compiled.code});
  return programs_.back();
}

bool BpfFilter::program_in_time(uint16_t link_type, std::string* error, bool* is_valid) {
  const auto job = std::make_shared<CompileJob>(*library_, expression_, link_type);
  if (const std::unique_ptr<pthread_t> thread = start_thread(job); thread == nullptr) {
    run_job(job.get());
  } else {
    const bool is_in_time = ends_in_time(*job, *thread);
    ::pthread_detach(*thread);
    if (!is_in_time) {
      *error =
          "the filter takes more than 3 s to compile: libpcap is slow with long lists; write networks "
          "(net 10.0.0.0/8) or fewer terms";
      return false;
    }
  }
  const std::lock_guard<std::mutex> lock(job->mutex);
  *is_valid = job->result.is_valid;
  if (!*is_valid) *error = job->result.error;
  programs_.push_back({link_type, *is_valid, job->result.code});
  job->result.is_valid = false;  // the filter's now
  return true;
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

// BpfFilter: a capture filter expression, as tcpdump takes it, applied to frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture_reader.h"
#include "libpcap.h"

namespace wiretally {

// One instruction of classic BPF, as libpcap compiles it and Linux's SO_ATTACH_FILTER takes it.
struct BpfInstruction {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t k;
};
static_assert(sizeof(BpfInstruction) == 8);

class BpfFilter {
 public:
  // Null, and a sentence in `error`, when the expression is no filter (libpcap's own words), libpcap is missing,
  // or compiles for longer than kMaxCompileMs: it needs more than the square of a list's length.
  static std::unique_ptr<BpfFilter> compile(const char* expression, std::string* error);
  // The program of an expression for one link type, for the kernel to run. False with a sentence in `error`.
  static bool compile_for(const char* expression, uint16_t link_type, std::vector<BpfInstruction>* program,
                          std::string* error);
  static constexpr int64_t kMaxCompileMs = 3000;  // Processor time.
  ~BpfFilter();
  BpfFilter(const BpfFilter&) = delete;
  BpfFilter& operator=(const BpfFilter&) = delete;

  // True when the filter accepts the frame. The expression is compiled at the first frame of a link type; a link type
  // that it does not apply to ("ether host" on raw IP) matches nothing. One filter per thread.
  bool matches(const Frame& frame);

  // Version text of the libpcap that was found, empty when none is installed.
  static std::string library_version();

 private:
  struct Program {
    uint16_t link_type;
    bool is_valid;
    BpfProgram code;
  };

  BpfFilter(const LibPcap* library, const char* expression) : library_(library), expression_(expression) {}
  const Program& program_for(uint16_t link_type, std::string* error);
  // Does the same as program_for. False, and nothing is kept, when it takes too long.
  bool program_in_time(uint16_t link_type, std::string* error, bool* is_valid);

  const LibPcap* library_;
  std::string expression_;
  std::vector<Program> programs_;
};

}  // namespace wiretally

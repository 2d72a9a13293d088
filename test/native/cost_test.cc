// What hostile traffic costs: steps for each byte on the wire, with a ceiling that is the same for every kind.
#include "../cost.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/pipeline/decoder.h"
#include "capture_builder.h"
#include "hostile.h"

using namespace wiretally;

namespace {

// Size of a record of a capture in addition to the frame.
constexpr size_t kRecordHeader = 16;
// A single small flow pays for all that is created with a flow: tables, names, its records.
constexpr uint64_t kAllowance = 100'000;

bytes::Bytes capture_of(const hostile::Frames& frames) {
  captures::Pcap pcap(false, 0xa1b2c3d4, 1, 4, 262'144);
  uint32_t microseconds = 0;
  for (const bytes::Bytes& frame : frames) {
    pcap.record(1'700'000'000 + microseconds / 1'000'000, microseconds % 1'000'000, frame,
                static_cast<uint32_t>(frame.size()));
    microseconds += 20;
  }
  return pcap.out;
}

DecoderOptions options_of() {
  DecoderOptions options;
  options.flows = 4096;
  options.window_seconds = 60;
  options.tracker.emit_hellos = options.tracker.emit_exchanges = options.tracker.emit_observations = true;
  options.tracker.emit_services = true;
  options.tracker.emit_hellos = options.tracker.emit_exchanges = options.tracker.emit_observations =
      options.tracker.emit_outcomes = true;
  options.tracker.dns = TrackerOptions::Dns::kWatchlist;
  options.watchlist = std::make_shared<Watchlist>(std::vector<std::string>{"api.anthropic.com"},
                                                  std::vector<std::string>{"8daaf6152771"},
                                                  std::vector<std::string>{"claude-cli/"});
  return options;
}

uint64_t steps_for(const bytes::Bytes& capture) {
  std::string error;
  const std::unique_ptr<Decoder> decoder = open_single_decoder(options_of(), &error);
  if (!CHECK(decoder != nullptr)) return 0;
  std::vector<uint8_t> batch(512 * 1024);
  const uint64_t before = cost::steps();
  decoder->open_stream(0);
  size_t pushed = 0;
  while (pushed < capture.size()) {
    const size_t size = std::min<size_t>(64 * 1024, capture.size() - pushed);
    decoder->push(capture.data() + pushed, size, pushed + size == capture.size());
    pushed += size;
    while (decoder->poll(batch.data(), batch.size(), 0) > 0) {
    }
  }
  decoder->finish();
  while (decoder->poll(batch.data(), batch.size(), 0) > 0) {
  }
  return cost::steps() - before;
}

void keep(const std::string& name, const bytes::Bytes& capture) {
  const char* folder = std::getenv("WIRETALLY_HOSTILE_CAPTURES");
  if (folder == nullptr) return;
  std::string file = name;
  std::replace_if(
      file.begin(), file.end(), [](char c) { return c == ' ' || c == ','; }, '-');
  std::ofstream(std::string(folder) + "/" + file + ".pcap", std::ios::binary)
      .write(reinterpret_cast<const char*>(capture.data()), static_cast<std::streamsize>(capture.size()));
}

#ifdef WIRETALLY_COUNTED
constexpr bool kIsCounted = true;
#else
constexpr bool kIsCounted = false;  // The quick build puts no calls into the core.
#endif

TEST_CASE("no kind of hostile traffic takes more steps for a byte than honest traffic may" *
          doctest::skip(!kIsCounted)) {
  for (const hostile::Kind& kind : hostile::all()) {
    const bytes::Bytes capture = capture_of(kind.frames);
    keep(kind.name, capture);
    const uint64_t steps = steps_for(capture);
    const size_t wire = capture.size() - kRecordHeader * kind.frames.size();
    INFO(kind.name, ": ", wire, " bytes, ", steps / wire, " steps a byte");
    CHECK(steps <= kAllowance + cost::kStepsPerByte * wire);
  }
}

}  // namespace

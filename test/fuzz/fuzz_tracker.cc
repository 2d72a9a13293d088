// Fuzzes the tracker with packets of four flows, in pools so small that everything is evicted all the time.
#include "../cost.h"
#include "scripted_flows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  using namespace wiretally;
  static const Watchlist watchlist({"api.anthropic.com", ".ai.example"}, {}, {"claude-cli/"});
  scripted::Sink sink;
  Counters counters;
  TrackerOptions options;
  options.emit_hellos = options.emit_exchanges = options.emit_observations = options.emit_services = true;
  options.dns = TrackerOptions::Dns::kAll;
  options.max_tracked = 16;
  options.assembly_bytes = 16 * 1024;
  Tracker tracker(options, &watchlist, &sink, &counters);
  scripted::Script script{.cursor = Cursor(data, size), .flows = {}};
  while (script.step(&tracker)) {
  }
  script.finish(&tracker);
  return 0;
}

// Reads options of decoders and collectors from objects of JavaScript, in the addon and in the browser. `Options` has
// number, flag, text, list, and inner for an object within it. src/native/addon.ts documents and checks them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../base/watchlist.h"
#include "decoder_options.h"

namespace wiretally {

template <typename Options>
Watchlist read_watchlist(const Options& object) {
  return {object.list("watchedNames"), object.list("watchedCiphers"), object.list("userAgents")};
}

// Returns null with the reason in `*error` if a network cannot be read.
template <typename Options>
std::shared_ptr<ExportFilter> read_export_filter(const Options& object, std::shared_ptr<const Watchlist> watchlist,
                                                 std::string* error) {
  auto rules = std::make_shared<ExportFilter>();
  if (!rules->local.parse(object.list("localNetworks"), error)) return nullptr;
  if (!rules->noted.parse(object.list("networks"), error)) return nullptr;
  rules->names = std::make_shared<const Watchlist>(object.list("names"), std::vector<std::string>(),
                                                   std::vector<std::string>());
  rules->watchlist = std::move(watchlist);
  if (object.flag("answersElsewhere")) rules->answered->add_all();
  return rules;
}

template <typename Options>
DecoderOptions read_options(const Options& object, std::string* error) {
  DecoderOptions options;
  options.flows = static_cast<uint32_t>(object.number("flows", options.flows));
  options.window_seconds = static_cast<uint32_t>(object.number("windowSeconds", 0));
  options.flushes_windows = object.flag("flushesWindows");
  options.emit_flows = object.flag("emitFlows");
  options.tracker.emit_hellos = object.flag("emitHellos");
  options.tracker.first_hellos = static_cast<uint32_t>(object.number("firstHellos", 0));
  options.tracker.emit_exchanges = object.flag("emitExchanges");
  options.tracker.emit_services = object.flag("emitServices");
  options.settle_ns = static_cast<int64_t>(object.number("settleSeconds", 0)) * 1'000'000'000;
  options.tracker.emit_observations = object.flag("emitObservations");
  options.tracker.emit_outcomes = object.flag("emitOutcomes");
  const std::string dns = object.text("dns");
  options.tracker.dns = dns == "all"         ? TrackerOptions::Dns::kAll
                        : dns == "watchlist" ? TrackerOptions::Dns::kWatchlist
                                             : TrackerOptions::Dns::kNone;
  options.watchlist = std::make_shared<Watchlist>(read_watchlist(object));
  const auto totals = object.inner("totals");
  if (totals) options.export_filter = read_export_filter(*totals, options.watchlist, error);
  options.filter = object.text("filter");
  options.exclude = object.list("exclude");
  options.number = static_cast<unsigned>(object.number("number", 0));
  options.workers = static_cast<unsigned>(object.number("workers", 1));
  return options;
}

}  // namespace wiretally

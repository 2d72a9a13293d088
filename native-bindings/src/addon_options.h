// Options of createDecoder, read from their JavaScript object. src/native/addon.ts documents and checks them.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "base/watchlist.h"
#include "io/ring/ring_reader.h"
#include "pipeline/decoder_options.h"

namespace wiretally {

inline double number_option(const Napi::Object& object, const char* name, double otherwise) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : otherwise;
}

inline bool flag_option(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

inline std::string text_option(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

inline std::vector<std::string> list_option(const Napi::Object& object, const char* name) {
  std::vector<std::string> result;
  const Napi::Value value = object.Get(name);
  if (!value.IsArray()) return result;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    if (item.IsString()) result.push_back(item.As<Napi::String>().Utf8Value());
  }
  return result;
}

inline Watchlist read_watchlist(const Napi::Object& object) {
  return {list_option(object, "watchedNames"), list_option(object, "watchedCiphers"),
          list_option(object, "userAgents")};
}

// Null with the reason in `*error` when a network cannot be read.
inline std::shared_ptr<ExportFilter> read_export_filter(const Napi::Object& object,
                                                        std::shared_ptr<const Watchlist> watchlist,
                                                        std::string* error) {
  auto rules = std::make_shared<ExportFilter>();
  if (!rules->local.parse(list_option(object, "localNetworks"), error)) return nullptr;
  if (!rules->noted.parse(list_option(object, "networks"), error)) return nullptr;
  rules->names = std::make_shared<const Watchlist>(list_option(object, "names"), std::vector<std::string>(),
                                                   std::vector<std::string>());
  rules->watchlist = std::move(watchlist);
  if (flag_option(object, "answersElsewhere")) rules->answered->add_all();
  return rules;
}

inline DecoderOptions read_options(const Napi::Object& object, std::string* error) {
  DecoderOptions options;
  options.flows = static_cast<uint32_t>(number_option(object, "flows", options.flows));
  options.window_seconds = static_cast<uint32_t>(number_option(object, "windowSeconds", 0));
  options.emit_flows = flag_option(object, "emitFlows");
  options.tracker.emit_hellos = flag_option(object, "emitHellos");
  options.tracker.emit_exchanges = flag_option(object, "emitExchanges");
  options.tracker.emit_services = flag_option(object, "emitServices");
  options.settle_ns = static_cast<int64_t>(number_option(object, "settleSeconds", 0)) * 1'000'000'000;
  options.tracker.emit_observations = flag_option(object, "emitObservations");
  options.tracker.emit_outcomes = flag_option(object, "emitOutcomes");
  const std::string dns = text_option(object, "dns");
  options.tracker.dns = dns == "all"         ? TrackerOptions::Dns::kAll
                        : dns == "watchlist" ? TrackerOptions::Dns::kWatchlist
                                             : TrackerOptions::Dns::kNone;
  options.watchlist = std::make_shared<Watchlist>(read_watchlist(object));
  const Napi::Value totals = object.Get("totals");
  if (totals.IsObject())
    options.export_filter = read_export_filter(totals.As<Napi::Object>(), options.watchlist, error);
  options.filter = text_option(object, "filter");
  options.exclude = list_option(object, "exclude");
  options.number = static_cast<unsigned>(number_option(object, "number", 0));
  options.workers = static_cast<unsigned>(number_option(object, "workers", 1));
  return options;
}

inline RingOptions read_ring_options(const Napi::Object& object) {
  RingOptions options;
  const uint32_t blocks_per_mib = (1u << 20) / options.block_bytes;
  const uint32_t usual_mib = options.block_count / blocks_per_mib;
  options.block_count = static_cast<uint32_t>(number_option(object, "ringMib", usual_mib)) * blocks_per_mib;
  options.fanout_group = static_cast<int>(number_option(object, "fanoutGroup", options.fanout_group));
  options.promiscuous = flag_option(object, "promiscuous");
  options.ignore_outgoing = flag_option(object, "ignoreOutgoing");
  options.hardware_time = flag_option(object, "hardwareTime");
  options.filter = text_option(object, "filter");
  return options;
}

}  // namespace wiretally

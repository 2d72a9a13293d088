// Creates a collector from its options, as pipeline/read_options.h reads them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../base/address_text.h"
#include "../packet/network_list.h"
#include "collector.h"

namespace wiretally {

template <typename Options>
NameSet names_of(const Options& object, const char* name) {
  const std::vector<std::string> list = object.list(name);
  return {list.begin(), list.end()};
}

// Parses "address name". An invalid address names nothing.
inline void name_address(Collector* collector, const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return;
  uint8_t bytes[16] = {};
  const uint8_t version = read_address_text(std::string_view(text).substr(0, space), bytes);
  if (version != 0) collector->set_name(Address::of(bytes, version), text.substr(space + 1));
}

// `facts`: the same lookup, with its lists. Returns false with the reason in `*error` if a network is invalid.
template <typename Options>
bool set_lookup(Collector* collector, std::unique_ptr<Lookup> lookup, const Options& facts, std::string* error) {
  NetworkList networks;
  if (!networks.parse(facts.list("networks"), error)) return false;
  collector->set_lookup(std::move(lookup), names_of(facts, "ciphers"), std::move(networks));
  return true;
}

// Returns null with the reason in `*error` if a network is invalid. It has no lookup yet.
template <typename Options>
std::unique_ptr<Collector> open_collector(const Options& object, std::string* error) {
  NetworkList local;
  NetworkList private_networks;
  if (!local.parse(object.list("localNetworks"), error) ||
      !private_networks.parse(object.list("privateNetworks"), error)) {
    return nullptr;
  }
  const auto window_us = static_cast<int64_t>(object.number("windowSeconds", 60)) * kSecondUs;
  auto collector = std::make_unique<Collector>(window_us, std::move(local), std::move(private_networks),
                                               Names(names_of(object, "echNames"), names_of(object, "dohNames"),
                                                     names_of(object, "tunnelNames")));
  for (const std::string& text : object.list("addressNames")) name_address(collector.get(), text);
  return collector;
}

}  // namespace wiretally

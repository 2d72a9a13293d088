// Reads options from their JavaScript objects. src/native/addon.ts documents and checks them.
#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "io/ring/ring_reader.h"

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

// Adapts an options object to the template in pipeline/read_options.h.
class NapiOptions {
 public:
  explicit NapiOptions(Napi::Object object) : object_(object) {}
  double number(const char* name, double otherwise) const { return number_option(object_, name, otherwise); }
  bool flag(const char* name) const { return flag_option(object_, name); }
  std::string text(const char* name) const { return text_option(object_, name); }
  std::vector<std::string> list(const char* name) const { return list_option(object_, name); }
  std::optional<NapiOptions> inner(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsObject()) return std::nullopt;
    return NapiOptions(value.As<Napi::Object>());
  }

 private:
  Napi::Object object_;
};

inline RingOptions read_ring_options(const Napi::Object& object) {
  RingOptions options;
  const uint32_t blocks_per_mib = (1u << 20) / options.block_bytes;
  const uint32_t default_mib = options.block_count / blocks_per_mib;
  options.block_count = static_cast<uint32_t>(number_option(object, "ringMib", default_mib)) * blocks_per_mib;
  options.fanout_group = static_cast<int>(number_option(object, "fanoutGroup", options.fanout_group));
  options.promiscuous = flag_option(object, "promiscuous");
  options.ignore_outgoing = flag_option(object, "ignoreOutgoing");
  options.hardware_time = flag_option(object, "hardwareTime");
  options.filter = text_option(object, "filter");
  return options;
}

}  // namespace wiretally

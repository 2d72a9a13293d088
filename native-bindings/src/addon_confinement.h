// Confinement for JavaScript: options and results. src/native/addon.ts documents both.
#pragma once

#include <napi.h>

#include <cstring>

#include "addon_options.h"
#include "io/confinement/confinement.h"
#include "io/confinement/limits.h"
#include "io/confinement/syscall_filter.h"

namespace wiretally {

inline uint64_t capability_bits(const Napi::Array& numbers) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < numbers.Length(); ++i) {
    bits |= uint64_t{1} << (numbers.Get(i).As<Napi::Number>().Uint32Value() & 63);
  }
  return bits;
}

inline LandlockRules read_landlock(const Napi::Object& object) {
  LandlockRules rules;
  rules.read = list_option(object, "read");
  rules.write = list_option(object, "write");
  const Napi::Array ports = object.Get("ports").As<Napi::Array>();
  for (uint32_t i = 0; i < ports.Length(); ++i) {
    rules.ports.push_back(static_cast<uint16_t>(ports.Get(i).As<Napi::Number>().Uint32Value()));
  }
  return rules;
}

inline SyscallRules read_syscalls(const Napi::Object& object) {
  SyscallRules rules;
  for (const std::string& kind : list_option(object, "sockets")) {
    rules.makes_tcp |= kind == "tcp";
    rules.makes_udp |= kind == "udp";
    rules.makes_packet |= kind == "packet";
  }
  const Napi::Array signals = object.Get("signals").As<Napi::Array>();
  for (uint32_t i = 0; i < signals.Length(); ++i) {
    rules.signals.push_back(signals.Get(i).As<Napi::Number>().Int32Value());
  }
  return rules;
}

inline Napi::Value trouble_of(Napi::Env env, int code) {
  if (code == 0) return env.Null();
  return Napi::String::New(env, std::strerror(code));
}

inline Napi::Value confine_process(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object object = info[0].As<Napi::Object>();
  ConfineOptions options;
  const Napi::Value keep = object.Get("keep");
  if (keep.IsArray()) options.keep = capability_bits(keep.As<Napi::Array>());
  options.become = static_cast<uint32_t>(number_option(object, "become", 0));
  const Napi::Value calls = object.Get("syscalls");
  SyscallRules syscalls;
  if (calls.IsObject()) {
    syscalls = read_syscalls(calls.As<Napi::Object>());
    options.syscalls = &syscalls;
  }
  const Napi::Value files = object.Get("landlock");
  LandlockRules rules;
  if (files.IsObject()) {
    rules = read_landlock(files.As<Napi::Object>());
    rules.scopes_signals = syscalls.signals.empty();
    options.landlock = &rules;
  }
  const Confined confined = confine(options);
  Napi::Object outcome = Napi::Object::New(env);
  outcome.Set("silentThreads", confined.silent);
  outcome.Set("rights", trouble_of(env, confined.rights_code));
  outcome.Set("landlock", trouble_of(env, confined.landlock_code));
  outcome.Set("syscalls", trouble_of(env, confined.filter_code));
  outcome.Set("entersRings", confined.enters_rings);
  return outcome;
}

inline Napi::Value limit(const Napi::CallbackInfo& info) {
  const Napi::Object object = info[0].As<Napi::Object>();
  Limits limits;
  limits.data_bytes = static_cast<uint64_t>(number_option(object, "dataBytes", 0));
  limits.seconds = static_cast<uint32_t>(number_option(object, "seconds", 0));
  limits.memory_message = text_option(object, "memoryMessage");
  limits.time_message = text_option(object, "timeMessage");
  limits.spill_folder = text_option(object, "spillFolder");
  limits.exit_code = static_cast<int>(number_option(object, "exitCode", 1));
  return trouble_of(info.Env(), limit_process(limits));
}

inline Napi::Value confinement(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("landlock", landlock_version());
  object.Set("hasScopes", landlock_version() >= kScopesVersion);
  object.Set("syscallFilter", has_syscall_filter());
  return object;
}

}  // namespace wiretally

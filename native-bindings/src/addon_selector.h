// The Node interface of PacketSelector.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "addon_error.h"
#include "addon_zstd.h"
#include "pipeline/packet_selector.h"

namespace wiretally {

class SelectorHandle : public Napi::ObjectWrap<SelectorHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeSelector",
                       {InstanceMethod<&SelectorHandle::add_flow>("addFlow"),
                        InstanceMethod<&SelectorHandle::open_file>("openFile"),
                        InstanceMethod<&SelectorHandle::open_packed>("openPacked"),
                        InstanceMethod<&SelectorHandle::packed_state>("packedState"),
                        InstanceMethod<&SelectorHandle::open_stream>("openStream"),
                        InstanceMethod<&SelectorHandle::push>("push"), InstanceMethod<&SelectorHandle::read>("read"),
                        InstanceMethod<&SelectorHandle::fragments>("fragments")});
  }

  explicit SelectorHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

 private:
  static constexpr int64_t kNs = 1000;  // per microsecond

  static int64_t clamped(int64_t us) { return std::clamp(us, int64_t{0}, INT64_MAX / kNs - 1); }

  // (client address, server address: 4 or 16 bytes each; their ports; protocol; first and last microsecond)
  Napi::Value add_flow(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array client = info[0].As<Napi::Uint8Array>();
    const Napi::Uint8Array server = info[1].As<Napi::Uint8Array>();
    const size_t length = client.ByteLength();
    if (length != server.ByteLength() || (length != 4 && length != 16)) {
      Napi::TypeError::New(info.Env(), "addresses have 4 or 16 bytes, both the same").ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    Endpoints ends{};
    std::memcpy(ends.source, client.Data(), length);
    std::memcpy(ends.destination, server.Data(), length);
    ends.source_port = static_cast<uint16_t>(info[2].As<Napi::Number>().Uint32Value());
    ends.destination_port = static_cast<uint16_t>(info[3].As<Napi::Number>().Uint32Value());
    ends.protocol = static_cast<uint8_t>(info[4].As<Napi::Number>().Uint32Value());
    ends.ip_version = length == 4 ? 4 : 6;
    const int64_t first_us = clamped(info[5].As<Napi::Number>().Int64Value());
    const int64_t last_us = clamped(info[6].As<Napi::Number>().Int64Value());
    // The records round down to microseconds.
    const bool is_added = selector_.add_flow(ends, first_us * kNs, last_us * kNs + kNs - 1);
    return Napi::Boolean::New(info.Env(), is_added);
  }

  void open_file(const Napi::CallbackInfo& info) {
    const std::string path = info[0].As<Napi::String>().Utf8Value();
    const int code = selector_.open_file(path.c_str(), info[1].As<Napi::Number>().Uint32Value());
    if (code != 0) throw_system_error(info.Env(), code, path.c_str());
  }

  void open_stream(const Napi::CallbackInfo& info) {
    const int code = selector_.open_stream(info[0].As<Napi::Number>().Uint32Value());
    if (code != 0) throw_system_error(info.Env(), code, "stream");
  }

  void open_packed(const Napi::CallbackInfo& info) {
    const PackedOptions options = read_packed_options(info.Env(), info[1], info[2]);
    if (options.calls == nullptr) return;
    const int code = selector_.open_packed(options, info[0].As<Napi::Number>().Uint32Value());
    if (code != 0) throw_system_error(info.Env(), code, "stream");
  }

  Napi::Value packed_state(const Napi::CallbackInfo& info) { return object_of(info.Env(), selector_.packed_state()); }

  void push(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    if (!selector_.push(bytes.Data(), bytes.ByteLength(), info[1].As<Napi::Boolean>().Value())) {
      Napi::Error::New(info.Env(), "no stream is open").ThrowAsJavaScriptException();
    }
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    Napi::Uint8Array out = info[0].As<Napi::Uint8Array>();
    if (out.ByteLength() < PacketSelector::kMinOutputBytes) {
      Napi::RangeError::New(info.Env(), "the buffer is shorter than one packet").ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    return Napi::Number::New(info.Env(), static_cast<double>(selector_.read(out.Data(), out.ByteLength())));
  }

  Napi::Value fragments(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(selector_.fragments()));
  }

  PacketSelector selector_;
};

}  // namespace wiretally

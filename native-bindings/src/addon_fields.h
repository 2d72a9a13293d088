// FieldScannerHandle: the Node interface of FieldScanner.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "logs/field_scanner.h"

namespace wiretally {

class FieldScannerHandle : public Napi::ObjectWrap<FieldScannerHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeFieldScanner",
                       {InstanceMethod<&FieldScannerHandle::json>("json"),
                        InstanceMethod<&FieldScannerHandle::columns>("columns"),
                        InstanceMethod<&FieldScannerHandle::pairs>("pairs"),
                        InstanceMethod<&FieldScannerHandle::header>("header")});
  }

  // (names of each field, is ranked, starts, ends, written), see NativeFieldScanner.
  explicit FieldScannerHandle(const Napi::CallbackInfo& info)
      : ObjectWrap(info), scanner_(find_places(info), info[1].As<Napi::Boolean>()) {
    for (size_t i = 0; i < 3; ++i) arrays_[i] = Napi::Persistent(info[2 + i].As<Napi::Object>());
    const Napi::Array fields = info[0].As<Napi::Array>();
    for (uint32_t field = 0; field < fields.Length(); ++field) {
      const Napi::Array names = fields.Get(field).As<Napi::Array>();
      for (uint32_t rank = 0; rank < names.Length(); ++rank) {
        scanner_.add_name(names.Get(rank).As<Napi::String>().Utf8Value(), field, rank);
      }
    }
  }

 private:
  struct Line {
    Span bytes;  // up to its end
    size_t start = 0;
  };

  static FieldPlaces find_places(const Napi::CallbackInfo& info) {
    Napi::Int32Array starts = info[2].As<Napi::Int32Array>();
    Napi::Int32Array ends = info[3].As<Napi::Int32Array>();
    Napi::Uint8Array written = info[4].As<Napi::Uint8Array>();
    return {starts.Data(), ends.Data(), written.Data(),
            std::min({starts.ElementLength(), ends.ElementLength(), written.ElementLength()})};
  }

  // (bytes, start, end, …)
  static Line line_of(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    const size_t end = std::min<size_t>(info[2].As<Napi::Number>().Uint32Value(), bytes.ByteLength());
    return {{bytes.Data(), end}, std::min<size_t>(info[1].As<Napi::Number>().Uint32Value(), end)};
  }

  static uint8_t byte_of(const Napi::Value& value) {
    return static_cast<uint8_t>(value.As<Napi::Number>().Uint32Value());
  }

  static Napi::Value result(Napi::Env env, LineFault fault) {
    return Napi::Number::New(env, static_cast<double>(fault));
  }

  Napi::Value json(const Napi::CallbackInfo& info) {
    const Line line = line_of(info);
    return result(info.Env(), scanner_.json(line.bytes, line.start));
  }

  // (…, separator, columns, has more)
  Napi::Value columns(const Napi::CallbackInfo& info) {
    const Line line = line_of(info);
    const Napi::Int16Array columns = info[4].As<Napi::Int16Array>();
    return result(info.Env(), scanner_.columns(line.bytes, line.start, byte_of(info[3]), columns.Data(),
                                               columns.ElementLength(), info[5].As<Napi::Boolean>()));
  }

  // (…, separator, mark)
  Napi::Value pairs(const Napi::CallbackInfo& info) {
    const Line line = line_of(info);
    return result(info.Env(), scanner_.pairs(line.bytes, line.start, {byte_of(info[3]), byte_of(info[4])}));
  }

  Napi::Value header(const Napi::CallbackInfo& info) {
    const Line line = line_of(info);
    return result(info.Env(), scanner_.header(line.bytes, line.start));
  }

  FieldScanner scanner_;
  Napi::ObjectReference arrays_[3];  // which the scanner writes to
};

}  // namespace wiretally

// The Node interface of the lines of hellos.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "output/hello_line.h"

namespace wiretally {

class HelloLinesHandle : public Napi::ObjectWrap<HelloLinesHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeHelloLines",
                       {InstanceMethod<&HelloLinesHandle::make>("make"),
                        InstanceMethod<&HelloLinesHandle::copy>("copy")});
  }

  // Names of files, by their number.
  explicit HelloLinesHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const Napi::Array names = info[0].As<Napi::Array>();
    for (uint32_t i = 0; i < names.Length(); ++i) {
      files_.push_back(names.Get(i).As<Napi::String>().Utf8Value());
    }
  }

 private:
  // (bytes with records, places of records in them): formats their lines and returns the length in bytes.
  Napi::Value make(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    const Napi::Uint32Array places = info[1].As<Napi::Uint32Array>();
    text_.clear();
    for (size_t i = 0; i < places.ElementLength(); ++i) {
      const size_t place = places.Data()[i];
      if (place >= bytes.ByteLength()) continue;
      const Span record{bytes.Data() + place, bytes.ByteLength() - place};
      const size_t file = file_of_hello(record);
      lines_.append(record, file < files_.size() ? std::string_view(files_[file]) : "\"\"", &text_);
    }
    return Napi::Number::New(info.Env(), static_cast<double>(text_.size()));
  }

  // (bytes): copies the last formatted lines there, as far as they fit.
  void copy(const Napi::CallbackInfo& info) {
    Napi::Uint8Array to = info[0].As<Napi::Uint8Array>();
    std::copy_n(text_.data(), std::min(text_.size(), to.ByteLength()), to.Data());
  }

  std::vector<std::string> files_;  // Names as JSON strings.
  HelloLines lines_;
  std::string text_;
};

}  // namespace wiretally

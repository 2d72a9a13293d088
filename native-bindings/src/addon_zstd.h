// The Node interface of ZstdReader, which decompresses on Node's thread pool while JavaScript continues.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "io/capture_reader.h"
#include "io/libzstd.h"

namespace wiretally {

// One call of ZstdReader::read. It references both buffers until it is done.
class ZstdWork final : public Napi::AsyncWorker {
 public:
  ZstdWork(Napi::Env env, std::shared_ptr<ZstdReader> reader, Napi::Uint8Array in, Napi::Uint8Array out)
      : AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        reader_(std::move(reader)),
        in_(Napi::Persistent(in.As<Napi::Object>())),
        out_(Napi::Persistent(out.As<Napi::Object>())),
        in_data_(in.Data()),
        in_size_(in.ByteLength()),
        out_data_(out.Data()),
        out_size_(out.ByteLength()) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    progress_ = reader_->read(in_data_, in_size_, out_data_, out_size_);
    if (progress_.error != nullptr) SetError(progress_.error);
  }
  void OnOK() override {
    Napi::Object result = Napi::Object::New(Env());
    result.Set("read", static_cast<double>(progress_.read));
    result.Set("written", static_cast<double>(progress_.written));
    result.Set("mayEnd", reader_->is_between_frames());
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<ZstdReader> reader_;
  Napi::ObjectReference in_;
  Napi::ObjectReference out_;
  const uint8_t* in_data_;
  size_t in_size_;
  uint8_t* out_data_;
  size_t out_size_;
  ZstdReader::Progress progress_;
};

// Returns a function (stored, into) that decompresses the next stored bytes; null if libzstd is not installed.
inline Napi::Value create_unzstd(const Napi::CallbackInfo& info) {
  const LibZstd* library = LibZstd::installed();
  if (library == nullptr) return info.Env().Null();
  const auto reader = std::make_shared<ZstdReader>(*library);
  return Napi::Function::New(info.Env(), [reader](const Napi::CallbackInfo& call) -> Napi::Value {
    auto* work = new ZstdWork(call.Env(), reader, call[0].As<Napi::Uint8Array>(), call[1].As<Napi::Uint8Array>());
    const Napi::Promise promise = work->promise();
    work->Queue();
    return promise;
  });
}

// Reads (bytes, ratio). `calls` is null, and an exception pending, if libzstd is not installed.
inline PackedOptions read_packed_options(Napi::Env env, Napi::Value free_bytes, Napi::Value most_expansion) {
  PackedOptions options;
  options.calls = LibZstd::installed();
  options.free_bytes = static_cast<uint64_t>(free_bytes.As<Napi::Number>().Int64Value());
  options.most_expansion = most_expansion.As<Napi::Number>().Uint32Value();
  if (options.calls == nullptr) Napi::Error::New(env, "libzstd is not installed").ThrowAsJavaScriptException();
  return options;
}

inline Napi::Value object_of(Napi::Env env, const PackedState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("error", state.error == nullptr ? env.Null() : Napi::String::New(env, state.error).As<Napi::Value>());
  object.Set("isRefused", state.is_refused);
  object.Set("mayEnd", state.may_end);
  return object;
}

inline Napi::Value libzstd_version(const Napi::CallbackInfo& info) {
  const LibZstd* library = LibZstd::installed();
  if (library == nullptr) return info.Env().Null();
  return Napi::String::New(info.Env(), std::string("libzstd version ") + library->version());
}

}  // namespace wiretally

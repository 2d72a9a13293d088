// The Node interface of Collector. src/native/addon.ts documents it.
#pragma once

#include <napi.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon_options.h"
#include "collector/collector.h"
#include "collector/image_thread.h"
#include "collector/read_options.h"

namespace wiretally {

// Asks the catalogue in JavaScript. An exception in it stays pending and reaches the caller of the collector.
class JsLookup final : public Lookup {
 public:
  explicit JsLookup(const Napi::Object& object)
      : env_(object.Env()),
        is_listed_(function(object, "isListed")),
        is_looked_up_(function(object, "isLookedUp")),
        traits_of_(function(object, "traitsOf")),
        shape_of_(function(object, "shapeOf")),
        is_loop_(function(object, "isLoop")) {}

  bool is_listed(const std::string& name) override {
    const Napi::HandleScope scope(env_);
    return truth(is_listed_.Call({Napi::String::New(env_, name)}));
  }
  bool is_looked_up(const std::string& name) override {
    const Napi::HandleScope scope(env_);
    return truth(is_looked_up_.Call({Napi::String::New(env_, name)}));
  }
  uint8_t traits_of(const HelloForm& hello) override {
    const Napi::HandleScope scope(env_);
    Napi::Array alpn = Napi::Array::New(env_, hello.alpn.size());
    for (uint32_t i = 0; i < hello.alpn.size(); ++i) alpn.Set(i, Napi::String::New(env_, hello.alpn[i]));
    return bits(traits_of_.Call({Napi::String::New(env_, hello.transport), Napi::String::New(env_, hello.ja4),
                                 Napi::String::New(env_, hello.ja3), alpn, Napi::String::New(env_, hello.ech)}));
  }
  uint8_t shape_of(const Exchange& exchange) override {
    const Napi::HandleScope scope(env_);
    return bits(shape_of_.Call({number(exchange.bytes_up), number(exchange.bytes_down), number(exchange.records_down),
                                number(exchange.upload_ms), number(exchange.wait_ms), number(exchange.answer_ms)}));
  }
  bool is_loop(const std::vector<Call>& calls, const std::vector<Call>& messages) override {
    const Napi::HandleScope scope(env_);
    return truth(is_loop_.Call({list(calls), list(messages)}));
  }

 private:
  static Napi::FunctionReference function(const Napi::Object& object, const char* name) {
    return Napi::Persistent(object.Get(name).As<Napi::Function>());
  }
  static bool truth(const Napi::Value& value) {
    return !value.IsEmpty() && value.IsBoolean() && value.As<Napi::Boolean>().Value();
  }
  static uint8_t bits(const Napi::Value& value) {
    return !value.IsEmpty() && value.IsNumber() ? static_cast<uint8_t>(value.As<Napi::Number>().Uint32Value())
                                                : uint8_t{0};
  }
  template <typename Number>
  Napi::Value number(Number value) {
    return Napi::Number::New(env_, static_cast<double>(value));
  }
  // Returns four numbers of each: start, end, bytes, and 1 if its answer was streamed.
  Napi::Value list(const std::vector<Call>& calls) {
    Napi::Float64Array numbers = Napi::Float64Array::New(env_, 4 * calls.size());
    for (size_t i = 0; i < calls.size(); ++i) {
      numbers[4 * i] = static_cast<double>(calls[i].start_us);
      numbers[4 * i + 1] = static_cast<double>(calls[i].end_us);
      numbers[4 * i + 2] = static_cast<double>(calls[i].bytes_up);
      numbers[4 * i + 3] = calls[i].is_streamed ? 1 : 0;
    }
    return numbers;
  }

  Napi::Env env_;
  Napi::FunctionReference is_listed_;
  Napi::FunctionReference is_looked_up_;
  Napi::FunctionReference traits_of_;
  Napi::FunctionReference shape_of_;
  Napi::FunctionReference is_loop_;
};

class CollectorHandle : public Napi::ObjectWrap<CollectorHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeCollector",
        {InstanceMethod<&CollectorHandle::set_lookup>("setLookup"), InstanceMethod<&CollectorHandle::add>("add"),
         InstanceMethod<&CollectorHandle::add_log>("addLog"), InstanceMethod<&CollectorHandle::settle>("settle"),
         InstanceMethod<&CollectorHandle::keep_window>("keepWindow"), InstanceMethod<&CollectorHandle::close>("close"),
         InstanceMethod<&CollectorHandle::finish>("finish"),
         InstanceMethod<&CollectorHandle::next_window>("nextWindow"),
         InstanceMethod<&CollectorHandle::take_overflow>("takeOverflow")});
  }

  // (options, lookup), see CollectorOptions.
  explicit CollectorHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    std::string error;
    const NapiOptions options(info[0].As<Napi::Object>());
    collector_ = open_collector(options, &error);
    has_threads_ = options.number("workers", 1) > 1;
    if (collector_ == nullptr) {
      Napi::Error::New(info.Env(), error).ThrowAsJavaScriptException();
      return;
    }
    set_lookup_of(info[1].As<Napi::Object>());
  }

 private:
  static int64_t time_of(const Napi::Value& value) { return value.As<Napi::Number>().Int64Value(); }
  static Span bytes_of(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    const size_t length = info[1].As<Napi::Number>().Uint32Value();
    return {bytes.Data(), std::min(length, bytes.ByteLength())};
  }

  void set_lookup_of(const Napi::Object& lookup) {
    std::string error;
    if (!wiretally::set_lookup(collector_.get(), std::make_unique<JsLookup>(lookup), NapiOptions(lookup), &error)) {
      Napi::Error::New(lookup.Env(), error).ThrowAsJavaScriptException();
    }
  }
  void set_lookup(const Napi::CallbackInfo& info) { set_lookup_of(info[0].As<Napi::Object>()); }
  Napi::Value add(const Napi::CallbackInfo& info) {
    const auto parts = static_cast<uint8_t>(info[2].As<Napi::Number>().Uint32Value());
    return Napi::Number::New(info.Env(), static_cast<double>(collector_->add(bytes_of(info), parts)));
  }
  Napi::Value add_log(const Napi::CallbackInfo& info) {
    const uint32_t bits = info[2].As<Napi::Number>().Uint32Value();
    const LogMarks marks{true, static_cast<uint8_t>(bits & 0xf), (bits & 0x10) != 0, (bits & 0x20) != 0};
    return Napi::Boolean::New(info.Env(), collector_->add_log(bytes_of(info), marks));
  }
  void settle(const Napi::CallbackInfo& info) { collector_->settle(time_of(info[0])); }
  void keep_window(const Napi::CallbackInfo& info) { collector_->keep_window(time_of(info[0])); }
  void close(const Napi::CallbackInfo& info) { hold(collector_->close(time_of(info[0]))); }
  void finish(const Napi::CallbackInfo& info) {
    const bool has_time = info[0].IsNumber();
    const int64_t last_us = has_time ? time_of(info[0]) : 0;
    hold(collector_->finish(has_time ? &last_us : nullptr));
    is_finished_ = true;
    if (has_threads_) images_->start();
  }
  // Flows, hellos and windows are in the same heap, and the report that follows is as large as they were.
  static void release_freed_memory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
  }
  void hold(std::vector<std::unique_ptr<Window>> windows) {
    images_ = std::make_unique<ImageThread>(std::move(windows), &texts_);
  }
  Napi::Value next_window(const Napi::CallbackInfo& info) {
    const ImageThread::Bytes* const image = images_ == nullptr ? nullptr : images_->next();
    if (image == nullptr) {
      images_.reset();
      if (is_finished_) release_freed_memory();
      return info.Env().Null();
    }
    // One buffer serves all images, because unused ones would remain until the next garbage collection.
    if (buffer_.IsEmpty() || buffer_.Value().ByteLength() < image->size()) {
      Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), image->size() + image->size() / 2);
      if (buffer.IsEmpty()) return info.Env().Undefined();
      buffer_ = Napi::Persistent(buffer);
    }
    std::memcpy(buffer_.Value().Data(), image->data(), image->size());
    return buffer_.Value();
  }
  Napi::Value take_overflow(const Napi::CallbackInfo& info) {
    Napi::Object counts = Napi::Object::New(info.Env());
    for (const auto& [ceiling, count] : collector_->take_overflow()) {
      counts.Set(ceiling, static_cast<double>(count));
    }
    return counts;
  }

  std::unique_ptr<Collector> collector_;
  ImageTexts texts_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  // Makes the images of closed windows. It must be destroyed before the texts.
  std::unique_ptr<ImageThread> images_;
  bool has_threads_ = false;
  bool is_finished_ = false;
};

}  // namespace wiretally

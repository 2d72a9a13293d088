// The Node interface of the decoder. It contains no protocol code, and only the addon files contain Node code.
#include <napi.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "addon_collector.h"
#include "addon_confinement.h"
#include "addon_error.h"
#include "addon_fields.h"
#include "addon_lines.h"
#include "addon_options.h"
#include "addon_selector.h"
#include "addon_summed_rows.h"
#include "addon_zstd.h"
#include "base/counters.h"
#include "base/event_layout.h"
#include "base/event_writer.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "io/bpf_filter.h"
#include "pipeline/decode_threads.h"
#include "pipeline/decoder.h"
#include "pipeline/pipeline.h"
#include "pipeline/read_options.h"

namespace wiretally {

namespace {

class DecoderHandle : public Napi::ObjectWrap<DecoderHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeDecoder",
                       {InstanceMethod<&DecoderHandle::open_file>("openFile"),
                        InstanceMethod<&DecoderHandle::open_stream>("openStream"),
                        InstanceMethod<&DecoderHandle::open_packed>("openPacked"),
                        InstanceMethod<&DecoderHandle::packed_state>("packedState"),
                        InstanceMethod<&DecoderHandle::open_interface>("openInterface"),
                        InstanceMethod<&DecoderHandle::stop_interface>("stopInterface"),
                        InstanceMethod<&DecoderHandle::ring_stats>("ringStats"),
                        InstanceMethod<&DecoderHandle::live_state>("liveState"),
                        InstanceMethod<&DecoderHandle::set_watchlist>("setWatchlist"),
                        InstanceMethod<&DecoderHandle::push>("push"), InstanceMethod<&DecoderHandle::poll>("poll"),
                        InstanceMethod<&DecoderHandle::finish>("finish"),
                        InstanceMethod<&DecoderHandle::request_counters>("requestCounters"),
                        InstanceMethod<&DecoderHandle::flush_before>("flushBefore"),
                        InstanceMethod<&DecoderHandle::bytes_read>("bytesRead"),
                        InstanceMethod<&DecoderHandle::start_threads>("startThreads"),
                        InstanceMethod<&DecoderHandle::take_batch>("takeBatch"),
                        InstanceMethod<&DecoderHandle::give_back>("giveBack"),
                        InstanceMethod<&DecoderHandle::close>("close")});
  }

  explicit DecoderHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

  // Adopts the decoders of several workers, for threads.
  void adopt(std::vector<std::shared_ptr<Decoder>> decoders) {
    decoder_ = decoders.front();
    if (decoders.size() > 1) waiting_ = std::move(decoders);
  }

 private:
  // Returns the decoder, or null with an exception pending after close().
  Decoder* live(const Napi::CallbackInfo& info) {
    if (decoder_ == nullptr) {
      Napi::Error::New(info.Env(), "the decoder is closed").ThrowAsJavaScriptException();
    }
    return decoder_.get();
  }

  // Returns the decoder for calls that are available with a single worker only; with several, threads do this work.
  Decoder* single(const Napi::CallbackInfo& info) {
    if (threads_ == nullptr && waiting_.empty()) return live(info);
    Napi::Error::New(info.Env(), "several workers are polled by their threads").ThrowAsJavaScriptException();
    return nullptr;
  }

  void open_file(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const std::string path = info[0].As<Napi::String>().Utf8Value();
    const int code = decoder->open_file(path.c_str(), info[1].As<Napi::Number>().Uint32Value());
    go_on_after(info.Env(), code, path.c_str());
  }

  void open_stream(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const int code = decoder->open_stream(info[0].As<Napi::Number>().Uint32Value());
    go_on_after(info.Env(), code, "stream");
  }

  void open_packed(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const PackedOptions options = read_packed_options(info.Env(), info[1], info[2]);
    if (options.calls == nullptr) return;
    go_on_after(info.Env(), decoder->open_packed(options, info[0].As<Napi::Number>().Uint32Value()), "stream");
  }

  Napi::Value packed_state(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    return decoder == nullptr ? info.Env().Undefined() : object_of(info.Env(), decoder->packed_state());
  }

  void open_interface(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    RingTrouble trouble;
    const int code = decoder->open_interface(name.c_str(), info[1].As<Napi::Number>().Uint32Value(),
                                             read_ring_options(info[2].As<Napi::Object>()), &trouble);
    if (code == 0) return;
    Napi::Error error = Napi::Error::New(info.Env(), trouble.what);
    error.Set("code", Napi::String::New(info.Env(), errno_name(code)));
    error.Set("next", Napi::String::New(info.Env(), trouble.next));
    error.ThrowAsJavaScriptException();
  }

  void stop_interface(const Napi::CallbackInfo& info) {
    if (Decoder* decoder = live(info)) decoder->stop_interface();
  }

  void set_watchlist(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const NapiOptions object(info[0].As<Napi::Object>());
    const auto totals = object.inner("totals");
    std::shared_ptr<const ExportFilter> export_filter;
    std::string reason;
    if (totals) export_filter = read_export_filter(*totals, nullptr, &reason);
    if (reason.empty()) {
      decoder->set_watchlist(read_watchlist(object), export_filter.get());
    } else {
      Napi::Error::New(info.Env(), reason).ThrowAsJavaScriptException();
    }
  }

  // Returns the state of a live loop between polls.
  Napi::Value live_state(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return info.Env().Undefined();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("isFlushing", decoder->is_flushing());
    object.Set("openFlows", decoder->open_flows());
    return object;
  }

  Napi::Value ring_stats(const Napi::CallbackInfo& info) {
    static constexpr const char* kStates[] = {"up", "noCarrier", "down", "gone"};
    Decoder* decoder = live(info);
    RingStats stats;
    if (decoder == nullptr || !decoder->ring_stats(&stats)) return info.Env().Null();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("received", static_cast<double>(stats.received));
    object.Set("ringDrops", static_cast<double>(stats.ring_drops));
    object.Set("freezes", static_cast<double>(stats.freezes));
    object.Set("state", kStates[static_cast<size_t>(stats.state)]);
    object.Set("isQuiet", stats.is_quiet);
    object.Set("fill", stats.fill);
    return object;
  }

  void push(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    if (!decoder->push(bytes.Data(), bytes.ByteLength(), info[1].As<Napi::Boolean>().Value())) {
      Napi::Error::New(info.Env(), "no stream is open").ThrowAsJavaScriptException();
    } else {
      go_on();
    }
  }

  Napi::Value poll(const Napi::CallbackInfo& info) {
    Decoder* decoder = single(info);
    if (decoder == nullptr) return info.Env().Undefined();
    Napi::Uint8Array batch = info[0].As<Napi::Uint8Array>();
    if (batch.ByteLength() < EventWriter::kMinBatchBytes) {
      Napi::RangeError::New(info.Env(), "a batch has at least 64 KiB").ThrowAsJavaScriptException();
      return info.Env().Undefined();
    }
    const uint32_t max_ms = info[1].As<Napi::Number>().Uint32Value();
    const size_t length = decoder->poll(batch.Data(), batch.ByteLength(), max_ms);
    if (length == Decoder::kBatchTooSmall) {
      Napi::RangeError::New(info.Env(), "a record is longer than the batch; 512 KiB hold any")
          .ThrowAsJavaScriptException();
    } else if (length == Decoder::kAborted) {
      Napi::Error::New(info.Env(), "another worker closed the decoder").ThrowAsJavaScriptException();
    } else {
      return Napi::Number::New(info.Env(), static_cast<double>(length));
    }
    return info.Env().Undefined();
  }

  void finish(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    if (decoder == nullptr) return;
    decoder->finish();
    go_on(true);
  }
  void request_counters(const Napi::CallbackInfo& info) {
    if (Decoder* decoder = single(info)) decoder->request_counters();
  }
  void flush_before(const Napi::CallbackInfo& info) {
    constexpr int64_t kSecond = 1'000'000'000;
    constexpr int64_t kLatest = INT64_MAX / kSecond;
    Decoder* decoder = single(info);
    if (decoder == nullptr) return;
    const int64_t seconds = info[0].As<Napi::Number>().Int64Value();
    decoder->flush_before((seconds < 0 ? 0 : seconds > kLatest ? kLatest : seconds) * kSecond);
  }
  Napi::Value bytes_read(const Napi::CallbackInfo& info) {
    Decoder* decoder = live(info);
    return Napi::Number::New(info.Env(), decoder == nullptr ? 0 : static_cast<double>(decoder->bytes_read()));
  }
  void close(const Napi::CallbackInfo&) {
    threads_.reset();
    waiting_.clear();
    decoder_.reset();
    buffers_.Reset();
  }

  void start_threads(const Napi::CallbackInfo& info) {
    if (live(info) == nullptr) return;
    const Napi::Array given = info[0].As<Napi::Array>();
    std::vector<DecodeThreads::Buffer> buffers;
    for (uint32_t i = 0; i < given.Length(); ++i) {
      const Napi::Value each = given.Get(i);
      if (each.IsTypedArray()) {
        Napi::Uint8Array bytes = each.As<Napi::Uint8Array>();
        buffers.push_back({bytes.Data(), bytes.ByteLength()});
      }
      if (!each.IsTypedArray() || buffers.back().size < EventWriter::kMinBatchBytes) {
        Napi::RangeError::New(info.Env(), "a batch has at least 64 KiB").ThrowAsJavaScriptException();
        return;
      }
    }
    if (waiting_.empty() || buffers.size() % waiting_.size() != 0 || buffers.empty()) {
      Napi::RangeError::New(info.Env(), "each of several workers has the same number of buffers, and is started once")
          .ThrowAsJavaScriptException();
      return;
    }
    buffers_ = Napi::Persistent(given.As<Napi::Object>());
    threads_ = std::make_unique<DecodeThreads>(std::move(waiting_), std::move(buffers));
    waiting_.clear();
    if (const int code = threads_->start()) throw_system_error(info.Env(), code, "a thread");
  }

  Napi::Value take_batch(const Napi::CallbackInfo& info) {
    DecodeThreads::Batch batch;
    if (threads_ == nullptr || !threads_->take(info[0].As<Napi::Number>().Uint32Value(), &batch)) {
      return info.Env().Null();
    }
    static constexpr const char* kKinds[] = {"records", "progress", "wantsInput", "ended", "aborted", "tooSmall"};
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("kind", kKinds[static_cast<size_t>(batch.kind)]);
    object.Set("worker", static_cast<double>(batch.worker));
    if (batch.kind == DecodeThreads::Kind::kRecords) {
      object.Set("buffer", static_cast<double>(batch.buffer));
      object.Set("length", static_cast<double>(batch.length));
    } else if (batch.kind == DecodeThreads::Kind::kProgress) {
      object.Set("clockUs", whole_us(batch.clock_ns));
      object.Set("settledUs", batch.settled_ns == kNotSettled
                                  ? info.Env().Null()
                                  : Napi::Number::New(info.Env(), whole_us(batch.settled_ns)).As<Napi::Value>());
    }
    return object;
  }

  void give_back(const Napi::CallbackInfo& info) {
    if (threads_ != nullptr) threads_->give_back(info[0].As<Napi::Number>().Uint32Value());
  }

  static double whole_us(int64_t ns) { return static_cast<double>(ns / 1000); }

  // Wakes the thread of the first decoder.
  void go_on(bool is_last = false) {
    if (threads_ != nullptr) threads_->go_on(is_last);
  }

  // Wakes the thread after an input was opened with this result.
  void go_on_after(Napi::Env env, int code, const char* what) {
    if (code != 0) {
      throw_system_error(env, code, what);
    } else {
      go_on();
    }
  }

  std::shared_ptr<Decoder> decoder_;               // the first one, which is given the inputs
  std::vector<std::shared_ptr<Decoder>> waiting_;  // Decoders of several workers whose threads have not been started.
  Napi::ObjectReference buffers_;                  // Buffers of the threads, which write to their memory.
  std::unique_ptr<DecodeThreads> threads_;
};

// One per environment (a Node process has one for each worker thread).
struct AddonData {
  Napi::FunctionReference decoder_class;
};

// Returns an empty object while the thread ends: no JavaScript runs any more.
Napi::Object wrap(Napi::Env env, std::vector<std::shared_ptr<Decoder>> decoders) {
  Napi::Object object = env.GetInstanceData<AddonData>()->decoder_class.New({});
  if (object.IsEmpty()) return object;
  // While the thread ends, an object is still constructed, but without its handle.
  DecoderHandle* handle = DecoderHandle::Unwrap(object);
  if (handle == nullptr) return {};
  handle->adopt(std::move(decoders));
  return object;
}

Napi::Value throw_error(Napi::Env env, const std::string& message) {
  Napi::Error::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value create_decoder(const Napi::CallbackInfo& info) {
  std::string error;
  const DecoderOptions options = read_options(NapiOptions(info[0].As<Napi::Object>()), &error);
  if (!error.empty()) return throw_error(info.Env(), error);
  if (options.workers == 1) {
    std::unique_ptr<Decoder> decoder = open_single_decoder(options, &error);
    return decoder == nullptr ? throw_error(info.Env(), error) : wrap(info.Env(), {std::move(decoder)});
  }
  const std::shared_ptr<Pipeline> pipeline = Pipeline::open(options, &error);
  if (pipeline == nullptr) return throw_error(info.Env(), error);
  std::vector<std::shared_ptr<Decoder>> decoders;
  for (unsigned i = 0; i < options.workers; ++i) decoders.push_back(pipeline->attach(i));
  return wrap(info.Env(), std::move(decoders));
}

Napi::Value libpcap_version(const Napi::CallbackInfo& info) {
  const std::string version = BpfFilter::library_version();
  if (version.empty()) return info.Env().Null();
  return Napi::String::New(info.Env(), version);
}

Napi::Value counter_names(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (uint32_t i = 0; i < static_cast<uint32_t>(Malformed::kCount); ++i) names.Set(i, malformed_name(i));
  return names;
}

Napi::Value layout(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
#define WIRETALLY_SET_OFFSET(record, field, offset) object.Set(#record "." #field, offset);
  WIRETALLY_FIELDS(WIRETALLY_SET_OFFSET)
#undef WIRETALLY_SET_OFFSET
#define WIRETALLY_SET_SIZE(record) object.Set(#record ".size", static_cast<double>(sizeof(record)));
  WIRETALLY_RECORDS(WIRETALLY_SET_SIZE)
#undef WIRETALLY_SET_SIZE
  return object;
}

Napi::Value sha1(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
  Sha1 digest;
  digest.add(bytes.Data(), bytes.ByteLength());
  uint8_t out[Sha1::kBytes];
  digest.finish(out);
  return Napi::String::New(info.Env(), hex_text(out, sizeof out));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData;
  data->decoder_class = Napi::Persistent(DecoderHandle::define(env));
  env.SetInstanceData(data);
  exports.Set("NativeCollector", CollectorHandle::define(env));
  exports.Set("NativeFieldScanner", FieldScannerHandle::define(env));
  exports.Set("NativeHelloLines", HelloLinesHandle::define(env));
  exports.Set("NativeSelector", SelectorHandle::define(env));
  exports.Set("NativeSummedRows", SummedRowsHandle::define(env));
  exports.Set("createDecoder", Napi::Function::New<create_decoder>(env));
  exports.Set("counterNames", Napi::Function::New<counter_names>(env));
  exports.Set("layout", Napi::Function::New<layout>(env));
  exports.Set("border", static_cast<double>(WIRETALLY_BORDER));
  exports.Set("libpcapVersion", Napi::Function::New<libpcap_version>(env));
  exports.Set("libzstdVersion", Napi::Function::New<libzstd_version>(env));
  exports.Set("createUnzstd", Napi::Function::New<create_unzstd>(env));
  exports.Set("sha1", Napi::Function::New<sha1>(env));
  exports.Set("confine", Napi::Function::New<confine_process>(env));
  exports.Set("limit", Napi::Function::New<limit>(env));
  exports.Set("confinement", Napi::Function::New<confinement>(env));
  return exports;
}

}  // namespace

}  // namespace wiretally

static Napi::Object init_wiretally(Napi::Env env, Napi::Object exports) { return wiretally::init(env, exports); }

NODE_API_MODULE(wiretally, init_wiretally)

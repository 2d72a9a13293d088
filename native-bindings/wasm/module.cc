// The core in a browser: its interface for JavaScript, as addon.cc is that of Node. src/browser/core.ts documents it.
#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../src/base/counters.h"
#include "../src/base/event_layout.h"
#include "../src/base/event_writer.h"
#include "../src/collector/collector.h"
#include "../src/collector/image.h"
#include "../src/collector/read_options.h"
#include "../src/crypto/digest.h"
#include "../src/pipeline/decoder.h"
#include "../src/pipeline/read_options.h"
#include "unpacker.h"

namespace wiretally {

namespace {

using emscripten::typed_memory_view;
using emscripten::val;

// An options object as pipeline/read_options.h reads it.
class ValOptions {
 public:
  explicit ValOptions(val object) : object_(std::move(object)) {}
  double number(const char* name, double otherwise) const {
    const val value = object_[name];
    return value.isNumber() ? value.as<double>() : otherwise;
  }
  bool flag(const char* name) const { return object_[name].isTrue(); }
  std::string text(const char* name) const {
    const val value = object_[name];
    return value.isString() ? value.as<std::string>() : std::string();
  }
  std::vector<std::string> list(const char* name) const {
    std::vector<std::string> result;
    const val value = object_[name];
    if (!value.isArray()) return result;
    const auto length = value["length"].as<unsigned>();
    for (unsigned i = 0; i < length; ++i) result.push_back(value[i].as<std::string>());
    return result;
  }
  std::optional<ValOptions> inner(const char* name) const {
    const val value = object_[name];
    if (value.isUndefined() || value.isNull()) return std::nullopt;
    return ValOptions(value);
  }

 private:
  val object_;
};

// Bytes of JavaScript, copied to where the core can read them.
class Bytes {
 public:
  Span hold(const val& array, size_t length) {
    if (bytes_.size() < length) bytes_.resize(length);
    if (length != 0) val(typed_memory_view(length, bytes_.data())).call<void>("set", array);
    return {bytes_.data(), length};
  }

 private:
  std::vector<uint8_t> bytes_;
};

// The catalogue, asked in JavaScript.
class ValLookup final : public Lookup {
 public:
  explicit ValLookup(val object) : object_(std::move(object)) {}

  bool is_listed(const std::string& name) override { return object_.call<bool>("isListed", name); }
  bool is_looked_up(const std::string& name) override { return object_.call<bool>("isLookedUp", name); }
  uint8_t traits_of(const HelloForm& hello) override {
    val alpn = val::array();
    for (const std::string& protocol : hello.alpn) alpn.call<void>("push", protocol);
    return static_cast<uint8_t>(
        object_.call<unsigned>("traitsOf", hello.transport, hello.ja4, hello.ja3, alpn, hello.ech));
  }
  uint8_t shape_of(const Exchange& exchange) override {
    const auto number = [](auto value) { return static_cast<double>(value); };
    return static_cast<uint8_t>(object_.call<unsigned>("shapeOf", number(exchange.bytes_up),
                                                       number(exchange.bytes_down), number(exchange.records_down),
                                                       number(exchange.upload_ms), number(exchange.wait_ms),
                                                       number(exchange.answer_ms)));
  }
  bool is_loop(const std::vector<Call>& calls, const std::vector<Call>& messages) override {
    return object_.call<bool>("isLoop", list(calls), list(messages));
  }

 private:
  // Four numbers of each: start, end, bytes, whether its answer was streamed.
  static val list(const std::vector<Call>& calls) {
    std::vector<double> numbers;
    numbers.reserve(4 * calls.size());
    for (const Call& call : calls) {
      numbers.insert(numbers.end(), {static_cast<double>(call.start_us), static_cast<double>(call.end_us),
                                     static_cast<double>(call.bytes_up), call.is_streamed ? 1.0 : 0.0});
    }
    // A copy: the view is of memory that may move.
    return val::global("Float64Array").new_(typed_memory_view(numbers.size(), numbers.data()));
  }

  val object_;
};

// Results of poll that are no length.
constexpr double kTooSmall = -1;

class DecoderHandle {
 public:
  explicit DecoderHandle(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

  bool open_stream(uint32_t file_index) { return decoder_->open_stream(file_index) == 0; }
  bool push(const val& bytes, bool is_end) {
    const Span held = pushed_.hold(bytes, bytes["length"].as<unsigned>());
    return decoder_->push(held.data, held.size, is_end);
  }
  double poll(const val& batch, uint32_t max_ms) {
    batch_.resize(batch["length"].as<unsigned>());
    if (batch_.size() < EventWriter::kMinBatchBytes) return kTooSmall;
    const size_t length = decoder_->poll(batch_.data(), batch_.size(), max_ms);
    if (length == Decoder::kBatchTooSmall) return kTooSmall;
    if (length != 0) batch.call<void>("set", typed_memory_view(length, batch_.data()));
    return static_cast<double>(length);
  }
  void finish() { decoder_->finish(); }
  double bytes_read() const { return static_cast<double>(decoder_->bytes_read()); }

 private:
  std::unique_ptr<Decoder> decoder_;
  Bytes pushed_;
  std::vector<uint8_t> batch_;
};

// A text where an option cannot be obeyed.
val create_decoder(const val& object) {
  std::string error;
  const DecoderOptions options = read_options(ValOptions(object), &error);
  if (!error.empty()) return val(error);
  std::unique_ptr<Decoder> decoder = open_single_decoder(options, &error);
  if (decoder == nullptr) return val(error);
  return val(std::make_shared<DecoderHandle>(std::move(decoder)));
}

class UnpackerHandle {
 public:
  explicit UnpackerHandle(std::unique_ptr<Unpacker> unpacker) : unpacker_(std::move(unpacker)) {}

  // A text where the data are damaged.
  val read(const val& stored, const val& chunk) {
    const Span held = stored_.hold(stored, stored["length"].as<unsigned>());
    unpacked_.resize(chunk["length"].as<unsigned>());
    const Unpacker::Progress progress = unpacker_->read(held.data, held.size, unpacked_.data(), unpacked_.size());
    if (progress.error != nullptr) return val(std::string(progress.error));
    if (progress.written != 0) chunk.call<void>("set", typed_memory_view(progress.written, unpacked_.data()));
    val result = val::object();
    result.set("read", static_cast<double>(progress.read));
    result.set("written", static_cast<double>(progress.written));
    result.set("mayEnd", unpacker_->may_end());
    return result;
  }

 private:
  std::unique_ptr<Unpacker> unpacker_;
  Bytes stored_;
  std::vector<uint8_t> unpacked_;
};

std::shared_ptr<UnpackerHandle> open_unpacker(const std::string& compression) {
  return std::make_shared<UnpackerHandle>(create_unpacker(compression));
}

class CollectorHandle {
 public:
  explicit CollectorHandle(std::unique_ptr<Collector> collector) : collector_(std::move(collector)) {}

  double add(const val& batch, uint32_t length, uint32_t parts) {
    return static_cast<double>(collector_->add(held_.hold(batch, length), static_cast<uint8_t>(parts)));
  }
  void settle(double until_us) { collector_->settle(static_cast<int64_t>(until_us)); }
  void keep_window(double us) { collector_->keep_window(static_cast<int64_t>(us)); }
  void close(double until_us) { hold(collector_->close(static_cast<int64_t>(until_us))); }
  void finish(const val& last) {
    const bool has_time = last.isNumber();
    const int64_t last_us = has_time ? static_cast<int64_t>(last.as<double>()) : 0;
    hold(collector_->finish(has_time ? &last_us : nullptr));
  }
  val next_window() {
    if (given_ == closed_.size()) return val::null();
    const WindowImage image(*closed_[given_], &texts_);
    closed_[given_++].reset();
    image_.resize(image.size());
    image.copy_to(image_.data());
    return val::global("Uint8Array").new_(typed_memory_view(image_.size(), image_.data()))["buffer"];
  }
  val take_overflow() {
    val counts = val::object();
    for (const auto& [ceiling, count] : collector_->take_overflow())
      counts.set(std::string(ceiling), static_cast<double>(count));
    return counts;
  }

 private:
  void hold(std::vector<std::unique_ptr<Window>> windows) {
    closed_ = std::move(windows);
    given_ = 0;
  }

  std::unique_ptr<Collector> collector_;
  ImageTexts texts_;
  Bytes held_;
  std::vector<uint8_t> image_;
  std::vector<std::unique_ptr<Window>> closed_;
  size_t given_ = 0;
};

// A text where an option cannot be obeyed.
val create_collector(const val& object, const val& lookup) {
  std::string error;
  std::unique_ptr<Collector> collector = open_collector(ValOptions(object), &error);
  if (collector == nullptr) return val(error);
  if (!set_lookup(collector.get(), std::make_unique<ValLookup>(lookup), ValOptions(lookup), &error)) return val(error);
  return val(std::make_shared<CollectorHandle>(std::move(collector)));
}

val counter_names() {
  val names = val::array();
  for (uint32_t i = 0; i < static_cast<uint32_t>(Malformed::kCount); ++i)
    names.call<void>("push", std::string(malformed_name(i)));
  return names;
}

val layout() {
  val object = val::object();
#define WIRETALLY_SET_OFFSET(record, field, offset) object.set(#record "." #field, static_cast<double>(offset));
  WIRETALLY_FIELDS(WIRETALLY_SET_OFFSET)
#undef WIRETALLY_SET_OFFSET
#define WIRETALLY_SET_SIZE(record) object.set(#record ".size", static_cast<double>(sizeof(record)));
  WIRETALLY_RECORDS(WIRETALLY_SET_SIZE)
#undef WIRETALLY_SET_SIZE
  return object;
}

// Ends the digest.
template <typename Digest>
std::string hex_of(Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  uint8_t result[Digest::kBytes];
  digest.finish(result);
  std::string text;
  for (const uint8_t byte : result) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <typename Digest>
std::string hex_digest(const val& bytes) {
  Bytes copy;
  const Span held = copy.hold(bytes, bytes["length"].as<unsigned>());
  Digest digest;
  digest.add(held.data, held.size);
  return hex_of(digest);
}

// Hashes bytes in pieces, such as a capture that does not fit in the memory.
class Sha256Handle {
 public:
  void add(const val& bytes) {
    const Span held = held_.hold(bytes, bytes["length"].as<unsigned>());
    digest_.add(held.data, held.size);
  }
  std::string finish() { return hex_of(digest_); }

 private:
  Sha256 digest_;
  Bytes held_;
};

std::shared_ptr<Sha256Handle> create_sha256() { return std::make_shared<Sha256Handle>(); }

}  // namespace

EMSCRIPTEN_BINDINGS(wiretally) {
  emscripten::class_<DecoderHandle>("Decoder")
      .smart_ptr<std::shared_ptr<DecoderHandle>>("DecoderPointer")
      .function("openStream", &DecoderHandle::open_stream)
      .function("push", &DecoderHandle::push)
      .function("poll", &DecoderHandle::poll)
      .function("finish", &DecoderHandle::finish)
      .function("bytesRead", &DecoderHandle::bytes_read);
  emscripten::class_<UnpackerHandle>("Unpacker")
      .smart_ptr<std::shared_ptr<UnpackerHandle>>("UnpackerPointer")
      .function("read", &UnpackerHandle::read);
  emscripten::class_<CollectorHandle>("Collector")
      .smart_ptr<std::shared_ptr<CollectorHandle>>("CollectorPointer")
      .function("add", &CollectorHandle::add)
      .function("settle", &CollectorHandle::settle)
      .function("keepWindow", &CollectorHandle::keep_window)
      .function("close", &CollectorHandle::close)
      .function("finish", &CollectorHandle::finish)
      .function("nextWindow", &CollectorHandle::next_window)
      .function("takeOverflow", &CollectorHandle::take_overflow);
  emscripten::class_<Sha256Handle>("Sha256")
      .smart_ptr<std::shared_ptr<Sha256Handle>>("Sha256Pointer")
      .function("add", &Sha256Handle::add)
      .function("finish", &Sha256Handle::finish);
  emscripten::function("createDecoder", &create_decoder);
  emscripten::function("createUnpacker", &open_unpacker);
  emscripten::function("createCollector", &create_collector);
  emscripten::function("createSha256", &create_sha256);
  emscripten::function("counterNames", &counter_names);
  emscripten::function("layout", &layout);
  emscripten::function("sha1", &hex_digest<Sha1>);
  emscripten::function("sha256", &hex_digest<Sha256>);
}

}  // namespace wiretally
